"""The ends of processes: one that was killed takes a moment to be gone, one may never end."""

import errno
import os
import select
import time

GOING_S = 60  # of one that was killed, on a busy machine
HANG_S = 600  # of a program that is not on time: it hangs, and the test fails
# What the kernel says of an id that is free, and of one that is a thread's by now.
NO_PROCESS = {errno.ESRCH, errno.EINVAL, errno.ENOENT}


def handle_of(pid: int) -> int | None:
    """A descriptor of the process, to be closed; None: it is gone."""
    try:
        return os.pidfd_open(pid)
    except OSError as error:
        if error.errno not in NO_PROCESS:
            raise
        return None


def ends(pid: int, deadline: float | None = None) -> bool:
    """Whether it ends by the deadline (of the monotonic clock; None: in GOING_S)."""
    handle = handle_of(pid)
    if handle is None:
        return True
    try:
        until = time.monotonic() + GOING_S if deadline is None else deadline
        return bool(select.select([handle], [], [], max(0.0, until - time.monotonic()))[0])
    finally:
        os.close(handle)

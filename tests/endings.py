"""The ends of processes: one that was killed takes a moment to be gone, one may never end."""

import os
import select
import time

GOING_S = 60  # of one that was killed, on a busy machine
HANG_S = 600  # of a program that is not on time: it hangs, and the test fails


def ends(pid: int, deadline: float | None = None) -> bool:
    """Whether it ends by the deadline (of the monotonic clock; None: in GOING_S)."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        until = time.monotonic() + GOING_S if deadline is None else deadline
        return bool(select.select([descriptor], [], [], max(0.0, until - time.monotonic()))[0])
    finally:
        os.close(descriptor)

"""Marked processes: a program and all that it has started, found by what their environment has.

For programs that somebody else starts for us and may lose: whoever has no parent any more is found
by no tree. Only where there is /proc; elsewhere none is found.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

MARK = "CORS_HARNESS_PROCESS"


def marked(value: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Process id and command line of each that runs with `MARK` of that value."""
    mark = f"{MARK}={value}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().split(b"\0")
                yield int(folder.name), tuple(map(os.fsdecode, command))


def kill_marked(value: str, but: int | None = None) -> None:
    """Kills them, all but one; what such a one has just started is found by the next look."""
    while pids := [pid for pid, _ in marked(value) if pid != but]:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

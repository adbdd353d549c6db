"""Finds processes of a program that has ended, by a variable that they inherited from it."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests.wait_for_exit import GOING_S, ends

MARK = "CORS_HARNESS_TEST_MARK"


def processes(mark: str) -> list[str]:
    """Command lines of the processes with MARK=`mark`."""
    return [_command(pid) for pid in _marked(mark)]


def processes_left(mark: str) -> list[str]:
    """The same once those that are on their way out have gone."""
    deadline = time.monotonic() + GOING_S
    waited = [ends(pid, deadline) for pid in _marked(mark)]
    return [] if all(waited) else processes(mark)


def _marked(mark: str) -> Iterator[int]:
    wanted = f"{MARK}={mark}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0"):
            yield int(folder.name)


def _command(pid: int) -> str:
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return "(gone by now)"
    return line.replace(b"\0", b" ").decode(errors="replace")

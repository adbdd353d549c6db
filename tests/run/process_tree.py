"""The processes that a process started, and theirs, from /proc; never looked up by name alone."""

import os
import select
import time
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from tests.wait_for_exit import GOING_S, handle_of

MARK = "CORS_HARNESS_TEST_FAMILY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A process; `born` tells it from a later one that got the same id."""

    pid: int
    parent: int
    born: int
    command: tuple[str, ...]

    @property
    def program(self) -> str:
        return Path(self.command[0]).name if self.command else ""


def _read(pid: int) -> Relative | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Relative(
        pid=pid,
        parent=int(fields[1]),
        born=int(fields[19]),
        command=tuple(command.split("\0")),
    )


def _everybody() -> tuple[Relative, ...]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return tuple(filter(None, map(_read, pids)))


def descendants(of: Collection[Relative]) -> list[Relative]:
    """All that any of them started and that still has a living parent."""
    return _below(_everybody(), {p.pid for p in of})


def _below(everybody: Sequence[Relative], roots: Set[int]) -> list[Relative]:
    known = set(roots)
    below: list[Relative] = []
    while fresh := [p for p in everybody if p.parent in known and p.pid not in known]:
        below += fresh
        known |= {p.pid for p in fresh}
    return below


class Family:
    """All processes that carry one mark in their environment, orphans included."""

    def __init__(self, mark: str) -> None:
        self._mark = f"{MARK}={mark}".encode()
        self._met: set[Relative] = set()

    def living(self) -> list[Relative]:
        """Those that run now; also remembers them for `gone`."""
        everybody = _everybody()
        marked = [p for p in everybody if self._carries_mark(p)]
        # A process may overwrite its environment to show a title.
        relatives = [*marked, *_below(everybody, {p.pid for p in marked})]
        self._met.update(relatives)
        return relatives

    def _carries_mark(self, process: Relative) -> bool:
        if process.pid == os.getpid():
            return False
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False
        return self._mark in environment.split(b"\0")

    def browsers(self, engine: str) -> list[Relative]:
        """The browsers' main processes."""
        living = self.living()
        if engine == "webkit":
            return [p for p in living if p.program == "MiniBrowser"]
        drivers = {p.pid for p in living if "run-driver" in p.command}
        main = [p for p in living if p.parent in drivers]
        return [p for p in main if ("firefox" in p.command[0]) == (engine == "firefox")]

    def gone(self) -> list[Relative]:
        """Waits for the end of everybody who was ever met; returns who is still there."""
        self.living()
        deadline = time.monotonic() + GOING_S
        return [p for p in self._met if not ended(p, deadline)]


def ended(process: Relative, deadline: float) -> bool:
    """Whether it ends by the deadline (of the monotonic clock)."""
    handle = handle_of(process.pid)
    if handle is None:
        return True
    try:
        now = _read(process.pid)
        if now is None or now.born != process.born:
            return True
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
    finally:
        os.close(handle)


def send(number: int, processes: Collection[Relative]) -> None:
    """Sends a signal to every one of them that is still the same."""
    for process in processes:
        now = _read(process.pid)
        if now is not None and now.born == process.born:
            os.kill(process.pid, number)

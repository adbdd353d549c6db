"""The processes that a process started, and theirs, from /proc; never looked up by name alone."""

import os
import select
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

DEADLINE_S = 60
MARK = "CORS_HARNESS_TEST_FAMILY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relative:
    """A process; `born` tells it from a later one that got the same id."""

    pid: int
    parent: int
    born: int
    state: str
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
        state=fields[0],
        parent=int(fields[1]),
        born=int(fields[19]),
        command=tuple(command.split("\0")),
    )


def _everybody() -> Iterator[Relative]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    yield from filter(None, map(_read, pids))


def descendants(of: int | None = None) -> list[Relative]:
    """All that `of` (this process by default) started and that still has a living parent."""
    everybody = list(_everybody())
    known = {os.getpid() if of is None else of}
    found: list[Relative] = []
    while fresh := [p for p in everybody if p.parent in known and p.pid not in known]:
        found += fresh
        known |= {p.pid for p in fresh}
    return found


def _marked(value: str) -> Iterator[Relative]:
    for process in _everybody():
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if f"{MARK}={value}".encode() in environment and process.pid != os.getpid():
            yield process


class Family:
    """All processes that carry one mark in their environment, orphans included."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self._met: set[Relative] = set()

    def living(self) -> list[Relative]:
        """Those that run now; also remembers them for `gone`."""
        relatives = {p.pid: p for p in (*_marked(self.mark), *self._descendants_of_marked())}
        self._met |= set(relatives.values())
        return list(relatives.values())

    def _descendants_of_marked(self) -> Iterator[Relative]:
        # A process may overwrite its environment to show a title.
        for process in list(_marked(self.mark)):
            yield from descendants(process.pid)

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
        deadline = time.monotonic() + DEADLINE_S
        return [p for p in self._met if not ended(p, deadline)]


def ended(process: Relative, deadline: float) -> bool:
    """Whether it ends by the deadline (of the monotonic clock)."""
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
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

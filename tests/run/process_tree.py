"""ProcessTree: the processes that a test started, and theirs, from /proc; never found by name."""

import os
import select
import time
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from tests.wait_for_exit import GOING_S, handle_of

MARK = "CORS_HARNESS_TEST_PROCESS_TREE"
REMOTE_PORT = "--remote-debugging-port"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInfo:
    """A process; `born` tells it from a later one that got the same id."""

    pid: int
    parent: int
    born: int
    command: tuple[str, ...]

    @property
    def program(self) -> str:
        return Path(self.command[0]).name if self.command else ""

    @property
    def is_stopped(self) -> bool:
        """Whether it stands still by a signal, or has ended."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        return stat.rpartition(")")[2].split()[0] in "TZ"


def _read(pid: int) -> ProcessInfo | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return ProcessInfo(
        pid=pid,
        parent=int(fields[1]),
        born=int(fields[19]),
        command=tuple(command.split("\0")),
    )


def _all_processes() -> tuple[ProcessInfo, ...]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return tuple(filter(None, map(_read, pids)))


def process_of(pid: int) -> ProcessInfo:
    """A process that runs."""
    found = _read(pid)
    assert found is not None
    return found


def descendants(of: Collection[ProcessInfo]) -> list[ProcessInfo]:
    """All that any of them started and that still has a parent that runs."""
    return _below(_all_processes(), {p.pid for p in of})


def _below(processes: Sequence[ProcessInfo], roots: Set[int]) -> list[ProcessInfo]:
    known = set(roots)
    below: list[ProcessInfo] = []
    while fresh := [p for p in processes if p.parent in known and p.pid not in known]:
        below += fresh
        known |= {p.pid for p in fresh}
    return below


class ProcessTree:
    """All processes that carry one mark in their environment, orphans included."""

    def __init__(self, mark: str) -> None:
        self._mark = f"{MARK}={mark}".encode()
        self._seen: set[ProcessInfo] = set()

    def running(self) -> list[ProcessInfo]:
        """The processes that run now; also remembers them for `survivors`."""
        processes = _all_processes()
        marked = [p for p in processes if self._carries_mark(p)]
        # A process may overwrite its environment to show a title.
        running = [*marked, *_below(processes, {p.pid for p in marked})]
        self._seen.update(running)
        return running

    def _carries_mark(self, process: ProcessInfo) -> bool:
        if process.pid == os.getpid():
            return False
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return False
        return self._mark in environment.split(b"\0")

    def browsers(self, engine: str) -> list[ProcessInfo]:
        """The browsers' main processes."""
        running = self.running()
        if engine == "webkit":
            return [p for p in running if p.program == "MiniBrowser"]
        if engine == "firefox":  # all the others that it starts have another command line
            return [p for p in running if any(w.startswith(REMOTE_PORT) for w in p.command)]
        drivers = {p.pid for p in running if "run-driver" in p.command}
        return [p for p in running if p.parent in drivers]

    def survivors(self) -> list[ProcessInfo]:
        """Waits for the end of every process that was ever seen; returns those that still run."""
        self.running()
        return still_running(self._seen)


def still_running(
    processes: Collection[ProcessInfo], patience_s: float = GOING_S
) -> list[ProcessInfo]:
    """Those that do not end within `patience_s` from now, all together."""
    deadline = time.monotonic() + patience_s
    return [process for process in processes if not _ended(process, deadline)]


def _ended(process: ProcessInfo, deadline: float) -> bool:
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


def send(number: int, processes: Collection[ProcessInfo]) -> None:
    """Sends a signal to every one of them that is still the same."""
    for process in processes:
        now = _read(process.pid)
        if now is not None and now.born == process.born:
            os.kill(process.pid, number)

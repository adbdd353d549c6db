"""A round: `cors-harness run` as a program of its own, with or without faults, and what it left."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.run.process_tree import MARK, ProcessInfo, ProcessTree, descendants, send
from tests.soak.victims import OURSELVES, kind_of
from tests.wait_for_exit import HANG_S

from cors_harness.model.cell import RecordedCell
from cors_harness.model.verdict import Status
from cors_harness.store.journal import read_journal

LOOK_S = 0.05
SHOWN = 20  # files that were left
STOPPED_S = (0.1, 3.0)  # from, to; a stopped process goes on then, as on a machine that slept
AT_START = 0.15  # of the faults come before the first cell
Seen = tuple[Status, tuple[tuple[str, str], ...]]


def seen(cell: RecordedCell) -> Seen:
    """What a cell came to: its status; outcome and reason of every step."""
    steps = ((str(s.outcome), s.reason.code.value if s.reason else "") for s in cell.steps)
    return cell.status, tuple(steps)


@dataclass(slots=True)
class Round:
    """What came of a run.

    Attributes:
        cells: by `RecordedCell.cell`, every time that the journal has it.
        faults: (kind of process, name of the signal) of each that was sent.
        was_killed: whether that ended the run itself.
        memory_kb: the most that the run itself had resident, in kB.
        descriptors: the most that it had open.
        left_processes, left_files: of the run, after its end.
        says: the end of what it wrote.
    """

    status: int = 0
    cells: dict[str, list[RecordedCell]] = field(default_factory=lambda: defaultdict(list))
    faults: list[tuple[str, str]] = field(default_factory=list)
    was_killed: bool = False
    memory_kb: int = 0
    descriptors: int = 0
    left_processes: list[ProcessInfo] = field(default_factory=list)
    left_files: list[str] = field(default_factory=list)
    says: str = ""


class RunningRound:
    """A run under way; the faults come when so and so many cells are in its journal."""

    def __init__(self, folder: Path, selection: Sequence[str]) -> None:
        """Starts the run; its journal and temporary files are in `folder`."""
        mark = uuid.uuid4().hex
        self.round = Round()
        self._tree = ProcessTree(mark)
        self._journal = folder / f"{mark}.jsonl"
        self._says = folder / f"{mark}.txt"
        # A short path: Chromium keeps its own files with ours only where a socket has room there.
        self._temporary = Path(tempfile.mkdtemp(prefix="soak-"))
        self._stopped: list[tuple[float, ProcessInfo]] = []
        command = [sys.executable, "-m", "cors_harness", "run", "--quiet"]
        with self._says.open("wb") as says:
            self._program = subprocess.Popen(  # noqa: S603 - this program
                [*command, f"--journal={self._journal}", *selection],
                stdout=says,
                stderr=subprocess.STDOUT,
                env={**os.environ, MARK: mark, "TMPDIR": str(self._temporary)},
                start_new_session=True,
            )

    def to_end(self, chance: random.Random, faults: int, cells: int) -> Round:
        """Injects so many faults, spread over so many cells, and waits for the end."""
        deadline = time.monotonic() + HANG_S + cells
        places = sorted(
            0 if chance.random() < AT_START else chance.randrange(1, max(2, cells))
            for _ in range(faults)
        )
        try:
            while self._program.poll() is None:
                assert time.monotonic() < deadline, self._tail()
                self._measure()
                self._continue_stopped()
                if places and self._finished() >= places[0]:
                    places.pop(0)
                    self._inject(chance)
                with suppress(subprocess.TimeoutExpired):
                    self._program.wait(timeout=LOOK_S)
        finally:
            self._continue_stopped(is_all=True)
            self._program.kill()
            self._program.wait()
        return self._result()

    def _finished(self) -> int:
        """How many lines the journal has."""
        try:
            with self._journal.open("rb") as file:
                return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
        except FileNotFoundError:
            return 0

    def _inject(self, chance: random.Random) -> None:
        """One signal to one process of a kind that is there; each kind is as likely as the others.

        The run itself is killed in one of eight cases in which it would be.
        """
        by_kind: defaultdict[str, list[ProcessInfo]] = defaultdict(list)
        for process in self._tree.running():
            if kind := kind_of(process):
                by_kind[kind].append(process)
        if not by_kind:
            return
        kind = chance.choice(sorted(by_kind))
        victim = chance.choice(sorted(by_kind[kind], key=lambda each: each.pid))
        number = chance.choice((signal.SIGKILL, signal.SIGSTOP))
        if kind == OURSELVES and number == signal.SIGKILL and chance.random() > 1 / 8:
            number = signal.SIGSTOP
        victims = [victim]
        if number == signal.SIGSTOP:
            if kind in {"chromium", "firefox", "webkit"}:
                victims += descendants([victim])
            again = time.monotonic() + chance.uniform(*STOPPED_S)
            self._stopped += [(again, each) for each in victims]
        elif kind == OURSELVES:
            self.round.was_killed = True
        send(number, victims)
        self.round.faults.append((kind, signal.Signals(number).name))

    def _continue_stopped(self, *, is_all: bool = False) -> None:
        now = time.monotonic()
        due = [each for each in self._stopped if is_all or each[0] <= now]
        self._stopped = [each for each in self._stopped if each not in due]
        send(signal.SIGCONT, [process for _, process in due])

    def _measure(self) -> None:
        place = Path(f"/proc/{self._program.pid}")
        with suppress(OSError):  # it may be gone by now
            opened, status = len(list((place / "fd").iterdir())), (place / "status").read_text()
            self.round.descriptors = max(self.round.descriptors, opened)
            peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
            self.round.memory_kb = max(self.round.memory_kb, int(peak[1]) if peak else 0)

    def _result(self) -> Round:
        result = self.round
        result.status = self._program.returncode
        result.left_processes = self._tree.survivors()
        left = (path.relative_to(self._temporary) for path in self._temporary.rglob("*"))
        result.left_files = sorted(map(str, left))[:SHOWN]
        shutil.rmtree(self._temporary)
        result.says = self._tail()
        for record in self._records():
            result.cells[record.cell].append(record)
        self._journal.unlink(missing_ok=True)
        self._says.unlink()
        return result

    def _records(self) -> Iterator[RecordedCell]:
        if self._journal.exists():
            yield from read_journal(self._journal)[1]

    def _tail(self) -> str:
        return self._says.read_text("utf-8", "replace")[-2000:]


def as_counts(faults: Sequence[tuple[str, str]]) -> Counter[str]:
    """How many by kind and signal, such as `driver SIGKILL`."""
    return Counter(" ".join(fault) for fault in faults)

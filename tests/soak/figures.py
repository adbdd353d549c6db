"""Figures: what came of many rounds, compared with the undisturbed one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.soak.rounds import Round, Seen, as_counts, seen

from cors_harness.model.cell import RecordedCell
from cors_harness.model.verdict import Status


def is_told(cell: RecordedCell) -> bool:
    """Whether it says that it has no result: an error, or a server that did not answer."""
    return cell.status is Status.ERROR or cell.no_result


def words_of(cell: RecordedCell) -> str:
    """What explains a verdict that is another one than before."""
    reasons = [(step.reason.detail, step.reason.console) for step in cell.steps if step.reason]
    wire = [(each.method, each.origin + each.target, each.status) for each in cell.exchanges]
    return f"{cell.note!r}, reasons {reasons}, wire {wire}"


@dataclass(slots=True)
class Figures:
    """Counts over all rounds.

    Attributes:
        cells: that were to run.
        same: with the verdict of the undisturbed run.
        told: that say that they have no result, or are in the journal as not run.
        cut_off: that a killed run did not get to.
        misjudged: with another verdict, or several times in a journal; a line each.
        without_a_word: that a run which ended by itself has not, and does not say so; a line each.
        left: processes and files that a run left; a line each.
    """

    rounds: int = 0
    cells: int = 0
    same: int = 0
    told: int = 0
    cut_off: int = 0
    misjudged: list[str] = field(default_factory=list)
    without_a_word: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    memory_kb: list[int] = field(default_factory=list)
    descriptors: int = 0

    def add(self, found: Round, undisturbed: Mapping[str, Seen]) -> None:
        """Counts the cells of a round; `undisturbed` has all that it was to run."""
        self.rounds += 1
        self.cells += len(undisturbed)
        self.faults += as_counts(found.faults)
        self.statuses[found.status] += 1
        self.memory_kb.append(found.memory_kb)
        self.descriptors = max(self.descriptors, found.descriptors)
        self.left += [f"round {self.rounds}: {each.command}" for each in found.left_processes]
        if not found.was_killed:
            self.left += [f"round {self.rounds}: {name}" for name in found.left_files]
        for name, meant in undisturbed.items():
            self._count(name, found.cells.get(name, []), meant, found)

    def _count(self, name: str, cells: list[RecordedCell], meant: Seen, found: Round) -> None:
        where = f"round {self.rounds}: {name}"
        match cells:
            case [] if found.was_killed:
                self.cut_off += 1
            case []:
                self.without_a_word.append(f"{where} (status {found.status}) {found.says[-300:]}")
            case [cell] if seen(cell) == meant:
                self.same += 1
            case [cell] if is_told(cell):
                self.told += 1
            case [cell]:
                self.misjudged.append(f"{where}: {seen(cell)}, not {meant}: {words_of(cell)}")
            case _:
                self.misjudged.append(f"{where}: {len(cells)} times")

    def lines(self) -> Iterator[str]:
        """All figures, as text."""
        yield f"{self.rounds} rounds, {self.cells} cells, {self.faults.total()} faults"
        yield f"{self.same} with the verdict of the undisturbed run, {self.told} told as lost"
        yield f"{self.cut_off} that a killed run did not get to"
        yield f"{len(self.without_a_word)} lost without a word, {len(self.misjudged)} misjudged"
        yield f"{len(self.left)} processes and files left"
        memory = [kilobytes // 1024 for kilobytes in self.memory_kb]
        yield f"memory {min(memory)} to {max(memory)} MB, {self.descriptors} descriptors at most"
        yield f"exit statuses: {dict(sorted(self.statuses.items()))}"
        yield from (f"{count:>6}  {fault}" for fault, count in sorted(self.faults.items()))
        yield from (*self.misjudged, *self.without_a_word, *self.left)

"""Side: one side of a comparison, a baseline or a run, and what else is to be said of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cors_harness.changes.assessment import Acceptance, Assessment, Trouble
from cors_harness.changes.coverage import CoveredEntry
from cors_harness.changes.facts import Unusable, facts_from_journal, unusable
from cors_harness.errors import HarnessError
from cors_harness.judge.unproven import UnprovenStep, UnprovenSteps
from cors_harness.model.baseline import Baseline
from cors_harness.model.cell import RecordedCell
from cors_harness.model.change import ChangeClass, Comparison
from cors_harness.model.verdict import Status
from cors_harness.reports.left_behind import LeftBehind
from cors_harness.reports.summary import counted
from cors_harness.reports.unproven_text import unproven_sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSide:
    """One side of a comparison: what a baseline or a run says, and what else a reader must know.

    Attributes:
        name: as the user calls it.
        titles: the id of a scenario to its title, where a run has it.
        troubles: cells without a result.
        skips: a sentence for each reason for which cells were skipped.
        unexpected: how many cells came to a result that is not as their scenarios expect.
        unproven: a sentence for each kind of cells that an error decided.
        left_behind: a sentence on calls that one engine got done and another was refused, or none.
        argv: the command line of a run, without the program's name.
        without: the entries, in an engine, of cells that were skipped or came to no result.
        part: what there is of a run of which only a shard is meant; empty: all of it is.
    """

    name: str
    baseline: Baseline
    titles: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()
    skips: tuple[str, ...] = ()
    unexpected: int = 0
    unproven: tuple[str, ...] = ()
    left_behind: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    without: frozenset[CoveredEntry] = frozenset()
    part: str = ""

    @property
    def is_part(self) -> bool:
        """Whether it lacks cells that say nothing of the other side."""
        return bool(self.part) or any(trouble.is_of_run for trouble in self.troubles)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know beside the comparison, a sentence each."""
        more = (*self.unproven, *self.left_behind, *filter(None, [self.part]))
        if not self.unexpected:
            return (*self.skips, *more)
        are = "is" if self.unexpected == 1 else "are"
        cells = f"{counted(self.unexpected, 'cell')} of {self.name}"
        said = f"{cells} {are} not as the scenarios expect: `cors-harness run` tells more"
        return (*self.skips, said, *more)


def side_of_run(
    name: str,
    header: Mapping[str, Any],
    records: Sequence[RecordedCell],
    folder: Path,
    missing: Sequence[str] = (),
) -> ComparedSide:
    """A run, its scenario files named from `folder`; `missing`: what there is not of it."""
    unusable_cells = unusable(records, folder)
    errors = (cell for cell in unusable_cells if cell.status is not Status.SKIPPED)
    results = Counter(record.status for record in records if not record.no_result)
    return ComparedSide(
        name=name,
        baseline=facts_from_journal(header, records, folder),
        titles={record.scenario: record.title for record in records},
        troubles=(
            *(Trouble(cell="the run", why=why, is_of_run=True) for why in missing),
            *(Trouble(cell=cell.cell, why=cell.why) for cell in errors),
        ),
        skips=tuple(_skips(unusable_cells)),
        unexpected=results[Status.UNEXPECTED],
        unproven=unproven_sentences(_unproven(records), name),
        left_behind=tuple(filter(None, [_left_behind(records)])),
        argv=tuple(header["argv"]),
        without=frozenset(((cell.scenario, cell.server), cell.engine) for cell in unusable_cells),
    )


def _unproven(records: Sequence[RecordedCell]) -> tuple[UnprovenStep, ...]:
    steps = UnprovenSteps()
    for record in records:
        steps.add(record)
    return steps.found()


def _left_behind(records: Sequence[RecordedCell]) -> str:
    left = LeftBehind()
    for record in records:
        left.add(record)
    return left.sentence()


def _skips(unusable_cells: Sequence[Unusable]) -> Iterator[str]:
    reasons = Counter(cell.why for cell in unusable_cells if cell.status is Status.SKIPPED)
    for reason, count in sorted(reasons.items()):
        yield f"{counted(count, 'cell')} skipped: {' '.join(reason.split())}"


def require_results(side: ComparedSide) -> None:
    """Raises HarnessError where a run has no cell that could be compared or accepted."""
    if not side.baseline.entries and not side.troubles:
        raise HarnessError("\n  ".join(("nothing ran", *side.skips)))


def assessment(
    before: ComparedSide,
    after: ComparedSide,
    comparison: Comparison,
    *,
    fail_on: frozenset[ChangeClass],
    acceptance: Acceptance,
) -> Assessment:
    """The comparison of two sides.

    `acceptance` has the words of the command, and what it could mean beside what the sides have.
    """
    names_before, names_after = (
        frozenset(entry.name for entry in side.baseline.entries) for side in (before, after)
    )
    return Assessment(
        comparison=comparison,
        before=before.name,
        after=after.name,
        fail_on=fail_on,
        acceptance=replace(
            acceptance,
            ran=names_after,
            known=acceptance.known.union(names_before, names_after),
            engines=frozenset(
                name for entry in after.baseline.entries for name, _ in entry.engines
            ),
        ),
        titles={**before.titles, **after.titles},
        troubles=(*before.troubles, *after.troubles),
        remarks=(*before.remarks, *after.remarks),
    )

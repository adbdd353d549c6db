"""Narrowed: what `record --only NAME` leaves of a plan, and of the baseline that it writes to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cors_harness.changes.entry_patterns import EntryPattern, scenario_names
from cors_harness.cli.coverage import Coverage, CoveredEntry, entry_scenario, place_of
from cors_harness.model.baseline import Baseline
from cors_harness.model.cell import Cell
from cors_harness.planning.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowedPlan:
    """What `--only` leaves.

    Attributes:
        plan: the cells to run, and those of them that are skipped.
        coverage: the run speaks for these cells, and for accepted entries that are meant and that
            nothing runs any more.
        unknown: of the names those that mean nothing.
        names: all that could have been meant.
    """

    plan: Plan
    coverage: Coverage
    unknown: tuple[str, ...]
    names: tuple[str, ...]


def narrowed(
    only: Sequence[EntryPattern], plan: Plan, coverage: Coverage, old: Baseline
) -> NarrowedPlan:
    """The part of a plan, and of a baseline, that any of `only` means."""
    folder = coverage.folder
    cells = [cell for cell in plan.cells if _is_meant(only, _called(cell, folder), cell)]
    skips = [skip for skip in plan.skips if _is_meant(only, _called(skip.cell, folder), skip.cell)]
    gone = frozenset(_gone(only, coverage, old))
    return NarrowedPlan(
        plan=Plan(cells=tuple(cells), skips=tuple(skips)),
        coverage=replace(
            coverage,
            whole=False,
            cells=frozenset(place_of(cell, folder) for cell in cells) | gone,
            skips=frozenset(place_of(skip.cell, folder) for skip in skips),
        ),
        unknown=tuple(each.text for each in only if not _means_any(each, plan, coverage, old)),
        names=tuple(sorted(_names(plan, old, folder))),
    )


def _called(cell: Cell, folder: Path) -> tuple[str, ...]:
    """All that a scenario is called: from the folder of the baseline, and from the current one."""
    scenario = cell.scenario
    here = f"{scenario.source.file}::{scenario.id}"
    return (*scenario_names(entry_scenario(cell, folder)), here)


def _is_meant(only: Iterable[EntryPattern], names: Sequence[str], cell: Cell) -> bool:
    return any(each.means(names, cell.server, cell.engine) for each in only)


def _gone(
    only: Sequence[EntryPattern], coverage: Coverage, old: Baseline
) -> Iterator[CoveredEntry]:
    """What is meant of the baseline, not among the cells, and would be if it were still there."""
    for entry in old.entries:
        names = scenario_names(entry.scenario)
        for engine, _ in entry.engines:
            place = entry.name, engine
            meant = any(each.means(names, entry.server, engine) for each in only)
            if meant and place not in coverage.cells and coverage.speaks_for(*place):
                yield place


def _means_any(only: EntryPattern, plan: Plan, coverage: Coverage, old: Baseline) -> bool:
    cells = (*plan.cells, *(skip.cell for skip in plan.skips))
    is_planned = any(_is_meant((only,), _called(cell, coverage.folder), cell) for cell in cells)
    return is_planned or next(_gone((only,), coverage, old), None) is not None


def _names(plan: Plan, old: Baseline, folder: Path) -> Iterator[str]:
    scenarios = {cell.scenario.id for cell in plan.cells}
    yield from scenarios | {scenario_names(entry.scenario)[1] for entry in old.entries}
    yield from {entry_scenario(cell, folder) for cell in plan.cells}

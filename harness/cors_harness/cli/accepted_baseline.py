"""AcceptedBaseline: the file that a run is accepted into, what is in it, and what --only leaves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cors_harness.changes.coverage import Coverage, CoveredEntry, entry_scenario, place_of
from cors_harness.changes.entry_patterns import EntryPattern, scenario_names
from cors_harness.errors import BaselineError, UsageError
from cors_harness.model.baseline import Baseline
from cors_harness.model.cell import Cell
from cors_harness.model.change import EntryName
from cors_harness.model.server import APPS
from cors_harness.planning.plan import Plan
from cors_harness.settings.invocation import GivenOptions, Invocation
from cors_harness.shipped_folders import scenarios_folder
from cors_harness.store.baseline_reading import SCHEMA_LINE, entry_names, read_baseline
from cors_harness.store.baseline_writing import DEFAULT_NAME, HEAD, SCHEMA
from cors_harness.terms.engine_names import ENGINE_NAMES


def baseline_file(invocation: Invocation, option: str) -> Path:
    """The file that was named, else the one beside the scenarios.

    Raises UsageError, which names `option`, where they lie in several folders or come with
    cors-harness.
    """
    if invocation.baseline:
        return invocation.baseline
    paths = invocation.scenario_paths
    folders = sorted({path if path.is_dir() else path.parent for path in paths})
    if folders == [scenarios_folder()] and not invocation.options.paths:
        raise UsageError(
            "beside the scenarios that come with cors-harness is no place for your baseline\n"
            f"  say which file it is: {option} {DEFAULT_NAME}"
        )
    if len(folders) > 1:
        raise UsageError(
            f"the scenarios lie in several folders: {', '.join(map(str, folders))}\n"
            f"  say which file is their baseline: {option} {DEFAULT_NAME}"
        )
    return folders[0] / DEFAULT_NAME


def coverage_of(options: GivenOptions, plan: Plan, folder: Path) -> Coverage:
    """What a command line means for a baseline in `folder`.

    What no shard runs any more is left to the first one.
    """
    is_first = plan.part is None or all(size.shard.index == 1 for size in plan.part.shards)
    return Coverage(
        folder=folder,
        paths=options.paths,
        whole=not options.keyword and not options.cells and is_first,
        servers=options.servers or (APPS if options.target.kinds else ()),
        engines=options.browsers or _columns(plan),
        cells=frozenset(place_of(cell, folder) for cell in plan.cells),
        skips=frozenset(
            place_of(cell, folder)
            for cell in (*(skip.cell for skip in plan.skips), *plan.elsewhere)
        ),
    )


def _columns(plan: Plan) -> tuple[str, ...]:
    """All browsers of this machine, and the remote ones of a run: of others it says nothing."""
    cells = (*plan.cells, *(skip.cell for skip in plan.skips), *plan.elsewhere)
    return tuple(dict.fromkeys((*ENGINE_NAMES, *(cell.engine for cell in cells))))


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedBaseline:
    """What a baseline file holds before a run is accepted into it.

    Attributes:
        baseline: None where there is no file, or it is to be written anew.
        damage: why it is.
        named: the entries that a damaged file still names.
    """

    baseline: Baseline | None = None
    damage: BaselineError | None = None
    named: frozenset[EntryName] = frozenset()


def accepted_before(
    file: Path, is_run_again: Callable[[EntryName], bool] | None
) -> AcceptedBaseline:
    """The baseline that a run is accepted into.

    A file that is damaged, as by a merge conflict, is to be written anew where the run gives all of
    it again.

    Args:
        file: of the baseline; it need not be there.
        is_run_again: whether the run has an entry; None: it is known to run a part only.

    Raises:
        BaselineError: the file cannot be read, and must stay as it is.
    """
    if not file.exists():
        return AcceptedBaseline()
    try:
        return AcceptedBaseline(baseline=read_baseline(file))
    except BaselineError as error:
        if not _is_ours(file):
            raise
        names = tuple(entry_names(file.read_text("utf-8", errors="replace")))
        lost = [name for name in names if is_run_again and not (name and is_run_again(name))]
        if lost or not is_run_again:
            raise BaselineError((*error.problems, _would_be_lost(lost))) from error
        return AcceptedBaseline(damage=error, named=frozenset(filter(None, names)))


def _would_be_lost(lost: Sequence[EntryName | None]) -> str:
    names = [f"{scenario}[{server}]" for scenario, server in filter(None, lost)]
    example = f", such as {names[0]}" if names else ""
    return (
        f"this command does not run all that is accepted in it{example}\n"
        "  take one side of the conflict, or record everything again: the command without "
        "--only, -k, --cell, --server, --browser and paths"
    )


def _is_ours(file: Path) -> bool:
    """Whether a file that cannot be read is a baseline nevertheless, and not of a newer schema."""
    if not file.is_file():
        return False
    text = file.read_text("utf-8", errors="replace")
    schemas = [int(number) for number in SCHEMA_LINE.findall(text)]
    return HEAD.splitlines()[0] in text and bool(schemas) and max(schemas) <= SCHEMA


# What --only leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class NarrowedPlan:
    """The part of a plan that `--only` means.

    Attributes:
        plan: the cells to run, and those of them that are skipped.
        coverage: the run speaks for these cells, and for accepted entries that are meant and that
            nothing runs any more.
        unknown: those of the names that mean nothing.
        names: all that could have been meant.
    """

    plan: Plan
    coverage: Coverage
    unknown: tuple[str, ...]
    names: tuple[str, ...]


def narrowed_plan(
    only: Sequence[EntryPattern], plan: Plan, coverage: Coverage, accepted: Baseline
) -> NarrowedPlan:
    """The part of a plan, and of the baseline that was accepted, that any of `only` means."""
    folder = coverage.folder
    cells = tuple(cell for cell in plan.cells if _is_meant(only, cell, folder))
    skips = tuple(skip for skip in plan.skips if _is_meant(only, skip.cell, folder))
    gone = frozenset(_gone(only, coverage, accepted))
    return NarrowedPlan(
        plan=Plan(cells=cells, skips=skips),
        coverage=replace(
            coverage,
            whole=False,
            cells=frozenset(place_of(cell, folder) for cell in cells) | gone,
            skips=frozenset(place_of(skip.cell, folder) for skip in skips),
        ),
        unknown=tuple(
            pattern.text for pattern in only if not _means_any(pattern, plan, coverage, accepted)
        ),
        names=tuple(sorted(_known_names(plan, accepted, folder))),
    )


def _is_meant(only: Iterable[EntryPattern], cell: Cell, folder: Path) -> bool:
    """Whether a cell is, whose scenario has names from the baseline's and the current folder."""
    scenario = cell.scenario
    from_here = f"{scenario.source.file}::{scenario.id}"
    names = (*scenario_names(entry_scenario(cell, folder)), from_here)
    return any(pattern.means(names, cell.server, cell.engine) for pattern in only)


def _gone(
    only: Sequence[EntryPattern], coverage: Coverage, accepted: Baseline
) -> Iterator[CoveredEntry]:
    """Entries that are meant, and that the run would have if their scenarios were still there."""
    for entry in accepted.entries:
        names = scenario_names(entry.scenario)
        for engine, _ in entry.engines:
            covered = entry.name, engine
            is_meant = any(pattern.means(names, entry.server, engine) for pattern in only)
            if is_meant and covered not in coverage.cells and coverage.covers(*covered):
                yield covered


def _means_any(pattern: EntryPattern, plan: Plan, coverage: Coverage, accepted: Baseline) -> bool:
    cells = (*plan.cells, *(skip.cell for skip in plan.skips))
    is_planned = any(_is_meant((pattern,), cell, coverage.folder) for cell in cells)
    return is_planned or next(_gone((pattern,), coverage, accepted), None) is not None


def _known_names(plan: Plan, accepted: Baseline, folder: Path) -> Iterator[str]:
    scenarios = {cell.scenario.id for cell in plan.cells}
    yield from scenarios | {scenario_names(entry.scenario)[1] for entry in accepted.entries}
    yield from {entry_scenario(cell, folder) for cell in plan.cells}

"""`cors-harness diff`: compares two journals or baselines without running anything."""

import argparse
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from cors_harness.cli import check, record, run
from cors_harness.cli.options import Command, given_options, invocation_of
from cors_harness.cli.outputs import (
    ChangesAnswer,
    Outputs,
    add_change_outputs,
    outputs_of,
    write_changes,
)
from cors_harness.cli.record import picking_argv, record_argv
from cors_harness.errors import UsageError
from cors_harness.model.cell import RecordedCell
from cors_harness.model.change import ChangeClass, EntryName
from cors_harness.settings.invocation import GivenOptions
from cors_harness.store.codec import Json

if TYPE_CHECKING:
    from cors_harness.cli.compared_side import ComparedSide
    from cors_harness.reports.html.document import PageSide

# The commands that keep a journal, by name.
RUNNING = {module.COMMAND.name: module.COMMAND for module in (run, record, check)}

DESCRIPTION = """\
Compares two journals of runs, two baselines, or one of each; it looks into a file to see which it
is. A folder stands for all the journals in it, the parts of one run. Runs nothing. The changes from
A to B are classed and shown as `check` does it."""

EXAMPLES = """\
examples:
  cors-harness diff before.jsonl after.jsonl
  cors-harness diff cors-baseline.txt .cors-harness/last.journal.jsonl
  cors-harness diff cors-baseline.txt shards/         the journals of all shards
  cors-harness diff main/cors-baseline.txt cors-baseline.txt --fail-on any
  cors-harness diff cors-baseline.txt after.jsonl --markdown comment.md --junit cors.xml

exit status: 0 no change of a class that fails, 1 there is one or an entry is missing or stale,
2 wrong usage or a file that is neither, 3 a cell came to no result, or a part of
a run is missing"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `diff`."""
    parser.add_argument(
        "before", metavar="A", type=Path, help="a journal, a folder of them, or a baseline"
    )
    parser.add_argument(
        "after", metavar="B", type=Path, help="a journal, a folder of them, or a baseline"
    )
    add_change_outputs(parser.add_argument_group("what to show"))


def execute(args: argparse.Namespace) -> int:
    """Compares; returns the exit status."""
    return _diff(args.before, args.after, invocation_of(args).fail_on, outputs_of(args))


def _diff(
    before_file: Path, after_file: Path, fail_on: frozenset[ChangeClass], outputs: Outputs
) -> int:
    answer = compared_files(before_file, after_file, fail_on)
    write_changes(outputs, answer)
    return answer.assessment.status


def compared_files(
    before_file: Path, after_file: Path, fail_on: frozenset[ChangeClass]
) -> ChangesAnswer:
    """Two journals, folders of them or baselines, compared.

    Raises UsageError or BaselineError where one cannot be read, or is neither.
    """
    from cors_harness.changes.assessment import Acceptance
    from cors_harness.changes.compare import compare
    from cors_harness.cli.compared_side import assessment

    (before, page_before), (after, page_after) = _sides(_read(before_file), _read(after_file))
    command, picks = rerun_argv(after.argv or before.argv, before_file)
    comparison = compare(
        before.baseline, after.baseline, covered=_nothing if after.is_part else None
    )
    if before.is_part:  # what it lacks may be in another part
        comparison = replace(comparison, missing=())
    result = assessment(
        before,
        after,
        comparison,
        fail_on=fail_on,
        acceptance=Acceptance(words=command, picks=picks),
    )
    return ChangesAnswer(
        assessment=result,
        before=before.baseline,
        after=after.baseline,
        sides=(page_before, page_after),
    )


def _nothing(_name: EntryName, _engine: str) -> bool:
    """What of the other side a part of a run speaks for, beyond what it has."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class _JournalRun:
    """A journal, or a folder of them: its header and records together.

    Attributes:
        missing: what there is not of a run that should be there.
        part: what there is of a run of which only a shard is meant.
    """

    path: Path
    header: Json
    records: tuple[RecordedCell, ...]
    missing: tuple[str, ...] = ()
    part: str = ""


def _read(path: Path) -> "ComparedSide | _JournalRun":
    from cors_harness.cli.compared_side import ComparedSide
    from cors_harness.store.baseline_reading import read_baseline

    if _is_journal(path):
        return _journal_run(path)
    return ComparedSide(name=str(path), baseline=read_baseline(path))


def _journal_run(path: Path) -> _JournalRun:
    from cors_harness.store.journal_parts import JournalParts

    with closing(JournalParts([path])) as parts:
        run = _JournalRun(path=path, header=parts.header, records=tuple(parts.records()))
        if parts.is_whole_shard and not path.is_dir():
            return replace(run, part=f"{path}: {parts.what_is_there}")
        return replace(run, missing=parts.missing)


def _is_journal(path: Path) -> bool:
    """Whether it is a folder, or its first line a JSON object, as no baseline's is."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as exc:
        raise UsageError(
            f"{path}: cannot be read: {exc.strerror or exc}\n"
            "  expected a journal, a folder of them, or a baseline"
        ) from exc


def _sides(*inputs: "ComparedSide | _JournalRun") -> "Iterator[tuple[ComparedSide, PageSide]]":
    """The inputs as sides; a run names its files from the folder that fits the other's names."""
    from cors_harness.cli.compared_side import side_of_run
    from cors_harness.reports.html.document import PageSide

    accepted = {
        entry.scenario
        for side in inputs
        if not isinstance(side, _JournalRun)
        for entry in side.baseline.entries
    }
    for side in inputs:
        if isinstance(side, _JournalRun):
            folder = _folder(side.records, accepted)
            run = side_of_run(str(side.path), side.header, side.records, folder, side.missing)
            yield replace(run, part=side.part), page_side(side, folder)
        else:
            yield side, PageSide(name=side.name, baseline=side.baseline)


def page_side(run: _JournalRun, folder: Path = Path()) -> "PageSide":
    """A run as a page shows it; `folder`: from which its files are named in a comparison."""
    from cors_harness.reports.html.document import PageSide

    recorded = recorded_options(run.header["argv"])
    return PageSide(
        name=str(run.path),
        header=run.header,
        records=run.records,
        folder=folder,
        options=recorded.rerun_argv() if recorded else (),
        missing=run.missing,
    )


def _folder(records: Sequence[RecordedCell], accepted: Collection[str]) -> Path:
    """The folder from which most scenarios of a run have the names that are known.

    Where a baseline lies says nothing: it may be a copy.
    """
    scenarios = {(record.file, record.scenario) for record in records}
    above = (folder for file, _ in sorted(scenarios) for folder in Path(file).parents)
    folders = dict.fromkeys((Path(), *above))
    return max(folders, key=lambda folder: len({*_names(scenarios, folder)}.intersection(accepted)))


def _names(scenarios: Iterable[tuple[str, str]], folder: Path) -> Iterator[str]:
    from cors_harness.model.baseline import scenario_name

    return (scenario_name(file, scenario, folder) for file, scenario in scenarios)


# The command that accepts what a journal has


class _RecordedOptions(argparse.ArgumentParser):
    """A parser of recorded options that raises where the program would print its usage and end."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def rerun_argv(argv: Sequence[str], baseline: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`cors-harness record` for what a recorded command line ran, and apart from it -k and --cell.

    Args:
        argv: of a run, perhaps of another version of cors-harness, whose options may mean nothing
            here; empty where none is known.
        baseline: what to write to where `argv` cannot say.
    """
    options = recorded_options(argv)
    if options is None:
        return ("cors-harness", "record", "--out", str(baseline)), ()
    return record_argv(options), picking_argv(options)


def recorded_options(argv: Sequence[str]) -> GivenOptions | None:
    """The options of a recorded command line; None where it is none that we read."""
    if not argv or argv[0] not in RUNNING:
        return None
    parser = _RecordedOptions(add_help=False, allow_abbrev=False)
    RUNNING[argv[0]].declare(parser)
    try:
        return given_options(parser.parse_args(argv[1:]))
    except UsageError:
        return None


COMMAND = Command(
    name="diff",
    summary="compare two journals or baselines, running nothing",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

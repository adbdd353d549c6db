"""`cors-harness diff`: compares two journals or baselines without running anything."""

import argparse
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.comparing import add_outputs, answer, failing_classes
from cors_harness.cli.coverage import scenario_name
from cors_harness.cli.options import Command
from cors_harness.errors import UsageError
from cors_harness.store.codec import Json

if TYPE_CHECKING:
    from cors_harness.cli.compared_side import ComparedSide

DESCRIPTION = """\
Compares two journals of runs, or baselines, or one of each; which is which is told by what is in
them. Runs nothing. What changed from A to B is classed and shown as `check` does it."""

EXAMPLES = """\
examples:
  cors-harness diff before.jsonl after.jsonl
  cors-harness diff cors-baseline.txt .cors-harness/last.journal.jsonl
  cors-harness diff main/cors-baseline.txt cors-baseline.txt --fail-on any
  cors-harness diff cors-baseline.txt after.jsonl --markdown comment.md --junit cors.xml

exit status: 0 no change of a class that fails, 1 there is one or an entry is missing or stale,
2 wrong usage or a file that is neither, 3 a cell came to no result"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `diff`."""
    parser.add_argument("before", metavar="A", type=Path, help="a journal or a baseline")
    parser.add_argument("after", metavar="B", type=Path, help="a journal or a baseline")
    add_outputs(parser.add_argument_group("what to show"))


def execute(args: argparse.Namespace) -> int:
    """Compares; returns the exit status."""
    from cors_harness.changes.assessment import Acceptance
    from cors_harness.changes.compare import compare
    from cors_harness.cli.compared_side import assessment
    from cors_harness.cli.record_argv import record_words_of

    fail_on = failing_classes(args.fail_on)
    before, after = _sides(_read(args.before), _read(args.after))
    words, picks = record_words_of(after.argv or before.argv, args.before)
    found = assessment(
        before,
        after,
        compare(before.baseline, after.baseline),
        fail_on=fail_on,
        acceptance=Acceptance(words=words, picks=picks),
    )
    return answer(args, found, before.baseline, after.baseline)


@dataclass(frozen=True, slots=True, kw_only=True)
class _JournalRun:
    """What is in a journal."""

    path: Path
    header: Json
    records: tuple[Json, ...]


def _read(path: Path) -> "ComparedSide | _JournalRun":
    from cors_harness.cli.compared_side import ComparedSide
    from cors_harness.store.baseline import read_baseline
    from cors_harness.store.journal import read_journal

    if _is_journal(path):
        header, records = read_journal(path)
        return _JournalRun(path=path, header=header, records=records)
    return ComparedSide(name=str(path), baseline=read_baseline(path))


def _is_journal(path: Path) -> bool:
    """Whether a file is a journal: its first line is a JSON object, as no baseline's is."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as exc:
        raise UsageError(
            f"{path}: cannot be read: {exc.strerror or exc}\n  expected a journal or a baseline"
        ) from exc


def _sides(*both: "ComparedSide | _JournalRun") -> "Iterator[ComparedSide]":
    """As baselines; a run names its files from where the other's names say that they lie."""
    from cors_harness.cli.compared_side import side_of_run

    known = {
        entry.scenario
        for each in both
        if not isinstance(each, _JournalRun)
        for entry in each.baseline.entries
    }
    for each in both:
        if isinstance(each, _JournalRun):
            folder = _folder(each.records, known)
            yield side_of_run(str(each.path), each.header, each.records, folder)
        else:
            yield each


def _folder(records: Sequence[Json], known: Collection[str]) -> Path:
    """The folder from which most scenarios of a run have the names that are known.

    Where a baseline lies says nothing: it may be a copy.
    """
    scenarios = {(each["source"].rpartition(":")[0], each["scenario"]) for each in records}
    above = (folder for file, _ in sorted(scenarios) for folder in Path(file).parents)
    folders = dict.fromkeys((Path(), *above))
    return max(folders, key=lambda folder: len({*_named(scenarios, folder)}.intersection(known)))


def _named(scenarios: Iterable[tuple[str, str]], folder: Path) -> Iterator[str]:
    return (scenario_name(file, scenario, folder) for file, scenario in scenarios)


COMMAND = Command(
    name="diff",
    summary="compare two journals or baselines, running nothing",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

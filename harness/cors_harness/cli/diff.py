"""`cors-harness diff`: compares two journals or baselines without running anything."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.comparing import add_outputs, answer, failing_classes
from cors_harness.cli.options import Command
from cors_harness.errors import UsageError

if TYPE_CHECKING:
    from cors_harness.cli.side import Side

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
    from cors_harness.changes.compare import compare
    from cors_harness.cli.recorded_words import record_words_of
    from cors_harness.cli.side import assessment

    fail_on = failing_classes(args.fail_on)
    is_journal = {path: _is_journal(path) for path in (args.before, args.after)}
    baselines = [path for path, yes in is_journal.items() if not yes]
    folder = baselines[0].parent if baselines else Path()
    before, after = (_side(path, folder, is_journal=is_journal[path]) for path in is_journal)
    found = assessment(
        before,
        after,
        compare(before.baseline, after.baseline),
        fail_on=fail_on,
        words=record_words_of(after.argv, None if is_journal[args.before] else args.before),
    )
    return answer(args, found, before.baseline, after.baseline)


def _is_journal(path: Path) -> bool:
    """Whether a file is a journal: its first line is a JSON object, as no baseline's is."""
    try:
        with path.open("rb") as file:
            return file.read(1) == b"{"
    except OSError as exc:
        raise UsageError(
            f"{path}: cannot be read: {exc.strerror or exc}\n  expected a journal or a baseline"
        ) from exc


def _side(path: Path, folder: Path, *, is_journal: bool) -> "Side":
    from cors_harness.cli.side import Side, side_of_run
    from cors_harness.store.baseline import read_baseline
    from cors_harness.store.journal import read_journal

    if is_journal:
        return side_of_run(str(path), *read_journal(path), folder)
    return Side(name=str(path), baseline=read_baseline(path))


COMMAND = Command(
    name="diff",
    summary="compare two journals or baselines, running nothing",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

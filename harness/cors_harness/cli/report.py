"""`cors-harness report`: writes one page that shows a run, or what two runs do otherwise."""

import argparse
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.diff import compared_files, recorded_options
from cors_harness.cli.options import Command
from cors_harness.cli.outputs import changes_page
from cors_harness.cli.saying import say
from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.change import ChangeClass
from cors_harness.reports.summary import counted
from cors_harness.store.journal import DEFAULT_PLACE
from cors_harness.store.whole_file import write_whole

if TYPE_CHECKING:
    from cors_harness.reports.html.document import PageDocument
    from cors_harness.store.journal_parts import JournalParts

DEFAULT_PAGE = Path("cors-report.html")
MEGABYTE = 1_000_000

DESCRIPTION = """\
Writes one page to look at and to share, from journals: what went wrong by cause, each with its fix,
then every cell with what went over the wire. The page is a single file, opens from the disk, and
loads nothing. Two journals are before and after, the first is before; one of them may be a
baseline. Journals of shards, or a folder of them, are one run. Runs nothing."""

EXAMPLES = """\
examples:
  cors-harness report                                 the last run, in cors-report.html
  cors-harness report run.jsonl --html run.html
  cors-harness report before.jsonl after.jsonl --html changes.html
  cors-harness report cors-baseline.txt run.jsonl --html changes.html
  cors-harness report shards/ --html run.html         the journals of all shards

exit status: 0 written, 2 wrong usage or journals that do not fit together, 3 written, and not all
of the run is there"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `report`."""
    parser.add_argument(
        "journals",
        metavar="JOURNAL",
        nargs="*",
        type=Path,
        default=[DEFAULT_PLACE],
        help=f"a journal, a folder of them, or a baseline (default: {DEFAULT_PLACE})",
    )
    parser.add_argument(
        "--html",
        metavar="FILE",
        type=Path,
        default=DEFAULT_PAGE,
        help="the page to write (default: %(default)s)",
    )


def execute(args: argparse.Namespace) -> int:
    """Writes the page; returns the exit status."""
    from cors_harness.reports.html.assembly import page

    document = _document(args.journals)
    text = page(document)
    write_whole(args.html, "--html", text)
    size = f"{len(text) / MEGABYTE:.1f} MB"
    say(f"{args.html.resolve()}: {counted(document.cells, 'cell')}, {size}")
    missing = [sentence for side in document.index["sides"] for sentence in side["missing"]]
    for sentence in missing:
        say(f"  {sentence}")
    return HarnessError.exit_status if missing else 0


def _document(paths: Sequence[Path]) -> "PageDocument":
    from cors_harness.reports.html.document import PageSide, document_of_run
    from cors_harness.store.journal_parts import JournalParts

    if len(paths) == 2 and not _are_shards(paths):
        return changes_page(compared_files(paths[0], paths[1], frozenset({ChangeClass.WIDENED})))
    with closing(JournalParts(paths)) as parts:
        if len(paths) > 2 and not _is_of_shards(parts):
            raise UsageError(
                f"{len(paths)} journals that are not the shards of one run\n"
                "  expected one run, its shards, or two to compare: before and after"
            )
        recorded = recorded_options(parts.header["argv"])
        side = PageSide(
            name=", ".join(map(str, paths)),
            header=parts.header,
            records=parts.records(),
            options=recorded.rerun_argv() if recorded else (),
            missing=parts.missing,
        )
        return document_of_run(side)


def _are_shards(paths: Sequence[Path]) -> bool:
    """Whether two are different shards of one plan, and no runs before and after."""
    from cors_harness.store.journal_parts import JournalParts

    try:
        with closing(JournalParts(paths)) as parts:
            return _is_of_shards(parts)
    except HarnessError:
        return False


def _is_of_shards(parts: "JournalParts") -> bool:
    return len(parts.shards) > 1


COMMAND = Command(
    name="report",
    summary="write one page that shows a run, or what two runs do otherwise",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

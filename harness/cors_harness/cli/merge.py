"""`cors-harness merge`: makes one journal of those of all shards, running nothing."""

import argparse
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.options import Command
from cors_harness.cli.saying import say
from cors_harness.errors import HarnessError
from cors_harness.store.journal import DEFAULT_PLACE, Journal

if TYPE_CHECKING:
    from cors_harness.store.journal_parts import JournalParts

DESCRIPTION = """\
Makes one journal of those that shards of one run have left (`run --shard 2/5`), as if it had run in
one go: `diff`, `run --from`, `check --from` and `record --from` read it. It says whether it is
complete, and if not, what is missing. Journals of another commit, of other options or of another
version of a browser are refused, and so is a cell that is in two of them and not alike."""

EXAMPLES = """\
examples:
  cors-harness merge shard-1.jsonl shard-2.jsonl --out run.jsonl
  cors-harness merge shards/ --out run.jsonl          all journals in a folder and below
  cors-harness check --from shards/                   compares without a merged journal, too

exit status: 0 complete, 2 wrong usage or journals that do not fit together, 3 written, and not
complete"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `merge`."""
    parser.add_argument(
        "journals",
        metavar="JOURNAL",
        nargs="+",
        type=Path,
        help="a journal, or a folder of them; what is named twice counts once",
    )
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        default=DEFAULT_PLACE,
        help="the journal to write (default: %(default)s)",
    )


def execute(args: argparse.Namespace) -> int:
    """Merges; returns the exit status."""
    from cors_harness.store.journal_parts import JournalParts

    with closing(JournalParts(args.journals)) as parts:
        _write(args.out, parts)
        say(f"{args.out}: {parts.what_is_there}")
        for sentence in parts.missing:
            say(f"  {sentence}")
    return HarnessError.exit_status if parts.missing else 0


def _write(path: Path, parts: "JournalParts") -> None:
    with closing(Journal(path, option="--out")) as journal:
        journal.begin(parts.header)
        for line in parts.lines():
            journal.take(line)


COMMAND = Command(
    name="merge",
    summary="make one journal of those of all shards",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

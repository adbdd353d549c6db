"""The `record` command for what a recorded command line ran, out of the header of its journal."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from cors_harness.cli import check, record, run
from cors_harness.cli.accepted_baseline import picking_words, record_words
from cors_harness.errors import UsageError

RUNS = {module.COMMAND.name: module for module in (run, record, check)}


class _Quiet(argparse.ArgumentParser):
    """Raises where the program would print its usage and end."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def record_words_of(argv: Sequence[str], baseline: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`cors-harness record` with the paths and options of `argv`, as far as they are understood.

    Apart from it -k and --cell.

    Args:
        argv: of a run, perhaps of another version of cors-harness; empty where none is known.
        baseline: what to write to where `argv` does not say.
    """
    args = _parsed(argv)
    if args is None:
        return ("cors-harness", "record", "--out", str(baseline)), ()
    place = vars(args).get("baseline") or vars(args).get("out")
    return record_words(args, place), picking_words(args)


def _parsed(argv: Sequence[str]) -> argparse.Namespace | None:
    if not argv or argv[0] not in RUNS:
        return None
    parser = _Quiet(add_help=False, allow_abbrev=False)
    RUNS[argv[0]].declare(parser)
    try:
        return parser.parse_args(argv[1:])
    except UsageError:
        return None

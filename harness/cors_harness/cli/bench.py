"""`cors-harness bench`: how many cells a second this machine runs."""

import argparse

from cors_harness.cli.options import Command, add_browser, engine_names
from cors_harness.errors import UsageError

DESCRIPTION = """\
Runs many cells of one kind and measures cells a second, in each browser by itself."""

EXAMPLES = """\
examples:
  cors-harness bench
  cors-harness bench --browser chromium --cells 2000
  cors-harness bench --json > bench.json"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `bench`."""
    add_browser(parser)
    parser.add_argument(
        "--cells", metavar="N", default="500", help="cells in each browser (default: %(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def execute(args: argparse.Namespace) -> int:
    """Measures and prints; returns the exit status."""
    engines, cells = engine_names(args), _cells(args.cells)
    from cors_harness.bench.api import bench

    return bench(engines=engines, cells=cells, as_json=args.json)


def _cells(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise UsageError(f"--cells: found {text!r}; expected a number, such as 500")
    return int(text)


COMMAND = Command(
    name="bench",
    summary="measure cells a second on this machine",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

"""`cors-harness bench`: how many cells a second this machine runs."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from cors_harness.cli.options import Command, add_browser, invocation_of
from cors_harness.errors import UsageError

if TYPE_CHECKING:
    from cors_harness.bench.measure import BenchReport, EngineRates

TITLES = (
    "engine",
    "raw",
    "batch",
    "of raw",
    "real",
    "of batch",
    "pages",
    "of real",
    "lone",
    "batch is",
)
DESCRIPTION = """\
Measures for each browser: a plain fetch() loop in one page, without cors-harness; the same calls as
cells of a batch, recorded and judged; that batch between real https origins, through proxy, TLS and
HTTP/2; the same from pages of twenty origins; and single calls, each in a fresh browser context.
Then all browsers at the same time. Machines are noisy: compare the ratios, not the rates."""

EXAMPLES = """\
examples:
  cors-harness bench
  cors-harness bench --browser chromium --cells 2000
  cors-harness bench --json > bench.json"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `bench`."""
    add_browser(parser)
    parser.add_argument(
        "--cells",
        metavar="N",
        default="5000",
        help="cells over all browsers (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def execute(args: argparse.Namespace) -> int:
    """Measures and prints; returns the exit status."""
    from cors_harness.bench.measure import measure

    invocation, cells = invocation_of(args), _cells(args.cells)
    engines = [name for name in invocation.selection.engines if name not in invocation.remotes]
    report = measure(engines, cells, lambda line: print(line, file=sys.stderr))
    if args.json:
        print(json.dumps(report.to_json()))
    else:
        _show(report)
    return 0


def _show(report: "BenchReport") -> None:
    from rich import box
    from rich.table import Table

    from cors_harness.reports.styled_text import answers

    table = Table(box=box.SIMPLE, title="cells a second", title_justify="left")
    for title in TITLES:
        table.add_column(title, justify="left" if title == "engine" else "right")
    for rates in report.engines:
        table.add_row(*_row(rates))
    console = answers()
    console.print(table)
    rate = report.cells / report.wall_s
    console.print(
        f"side by side: {report.cells} cells in {report.wall_s:.1f} s, {rate:.0f} cells/s, "
        f"the harness' own process had {report.peak_rss_mb:.0f} MB at most"
    )


def _row(rates: "EngineRates") -> tuple[str, ...]:
    return (
        rates.name,
        f"{rates.raw_per_s:.0f}",
        f"{rates.batch_per_s:.0f}",
        f"{rates.batch_per_s / rates.raw_per_s:.2f}",
        f"{rates.gated_per_s:.0f}",
        f"{rates.gated_per_s / rates.batch_per_s:.2f}",
        f"{rates.many_pages_per_s:.0f}",
        f"{rates.many_pages_per_s / rates.gated_per_s:.2f}",
        f"{rates.isolated_per_s:.1f}",
        f"{rates.batch_per_s / rates.isolated_per_s:.0f}x",
    )


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

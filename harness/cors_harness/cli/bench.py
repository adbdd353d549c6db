"""`cors-harness bench`: how many cells a second this machine runs."""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cors_harness.cli.options import Command, add_browser, invocation_of
from cors_harness.cli.saying import say, tell
from cors_harness.errors import UsageError
from cors_harness.model.events import CellFinished, Event, RunAdvised, RunStarted
from cors_harness.reports.base import Listener
from cors_harness.store.journal import Journal

if TYPE_CHECKING:
    from rich.table import Table

    from cors_harness.bench.processes_used import CpuSeconds
    from cors_harness.bench.report import BenchReport, EngineRates, RunPart

ENGINE = "engine"
RATES = (ENGINE, "raw", "batch", "/raw", "real", "/batch", "pages", "/real", "lone", "/lone")
CPU = (ENGINE, "harness", "wire", "servers", "browsers", "ours")
PARTS = ("cells", "cells/s", "ours, ms a cell", "MB")
DESCRIPTION = """\
Measures for each browser: a plain fetch() loop in one page, without cors-harness; the same calls as
cells of a batch, recorded and judged; that batch between real https origins, through proxy, TLS and
HTTP/2; the same from pages of twenty origins; and single calls, each in a fresh browser context.
Where a browser can be driven in two ways, they take turns. Then all browsers at the same time, with
a journal and a report as `run` has them, in ten equal parts: cells a second and memory. And whose
the CPU time is: the harness' own process and its wire are ours, the rest are servers, and browsers
with their drivers. At last, how long `run --app` on a small app lets a user wait for its first
line. Machines are noisy: compare the ratios, not the rates."""

EXAMPLES = """\
examples:
  cors-harness bench
  cors-harness bench --browser chromium --cells 2000
  cors-harness bench --cells 100000       does time grow faster than cells, or memory with them?
  cors-harness bench --json > bench.json"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `bench`."""
    add_browser(parser)
    parser.add_argument(
        "--cells",
        metavar="N",
        default="5000",
        help="cells over all browsers side by side; by itself each runs its share, 3000 at most "
        "(default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def execute(args: argparse.Namespace) -> int:
    """Measures and prints; returns the exit status."""
    from cors_harness.bench.measure import measure

    invocation, cells = invocation_of(args), _cells(args.cells)
    engines = [name for name in invocation.selection.engines if name not in invocation.remotes]
    with TemporaryDirectory(prefix="cors-harness-bench-") as folder, ExitStack() as stack:
        kept = _KeptRun(Path(folder), stack)
        report = measure(engines, cells, tell, kept.hear)
    if args.json:
        say(json.dumps(report.to_json()))
    else:
        _show(report)
    return 0


class _KeptRun:
    """Keeps a run as `run` does, with a journal and reports, so that it costs what a run costs."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        """`folder`: of the journal; `stack`: closes it."""
        from cors_harness.reports.progress import ProgressReport
        from cors_harness.reports.styled_text import progress
        from cors_harness.reports.terminal import TerminalReport

        self._journal = Journal(folder / "bench.journal.jsonl")
        stack.callback(self._journal.close)
        bar = stack.enter_context(ProgressReport(progress()))
        self._listeners: tuple[Listener, ...] = (TerminalReport(), bar)

    def hear(self, event: Event) -> None:
        """Takes one event."""
        match event:
            case RunStarted():
                self._journal.write_header(("bench",), event)
            case CellFinished():
                self._journal.write(event.record)
            case RunAdvised() if event.advice:
                self._journal.revise(dict(event.advice))
            case _:
                pass
        for listener in self._listeners:
            listener.on_event(event)


def _show(report: "BenchReport") -> None:
    from cors_harness.bench.small_app import RUNS
    from cors_harness.reports.styled_text import answers

    names = _names(report)
    rates = zip(names, report.engines, strict=True)
    console = answers()
    console.print(_table("cells a second", RATES, (_rates_row(*row) for row in rates)))
    for line in _driver_lines(report, names):
        console.print(line, soft_wrap=True)
    console.print(_table("CPU time, ms a cell", CPU, _cpu_rows(report, names)))
    run = report.run
    console.print(
        f"side by side: {run.cells} cells in {run.wall_s:.1f} s, {run.cells / run.wall_s:.0f} "
        f"cells/s, the harness' own process had {report.peak_rss_mb:.0f} MB at most",
        soft_wrap=True,
    )
    console.print(_table("", PARTS, map(_part_row, run.parts)))
    small = report.small_app
    console.print(
        f"run --app, {small.cells} cells: its first line after {small.first_line_s:.1f} s, its end "
        f"after {small.total_s:.1f} s (the median of {RUNS} runs)",
        soft_wrap=True,
    )


def _table(title: str, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE, title=title or None, title_justify="left", padding=0)
    for name in columns:
        is_name = name == ENGINE
        table.add_column(name, justify="left" if is_name else "right", no_wrap=is_name)
    for row in rows:
        table.add_row(*row)
    return table


def _names(report: "BenchReport") -> list[str]:
    """What a row is called: its engine, and a number where that has a second driver."""
    names: list[str] = []
    for rates in report.engines:
        names.append(f"{rates.name} (2)" if rates.name in names else rates.name)
    return names


def _rates_row(name: str, rates: "EngineRates") -> tuple[str, ...]:
    return (
        name,
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


def _driver_lines(report: "BenchReport", names: Sequence[str]) -> Iterator[str]:
    """Which driver is which, and how those of one engine compare."""
    first = {rates.name: rates for rates in reversed(report.engines)}
    for name, rates in zip(names, report.engines, strict=True):
        usual = first[rates.name]
        if rates is not usual:
            times = usual.batch_per_s / rates.batch_per_s
            yield (
                f"{name}: by {rates.driver}; the batch by {usual.driver} is "
                f"{times:.1f} times as fast"
            )
    yield from (f"left out: {why}" for why in report.left_out)


def _cpu_rows(report: "BenchReport", names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for name, rates in zip(names, report.engines, strict=True):
        yield _cpu_row(name, rates.cpu, rates.cells)
    yield _cpu_row("side by side", report.run.cpu, report.run.cells)


def _cpu_row(name: str, cpu: "CpuSeconds | None", cells: int) -> tuple[str, ...]:
    if cpu is None:
        return (name, *["unknown"] * (len(CPU) - 1))
    spent = (f"{1000 * seconds / cells:.2f}" for seconds in asdict(cpu).values())
    return (name, *spent, f"{cpu.our_share:.0%}")


def _part_row(part: "RunPart") -> tuple[str, ...]:
    ours = "unknown" if part.ours_ms is None else f"{part.ours_ms:.2f}"
    return (f"{part.cells}", f"{part.cells_per_s:.0f}", ours, f"{part.rss_mb:.0f}")


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

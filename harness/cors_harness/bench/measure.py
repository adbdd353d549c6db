"""measure(): how many cells a second each engine runs, alone and beside the others: BenchReport."""

from collections.abc import Callable, Mapping, Sequence

from cors_harness.bench.engine_bench import EngineBench
from cors_harness.bench.processes_used import peak_rss_mb
from cors_harness.bench.report import BenchReport, EngineRates, SideBySide
from cors_harness.bench.run_meter import Hear, RunMeter
from cors_harness.bench.small_app import measure_small_app
from cors_harness.bench.workload import bench_cells
from cors_harness.planning.plan import Plan
from cors_harness.run.api import run, run_in_thread
from cors_harness.run.settings import RunSettings

ALONE_CELLS = 3000  # of each engine by itself: in short rounds the last cells weigh too much
Say = Callable[[str], None]


def measure(engines: Sequence[str], cells: int, say: Say, hear: Hear) -> BenchReport:
    """Measures every engine by itself, all of them with `cells` cells in all, and a small app.

    Args:
        engines: names.
        cells: over all engines side by side; by itself each runs its share, up to ALONE_CELLS.
        say: takes a line of progress.
        hear: takes every event of the run of all engines, in the caller's thread, as whoever keeps
            a journal of a run.

    Raises:
        HarnessError: an engine or a server is missing or fails.
    """
    share = min(ALONE_CELLS, max(1, cells // len(engines)))
    rates: dict[str, tuple[EngineRates, ...]] = {}
    left_out: list[str] = []
    for name in engines:
        say(f"{name}: raw loop, batches, many page origins, lone contexts, {share} cells")
        bench = EngineBench(name)
        rates[name] = run_in_thread(bench.rates(bench_cells(name, share)))
        left_out += bench.left_out
    counts = shares(cells, {name: some[0].batch_per_s for name, some in rates.items()})
    say(f"all side by side, {sum(counts.values())} cells")
    side_by_side = _side_by_side(counts, hear)
    say("run --app on a small app")
    return BenchReport(
        engines=tuple(row for some in rates.values() for row in some),
        run=side_by_side,
        small_app=measure_small_app(engines),
        peak_rss_mb=peak_rss_mb(),
        left_out=tuple(left_out),
    )


def shares(cells: int, rates: Mapping[str, float]) -> dict[str, int]:
    """How many of `cells` each engine gets, at least one: so many that all end about together.

    What is measured is then the same mixture from the first cell to the last.
    """
    total = sum(rates.values())
    counts = {name: max(1, int(cells * rate / total)) for name, rate in rates.items()}
    quickest = max(rates, key=lambda name: rates[name])
    counts[quickest] += max(0, cells - sum(counts.values()))
    return counts


def _side_by_side(counts: Mapping[str, int], hear: Hear) -> SideBySide:
    cells = tuple(cell for name, count in counts.items() for cell in bench_cells(name, count))
    meter = RunMeter(len(cells))
    for event in run(Plan(cells=cells, skips=()), RunSettings(), meter.hear):
        hear(event)
    return meter.result()

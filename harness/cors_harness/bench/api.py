"""measure(): raw loop, batches and lone contexts in turn for each engine, then all side by side."""

import dataclasses
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from itertools import cycle
from typing import NamedTuple

from cors_harness.bench.raw import run_raw
from cors_harness.bench.report import BenchReport, EngineRates
from cors_harness.bench.selection import bench_cells
from cors_harness.engines.base import Engine, EngineWays
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine
from cors_harness.model.cell import Cell
from cors_harness.model.events import RunFinished
from cors_harness.model.server import VERBATIM
from cors_harness.plan import Plan
from cors_harness.relocation import relocated
from cors_harness.run.api import run
from cors_harness.run.background import aside
from cors_harness.run.engine_run import EngineRun
from cors_harness.run.finishing import Finisher
from cors_harness.run.settings import RunSettings
from cors_harness.run.stage import Stage
from cors_harness.terms.origin import Origin, parse_origin

ROUNDS = 2  # raw and batch take turns, so that a slow minute of the machine hits both
LONE_CELLS = 12
PAGE, SERVER = parse_origin("https://app.example.com"), parse_origin("https://api.example.org")
PAGES = tuple(parse_origin(f"https://app{number}.example.com") for number in range(20))
Say = Callable[[str], None]


def measure(engines: Sequence[str], cells: int, say: Say) -> BenchReport:
    """Measures every engine by itself, then all of them with `cells` cells in all.

    Args:
        engines: names.
        cells: cells over all engines; each engine runs its share.
        say: takes a line of progress.

    Raises:
        HarnessError: an engine or a server is missing or fails.
    """
    share = max(1, cells // len(engines))
    rates = []
    for name in engines:
        say(f"{name}: raw loop, batches, many page origins, lone contexts, {share} cells")
        rates.append(aside(_EngineBench(name).rates(bench_cells(name, share))))
    say(f"all side by side, {share * len(engines)} cells")
    finished = _side_by_side(engines, share)
    return BenchReport(
        engines=tuple(rates),
        cells=finished.cells,
        wall_s=round(finished.cells_s, 2),
        peak_rss_mb=_peak_rss_mb(),
    )


class _EngineBench:
    """One engine, started once for all of its measurements."""

    def __init__(self, name: str) -> None:
        self._name, self._settings = name, RunSettings()

    async def rates(self, cells: Sequence[Cell]) -> EngineRates:
        async with AsyncExitStack() as stack:
            bare, _ = await self._staged(stack, cells, recorded=False)
            tapped, _ = await self._staged(stack, cells, recorded=True)
            # Any other server would need an instance for each policy and page.
            spread = bench_cells(self._name, len(cells), (VERBATIM,))
            moved = tuple(map(_between_real_origins, cells))
            work = _Work(cells, moved, _from_many_pages(spread))
            gated, ways = await self._staged(stack, (*work.moved, *work.spread), recorded=True)
            engine = make_engine(find_engine(self._name), ways)
            stack.push_async_callback(engine.stop)
            await engine.start()
            return await self._measure(engine, _Stages(bare, tapped, gated), work)

    async def _staged(
        self, stack: AsyncExitStack, cells: Sequence[Cell], *, recorded: bool
    ) -> tuple[Stage, EngineWays]:
        stage = Stage(recorded=recorded)
        stack.push_async_callback(stage.stop)
        ways = stage.open(cells, headed=False)
        await stage.start(cells)
        return stage, ways

    async def _measure(self, engine: Engine, stages: "_Stages", work: "_Work") -> EngineRates:
        bare, tapped, gated = stages
        cells, moved, spread = work
        raw_s = batch_s = gated_s = 0.0
        for number in range(ROUNDS):
            part = cells[number::ROUNDS]
            raw_s += await _seconds(self._raw(engine, bare, part))
            batch_s += await _seconds(self._batch(engine, tapped, part))
            gated_s += await _seconds(self._batch(engine, gated, moved[number::ROUNDS]))
        spread_s = await _seconds(self._batch(engine, gated, spread))
        lone = cells[:LONE_CELLS]
        lone_s = await _seconds(self._lone(engine, bare, lone))
        return EngineRates(
            name=self._name,
            raw_per_s=round(len(cells) / raw_s, 1),
            batch_per_s=round(len(cells) / batch_s, 1),
            gated_per_s=round(len(cells) / gated_s, 1),
            many_pages_per_s=round(len(spread) / spread_s, 1),
            isolated_per_s=round(len(lone) / lone_s, 2),
        )

    async def _raw(self, engine: Engine, stage: Stage, cells: Sequence[Cell]) -> None:
        await run_raw(engine, stage, cells, engine.at_once)

    async def _batch(self, engine: Engine, stage: Stage, cells: Sequence[Cell]) -> None:
        finisher = Finisher(stage.recorder, lambda _event: None)
        await EngineRun(self._name, engine, stage, finisher, self._settings).run(
            cells, lambda _event: None
        )

    async def _lone(self, engine: Engine, stage: Stage, cells: Sequence[Cell]) -> None:
        for cell in cells:
            await run_raw(engine, stage, [cell], 1)


class _Stages(NamedTuple):
    bare: Stage
    tapped: Stage
    gated: Stage


class _Work(NamedTuple):
    """The same cells on loopback, between real origins, and from many pages."""

    cells: Sequence[Cell]
    moved: Sequence[Cell]
    spread: Sequence[Cell]


def _between_real_origins(cell: Cell, page: Origin = PAGE) -> Cell:
    (scenario,) = relocated([cell.scenario], page, SERVER)
    return dataclasses.replace(cell, scenario=scenario)


def _from_many_pages(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(map(_between_real_origins, cells, cycle(PAGES)))


async def _seconds(work: Awaitable[None]) -> float:
    began = time.monotonic()
    await work
    return time.monotonic() - began


def _side_by_side(engines: Sequence[str], share: int) -> RunFinished:
    cells = tuple(cell for name in engines for cell in bench_cells(name, share))
    events = run(Plan(cells=cells, skips=()), RunSettings())
    return [event for event in events if isinstance(event, RunFinished)][-1]


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, else KiB
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, 1)

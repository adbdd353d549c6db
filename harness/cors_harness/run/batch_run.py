"""The matrix: engines and stage started side by side, every engine's cells run, all ended."""

import asyncio
import contextlib
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.errors import HarnessError
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import (
    CellFinished,
    ConnectionsRefused,
    EngineVersion,
    Event,
    RunFinished,
    RunStarted,
    ServerVersion,
    StrayExchanges,
)
from cors_harness.model.verdict import Status, Verdict
from cors_harness.planning.plan import Plan
from cors_harness.run.cell_results import CellCollector
from cors_harness.run.engine_run import EngineRun
from cors_harness.run.engines import Engines
from cors_harness.run.run_servers import RunServers
from cors_harness.run.settings import RunSettings

EmitEvent = Callable[[Event], None]


class BatchRun:
    """One run of a plan."""

    def __init__(self, plan: Plan, settings: RunSettings, emit: EmitEvent) -> None:
        self._plan, self._settings, self._emit = plan, settings, emit
        self._servers: tuple[ServerVersion, ...] = ()
        self._engines = Engines(settings)
        self._stage = RunServers(subject=settings.subject)
        self._work: asyncio.Task[tuple[float, int, float]] | None = None
        self._cancelled = False

    async def run(self) -> None:
        """Runs the plan, emitting events; raises HarnessError, CancelledError after `cancel`."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._stage.stop)
            self._work = asyncio.create_task(self._run(stack))
            if self._cancelled:
                self._work.cancel()
            started, cells, cells_s = await self._work
        total_s = time.monotonic() - started
        self._emit(RunFinished(cells=cells, cells_s=cells_s, total_s=total_s))

    def cancel(self) -> None:
        """Ends the run early; what is already being ended is ended in peace."""
        self._cancelled = True
        if self._work is not None:
            self._work.cancel()

    async def _run(self, stack: AsyncExitStack) -> tuple[float, int, float]:
        """Starts all and runs all; when that began, how many cells ran and the seconds it took."""
        began = time.monotonic()
        self._emit(self._started(await self._start(stack)))
        self._emit_skips()
        ready = time.monotonic()
        cells = await self._run_engines()
        await self._emit_strays()
        refusals = await self._stage.refusals.all() if self._stage.refusals else ()
        if refusals:
            self._emit(ConnectionsRefused(refusals=refusals))
        return began, cells, time.monotonic() - ready

    async def _start(self, stack: AsyncExitStack) -> tuple[EngineVersion, ...]:
        names = sorted({cell.engine for cell in self._plan.cells})
        ways = self._stage.open(self._plan.cells, headed=self._settings.headed)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stage.start(self._plan.cells))
            starting = group.create_task(self._engines.start(names, ways, stack))
        return starting.result()

    def _made_of(self) -> dict[str, tuple[str, ...]]:
        return {each.name: tuple(dict(each.versions)) for each in self._servers}

    def _started(self, engines: Sequence[EngineVersion]) -> RunStarted:
        self._servers = self._stage.versions({cell.server for cell in self._plan.cells})
        count = len(self._plan.cells) + len(self._plan.skips)
        return RunStarted(engines=tuple(engines), servers=self._servers, os=_os(), cells=count)

    def _emit_skips(self) -> None:
        for skip in self._plan.skips:
            self._emit(_skipped(skip.cell, skip.reason))
        for cell in self._plan.cells:
            absent = self._engines.absent.get(cell.engine)
            if why := absent or self._stage.unfit.get(cell.server):
                self._emit(_skipped(cell, why))

    async def _run_engines(self) -> int:
        stage = self._stage
        finisher = CellCollector(stage.recorder, self._emit, stage.refusals, self._made_of())
        by_engine = self._cells_by_engine()
        try:
            await self._run_watched(by_engine, finisher)
        except BaseExceptionGroup:
            if self._stage.lost:  # what pages have told before is still being judged
                with contextlib.suppress(HarnessError):
                    await finisher.settle()
            raise
        return sum(len(cells) for cells in by_engine.values())

    async def _run_watched(
        self, by_engine: Mapping[str, Sequence[Cell]], finisher: CellCollector
    ) -> None:
        async with asyncio.TaskGroup() as watching:
            watch = watching.create_task(self._stage.watch())
            async with asyncio.TaskGroup() as running:
                for name, cells in by_engine.items():
                    running.create_task(self._run_engine(name, cells, finisher))
            await self._stage.check()
            watch.cancel()

    async def _run_engine(self, name: str, cells: Sequence[Cell], finisher: CellCollector) -> None:
        run = EngineRun(name, self._engines.running[name], self._stage, finisher, self._settings)
        await run.run(cells, self._emit)

    def _cells_by_engine(self) -> Mapping[str, Sequence[Cell]]:
        cells = [cell for cell in self._plan.cells if cell.server not in self._stage.unfit]
        return {
            name: [cell for cell in cells if cell.engine == name] for name in self._engines.running
        }

    async def _emit_strays(self) -> None:
        recorder = self._stage.recorder
        strays = await recorder.strays()
        if strays:
            shown = tuple(f"{e.kind} {e.method} {e.origin}{e.target}" for e in strays[:5])
            count = len(strays) + recorder.strays_dropped
            self._emit(StrayExchanges(count=count, examples=shown))


def _skipped(cell: Cell, reason: str) -> CellFinished:
    verdict = Verdict(status=Status.SKIPPED, note=reason)
    return CellFinished(
        record=CellRecord(cell=cell, exchanges=(), observations=(), verdict=verdict)
    )


def _os() -> str:
    try:
        pretty = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        pretty = ""
    return f"{pretty or platform.platform()} ({platform.machine()})"

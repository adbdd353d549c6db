"""OnDemandRun: engines and servers that stay up, for cells that come one after the other."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cors_harness.engines.base import Tab
from cors_harness.errors import HarnessError
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import CellFinished, EngineVersion, Event
from cors_harness.model.scenario import Scenario
from cors_harness.model.server import APP
from cors_harness.run.cell_results import CellCollector
from cors_harness.run.engine_life import EngineLife
from cors_harness.run.environment import RunEnvironment
from cors_harness.run.loop_thread import root_cause
from cors_harness.run.page_batches import PageBatch, page_key
from cors_harness.run.page_session import OnDemandSession, PageLost
from cors_harness.run.run_servers import RunServers
from cors_harness.run.runner_page import RunnerPage
from cors_harness.run.settings import RunSettings

KEPT = 4  # pages that are not used cost memory; another one is opened in well under a second


class OnDemandRun:
    """The user's server and the engines, all of them up from `run` to `cancel`.

    Made anywhere; everything else happens in the thread of one event loop.
    """

    def __init__(self, engines: Sequence[str], settings: RunSettings) -> None:
        self._names, self._settings = engines, settings
        self._environment = RunEnvironment[None](settings)
        self._pools: dict[str, PagePool] = {}  # by engine
        self._records: dict[str, asyncio.Future[CellRecord]] = {}  # by cell id
        self._scenarios: list[Scenario] = []  # kept: the servers know them by identity
        self._versions: tuple[EngineVersion, ...] = ()
        self._failure: BaseException | None = None
        self._failed = asyncio.Event()
        self._started = asyncio.Event()  # or failed to start
        self._turn = asyncio.Lock()

    @property
    def absent(self) -> Mapping[str, str]:
        """Engines that are not there, and need not be, with the reason."""
        return self._environment.absent

    async def run(self) -> None:
        """Starts all and keeps it up until `cancel`; failures are raised by the other methods."""
        await self._environment.run(self._stay_up)

    def cancel(self) -> None:
        """Ends it, whatever it is doing."""
        self._environment.cancel()

    async def versions(self) -> tuple[EngineVersion, ...]:
        """The engines that run, as soon as they do; raises as `records`."""
        await self._started.wait()
        self._raise_failure()
        return self._versions

    async def records(self, scenario: Scenario) -> tuple[CellRecord, ...]:
        """Runs a scenario, whose id is its own, on the user's server; its records by engine.

        Raises:
            HarnessError: an engine or a server does not start, or has died; now or before.
        """
        await self._started.wait()
        async with self._turn:
            self._raise_failure()
            running = asyncio.create_task(self._run_scenario(scenario))
            failing = asyncio.create_task(self._failed.wait())
            try:
                await asyncio.wait({running, failing}, return_when=asyncio.FIRST_COMPLETED)
                self._raise_failure()
                return await running
            finally:
                running.cancel()
                failing.cancel()

    async def _stay_up(self, stack: AsyncExitStack) -> None:
        try:
            await self._start(stack)
            self._started.set()
            await self._environment.servers.watch()
        except Exception as error:  # noqa: BLE001 - raised to every caller
            self._failure = root_cause(error)
            self._started.set()
            self._failed.set()
            await asyncio.Event().wait()

    async def _start(self, stack: AsyncExitStack) -> None:
        environment = self._environment
        self._versions = await environment.start(self._names, (), stack, real_origins=True)
        if not self._versions:
            raise HarnessError("\n".join(("no engine is there", *self.absent.values())))
        servers = environment.servers
        collector = CellCollector(
            servers.recorder,
            self._take_event,
            servers.refusals,
            engines_without_console=environment.without_console,
        )
        for name in (name for name in self._names if name in environment.engines):
            life = EngineLife(name, environment.engines[name], servers, self._take_event)
            pool = self._pools[name] = PagePool(life, servers, collector, self._settings)
            stack.push_async_callback(pool.close)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _run_scenario(self, scenario: Scenario) -> tuple[CellRecord, ...]:
        self._scenarios.append(scenario)
        cells = [Cell(scenario=scenario, server=APP, engine=name) for name in self._pools]
        await self._environment.servers.add(cells)
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._run_cell(cell)) for cell in cells]
        return tuple(task.result() for task in running)

    async def _run_cell(self, cell: Cell) -> CellRecord:
        record: asyncio.Future[CellRecord] = asyncio.get_running_loop().create_future()
        self._records[cell.id] = record
        try:
            await self._pools[cell.engine].run(cell)
            return await record
        finally:
            del self._records[cell.id]

    def _take_event(self, event: Event) -> None:
        if isinstance(event, CellFinished):
            record = self._records.get(event.record.cell.id)
            if record is not None and not record.done():
                record.set_result(event.record)


@dataclass(slots=True)
class _PooledPage:
    page: RunnerPage[OnDemandSession]
    tab: Tab | None = None  # before it is opened

    async def close(self) -> None:
        self.page.end()
        if self.tab is not None:
            await self.tab.close()


class PagePool:
    """Runs cells in one engine, one at a time, each as if in a fresh context.

    Pages stay open for the next cell that can use them, unless a server changed browser state.
    """

    def __init__(
        self,
        life: EngineLife,
        servers: RunServers,
        collector: CellCollector,
        settings: RunSettings,
    ) -> None:
        self._life, self._servers, self._collector = life, servers, collector
        self._settings = settings.with_default_concurrency(life.engine.at_once)
        self._pages: dict[object, _PooledPage] = {}  # by page_key; the one used last comes last

    async def run(self, cell: Cell) -> None:
        """Runs a cell to its verdict, which the collector emits; also where its page is lost.

        Raises:
            EngineFailed: the engine does not come back.
        """
        if self._life.is_in_the_way((cell.scenario,)) or self._has_lost_page(cell):
            await self.close()
            await self._life.renew(self._life.generation)
        batch: PageBatch | None = PageBatch(cells=[cell])
        while batch is not None:
            batch = await self._run_batch(batch)
        while len(self._pages) > KEPT:
            await self._close_page(next(iter(self._pages)))

    async def close(self) -> None:
        """Closes every page."""
        for key in tuple(self._pages):
            await self._close_page(key)

    async def _run_batch(self, batch: PageBatch) -> PageBatch | None:
        """Runs a batch of one cell; returns it again where the page was lost before the call."""
        (cell,) = batch.cells
        key = page_key(cell)
        pooled = self._pages.pop(key) if key in self._pages else self._new_page(cell)
        self._pages[key] = pooled
        session = pooled.page.session
        session.add(self._servers.origins.bind(cell))
        try:
            lost = await self._run_page(pooled)
        except BaseException:
            await self._close_page(key)
            raise
        self._life.learn(session)
        if lost is not None:
            await self.close()
            failures = batch.failures_without_progress
            rest = await self._life.recover(session, lost, self._life.generation, failures)
            await self._collector.wait_until_judged()
            return rest
        if session.changed_browser_state:
            await self._close_page(key)
        return None

    async def _run_page(self, pooled: _PooledPage) -> PageLost | None:
        """Runs what was added to the session of a page; how the page was lost, if it was."""
        page = pooled.page
        if pooled.tab is None:
            opened, _ = await self._life.open(page)
            if isinstance(opened, PageLost):
                return opened
            pooled.tab = opened
        lost = await page.wait_until(page.session.idle, pooled.tab, self._settings.stall_s)
        if lost is None:
            await page.session.wait_until_judged()
        return lost

    def _new_page(self, cell: Cell) -> _PooledPage:
        session = OnDemandSession(self._collector, self._settings, self._servers.origins)
        return _PooledPage(RunnerPage(session, cell, self._servers, self._collector.console))

    def _has_lost_page(self, cell: Cell) -> bool:
        pooled = self._pages.get(page_key(cell))
        return pooled is not None and pooled.tab is not None and pooled.tab.lost.done()

    async def _close_page(self, key: object) -> None:
        pooled = self._pages.pop(key, None)
        if pooled is not None:
            await pooled.close()

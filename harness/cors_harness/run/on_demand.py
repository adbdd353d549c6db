"""OnDemandRun: engines and servers that stay up, for cells that come one after the other."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from cors_harness.errors import HarnessError
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import CellFinished, EngineVersion, Event
from cors_harness.model.scenario import Scenario
from cors_harness.model.server import APP
from cors_harness.run.cell_results import CellCollector, EmitEvent
from cors_harness.run.environment import RunEnvironment
from cors_harness.run.isolation import IsolatedCell
from cors_harness.run.loop_thread import root_cause
from cors_harness.run.page_pool import PagePool
from cors_harness.run.settings import RunSettings
from cors_harness.run.waiting import ignore_event, telling_of_waiting


class OnDemandRun:
    """The user's server and the engines, all of them up from `run` to `cancel`.

    Made anywhere; everything else happens in the thread of one event loop.
    """

    def __init__(
        self, engines: Sequence[str], settings: RunSettings, emit: EmitEvent = ignore_event
    ) -> None:
        """`emit` gets StillStarting, in the loop's thread."""
        self._names, self._emit = engines, emit
        self._settings = replace(settings, sessions={})  # one cell at a time needs no more than one
        self._environment = RunEnvironment[None](self._settings)
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
            async with telling_of_waiting(
                lambda: self._environment.waiting_for(self._names), self._emit
            ):
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
        collector.output = servers.under_test.output
        columns = environment.columns(self._take_event)
        for name in (name for name in self._names if name in columns):
            pool = PagePool(columns[name].lives[0], servers, collector, self._settings)
            self._pools[name] = pool
            stack.push_async_callback(pool.close)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    async def _run_scenario(self, scenario: Scenario) -> tuple[CellRecord, ...]:
        self._scenarios.append(scenario)
        cells = self._possible([Cell(scenario=scenario, server=APP, engine=n) for n in self._pools])
        servers = self._environment.servers
        async with telling_of_waiting(lambda: (servers.name,), self._emit):
            await servers.add(cells)  # the app is imported now
        if servers.under_test.reset.is_asked:
            return tuple([await self._run_reset(cell) for cell in cells])
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._run_cell(cell)) for cell in cells]
        return tuple(task.result() for task in running)

    def _possible(self, cells: Sequence[Cell]) -> Sequence[Cell]:
        """The cells that their engines can show; HarnessError where one cannot, and need not lack.

        Those that may be missing are `absent` then.
        """
        environment = self._environment
        reasons = {cell.engine: environment.why_not(cell) for cell in cells}
        lacking = {engine: reason for engine, reason in reasons.items() if reason}
        if lacking and (not self._settings.allow_missing or len(lacking) == len(cells)):
            raise HarnessError("\n".join(lacking.values()))
        environment.absent.update(lacking)
        return [cell for cell in cells if cell.engine not in lacking]

    async def _run_reset(self, cell: Cell) -> CellRecord:
        await self._environment.servers.reset(cell.engine, (cell,))
        return await self._run_cell(cell)

    async def _run_cell(self, cell: Cell) -> CellRecord:
        record: asyncio.Future[CellRecord] = asyncio.get_running_loop().create_future()
        self._records[cell.id] = record
        try:
            await self._pools[cell.engine].run(IsolatedCell(cell=cell, plain=True))
            return await record
        finally:
            del self._records[cell.id]

    def _take_event(self, event: Event) -> None:
        if isinstance(event, CellFinished):
            record = self._records.get(event.record.cell.id)
            if record is not None and not record.done():
                record.set_result(event.record)

"""Living: engines, servers and pages that stay, for cells that come one after the other."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.errors import HarnessError
from cors_harness.model.cell import Cell
from cors_harness.model.events import CellFinished, EngineVersion, Event
from cors_harness.model.record import CellRecord
from cors_harness.model.scenario import Scenario
from cors_harness.model.server import APP
from cors_harness.run.background import most_telling
from cors_harness.run.finishing import Finisher
from cors_harness.run.open_pages import OpenPages
from cors_harness.run.settings import RunSettings
from cors_harness.run.stage import Stage
from cors_harness.run.starting import Engines


class Living:
    """The user's server and the engines, all of them up from `run` to `cancel`.

    Made anywhere; everything else happens in the thread of one event loop.
    """

    def __init__(self, engines: Sequence[str], settings: RunSettings) -> None:
        self._names, self._settings = engines, settings
        self._engines = Engines(settings)
        self._stage = Stage(subject=settings.subject)
        self._pages: dict[str, OpenPages] = {}
        self._records: dict[str, asyncio.Future[CellRecord]] = {}
        self._scenarios: list[Scenario] = []  # the stage knows them by identity
        self._versions: tuple[EngineVersion, ...] = ()
        self._up, self._grown, self._fallen = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._turn = asyncio.Lock()
        self._main: asyncio.Task[None] | None = None
        self._cancelled = False
        self._trouble: BaseException | None = None

    @property
    def absent(self) -> Mapping[str, str]:
        """Engines that are not there, and need not be, with the reason."""
        return self._engines.absent

    async def run(self) -> None:
        """Starts all, keeps it up until `cancel` and ends it; trouble is told by the others."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._stage.stop)
            self._main = asyncio.create_task(self._live(stack))
            if self._cancelled:
                self._main.cancel()
            await self._main

    def cancel(self) -> None:
        """Ends it, whatever it is doing."""
        self._cancelled = True
        if self._main is not None:
            self._main.cancel()

    async def versions(self) -> tuple[EngineVersion, ...]:
        """The engines that run, as soon as they do; raises as `ask`."""
        await self._up.wait()
        self._check()
        return self._versions

    async def ask(self, scenario: Scenario) -> tuple[CellRecord, ...]:
        """The records of a scenario, whose id is its own, on the user's server, by engine.

        Raises:
            HarnessError: an engine or a server does not start, or has died; now or before.
        """
        await self._up.wait()
        async with self._turn:
            self._check()
            asking = asyncio.create_task(self._ask(scenario))
            falling = asyncio.create_task(self._until_fallen())
            try:
                await asyncio.wait({asking, falling}, return_when=asyncio.FIRST_COMPLETED)
                self._check()
                return await asking
            finally:
                asking.cancel()
                falling.cancel()

    async def _live(self, stack: AsyncExitStack) -> None:
        try:
            await self._start(stack)
            self._up.set()
            await self._watch()
        except Exception as trouble:  # noqa: BLE001 - told to whoever asks
            self._trouble = most_telling(trouble)
            self._up.set()
            self._fallen.set()
            await asyncio.Event().wait()

    async def _start(self, stack: AsyncExitStack) -> None:
        ways = self._stage.open((), headed=self._settings.headed, real=True)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stage.start(()))
            starting = group.create_task(self._engines.start(self._names, ways, stack))
        self._versions = starting.result()
        if not self._versions:
            raise HarnessError("\n".join(("no engine is there", *self.absent.values())))
        finisher = Finisher(self._stage.recorder, self._hear, self._stage.refusals)
        for name in (name for name in self._names if name in self._engines.running):
            engine = self._engines.running[name]
            pages = OpenPages(name, engine, self._stage, finisher, self._settings)
            stack.push_async_callback(pages.close)
            self._pages[name] = pages

    async def _watch(self) -> None:
        """Comes back only by raising; begins anew whenever there is a server more to watch."""
        while True:
            self._grown.clear()
            watching = asyncio.create_task(self._stage.watch())
            growing = asyncio.create_task(self._grown.wait())
            try:
                await asyncio.wait({watching, growing}, return_when=asyncio.FIRST_COMPLETED)
                if watching.done():
                    watching.result()
            finally:
                watching.cancel()
                growing.cancel()
                await asyncio.wait({watching, growing})

    async def _until_fallen(self) -> tuple[CellRecord, ...]:
        await self._fallen.wait()
        return ()

    def _check(self) -> None:
        if self._trouble is not None:
            raise self._trouble

    async def _ask(self, scenario: Scenario) -> tuple[CellRecord, ...]:
        self._scenarios.append(scenario)
        cells = [Cell(scenario=scenario, server=APP, engine=name) for name in self._pages]
        if await self._stage.add(cells):
            self._grown.set()
        async with asyncio.TaskGroup() as group:
            asked = [group.create_task(self._record(cell)) for cell in cells]
        return tuple(task.result() for task in asked)

    async def _record(self, cell: Cell) -> CellRecord:
        record: asyncio.Future[CellRecord] = asyncio.get_running_loop().create_future()
        self._records[cell.id] = record
        try:
            await self._pages[cell.engine].run(cell)
            return await record
        finally:
            del self._records[cell.id]

    def _hear(self, event: Event) -> None:
        if isinstance(event, CellFinished):
            record = self._records.get(event.record.cell.id)
            if record is not None and not record.done():
                record.set_result(event.record)

"""Living: engines, servers and pages that stay, for cells that come one after the other."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack

from cors_harness.engines.base import Engine, Tab
from cors_harness.errors import EngineFailed, HarnessError
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import CellFinished, EngineVersion, Event
from cors_harness.model.scenario import FetchContext, Scenario
from cors_harness.model.server import APP
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.browser_state import HstsEntry, would_upgrade
from cors_harness.run.cell_results import CellCollector
from cors_harness.run.engines import Engines
from cors_harness.run.loop_thread import root_cause
from cors_harness.run.page_session import OpenSession
from cors_harness.run.run_servers import RunServers
from cors_harness.run.runner_page import FIRST_SIGN_S, RunnerPage
from cors_harness.run.settings import RunSettings

KEPT = 4  # pages that nobody asks cost memory; another one is opened in well under a second
TRIES = 2


class PagePool:
    """Runs cells, one at a time, each as if in a fresh context: pages with a trace are closed.

    Where contexts share what they learn of HSTS, an engine that has learnt what is in the way of
    the next cell is replaced.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        stage: RunServers,
        finisher: CellCollector,
        settings: RunSettings,
    ) -> None:
        self._name, self._engine, self._stage = name, engine, stage
        self._finisher, self._settings = finisher, settings.suiting(engine.at_once)
        self._pages: dict[object, _Page] = {}  # that which was used last comes last
        self._taught: frozenset[HstsEntry] = frozenset()

    async def run(self, cell: Cell) -> None:
        """Runs a cell to its verdict, which the finisher emits; also where its page is lost.

        Raises:
            EngineFailed: the engine does not come back.
        """
        for _ in range(TRIES):
            if await self._run(cell):
                return
        raise EngineFailed(f"{self._name} was lost {TRIES} times before it made the call")

    async def close(self) -> None:
        """Closes every page."""
        for key in tuple(self._pages):
            await self._forget(key)

    async def _run(self, cell: Cell) -> bool:
        """Runs a cell; whether it came so far that it has a verdict."""
        if self._engine.shares_hsts and would_upgrade(self._taught, (cell.scenario,)):
            await self._renew()
        key, page = _key(cell), await self._page(cell)
        try:
            ran = await self._run_on(page, cell)
        except BaseException:
            await self._forget(key)
            raise
        self._taught |= page.visit.session.taught
        if page.visit.session.left_trace:
            await self._forget(key)
        while len(self._pages) > KEPT:
            await self._forget(next(iter(self._pages)))
        return ran

    async def _run_on(self, page: "_Page", cell: Cell) -> bool:
        session = page.visit.session
        session.add(self._stage.prepare(cell))
        why, hung = await page.visit.until(session.idle, page.tab, self._settings.stall_s)
        rest = await self._lose(page, why, hung=hung) if why else []
        await session.settle()
        return not rest

    async def _lose(self, page: "_Page", why: str, *, hung: bool) -> list[BoundCell]:
        """Ends the cell if it is in flight, and the engine in any case; gives it back if not."""
        page.visit.end()
        rest, _ = await page.visit.session.give_up(why, hung=hung)
        await self._renew()
        return rest

    async def _page(self, cell: Cell) -> "_Page":
        """The page for a cell, the last one of those that are kept."""
        key = _key(cell)
        if key in self._pages and self._pages[key].tab.lost.done():
            await self._renew()
        kept = key in self._pages
        self._pages[key] = self._pages.pop(key) if kept else await self._opened(cell)
        return self._pages[key]

    async def _opened(self, cell: Cell) -> "_Page":
        for _ in range(TRIES - 1):
            with contextlib.suppress(EngineFailed):
                return await self._open(cell)
            await self._renew()
        return await self._open(cell)

    async def _open(self, cell: Cell) -> "_Page":
        session = OpenSession(self._finisher, self._settings, self._stage.prepare)
        visit = RunnerPage(session, cell, self._stage, self._finisher.board)
        try:
            async with self._stage.opening:
                tab = await visit.open(self._engine)
        except TimeoutError:
            visit.end()
            why = f"{self._name} opened no page within {FIRST_SIGN_S:.0f} s"
            raise EngineFailed(why) from None
        except BaseException:
            visit.end()
            raise
        return _Page(visit=visit, tab=tab)

    async def _forget(self, key: object) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            page.visit.end()
            await page.tab.close()

    async def _renew(self) -> None:
        await self.close()
        await self._engine.stop()
        await self._engine.start()
        self._taught = frozenset()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    visit: RunnerPage[OpenSession]
    tab: Tab


def _key(cell: Cell) -> object:
    page = dataclasses.replace(cell.scenario.page, place=FetchContext.WINDOW)
    return page, bool(cell.scenario.real_origins())


class OnDemandRun:
    """The user's server and the engines, all of them up from `run` to `cancel`.

    Made anywhere; everything else happens in the thread of one event loop.
    """

    def __init__(self, engines: Sequence[str], settings: RunSettings) -> None:
        self._names, self._settings = engines, settings
        self._engines = Engines(settings)
        self._stage = RunServers(subject=settings.subject)
        self._pages: dict[str, PagePool] = {}
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
            self._trouble = root_cause(trouble)
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
        finisher = CellCollector(self._stage.recorder, self._hear, self._stage.refusals)
        for name in (name for name in self._names if name in self._engines.running):
            engine = self._engines.running[name]
            pages = PagePool(name, engine, self._stage, finisher, self._settings)
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

"""Visit: one runner page in a tab, and its session, which the page server knows meanwhile."""

import asyncio
import itertools
from typing import Generic, TypeVar

from cors_harness.engines.base import Engine, Tab
from cors_harness.errors import EngineFailed
from cors_harness.model.cell import Cell
from cors_harness.run.cell_results import CellCollector
from cors_harness.run.console_log import ConsoleLog
from cors_harness.run.page_batches import TabQueue
from cors_harness.run.page_session import Session
from cors_harness.run.run_servers import RunServers
from cors_harness.run.settings import RunSettings

FIRST_SIGN_S = 60.0  # a cold browser on a busy machine may take long to show its first page
TICK_S = 0.5  # what the loop can sleep through, a second or a minute, counts as this much silence
Loss = tuple[str, bool]  # why a page was lost, empty: it was not; and whether it hung
S = TypeVar("S", bound=Session)
_serial = itertools.count()


class RunnerPage(Generic[S]):
    """A page that is shown, or is about to be.

    Attributes:
        session: what the page talks to.
        url: of the page.
    """

    def __init__(self, session: S, cell: Cell, stage: RunServers, board: ConsoleLog) -> None:
        """`cell`: one of those that the page is for."""
        self.session = session
        self._cell, self._stage, self._board = cell, stage, board
        self._key = f"{cell.engine}-{next(_serial)}"
        page = cell.scenario.page
        self._origin = stage.page_origin(page)
        self.url = f"{page.typed or self._origin}/harness/runner.html?session={self._key}"
        stage.pages.sessions[self._key] = session.answers

    async def open(self, engine: Engine) -> Tab:
        """A tab with the page; it has said hello unless it is lost.

        Raises:
            EngineFailed: it does not open, or is not where it should be.
            TimeoutError: it shows no page in time.
        """
        ways = self._stage.tab_ways(self._cell)
        async with asyncio.timeout(FIRST_SIGN_S):
            tab = await engine.open(self.url, self._board.heard, ways)
            try:
                await self._greeted(tab)
            except BaseException:
                await tab.close()
                raise
        return tab

    async def arrive(self, tab: Tab) -> None:
        """Waits until the page, to which `tab` goes by itself, says hello; as `open`."""
        async with asyncio.timeout(FIRST_SIGN_S):
            await self._greeted(tab)

    async def until(self, event: asyncio.Event, tab: Tab, stall_s: float) -> Loss:
        """Waits for what the page is to do; whether it was lost before."""
        over = asyncio.create_task(_wait_for(event))
        stalled = asyncio.create_task(_stall(self.session, stall_s))
        try:
            await asyncio.wait({over, stalled, tab.lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            stalled.cancel()  # does nothing to one that has come back
        if event.is_set():
            return "", False
        return (tab.lost.result(), False) if tab.lost.done() else (stalled.result(), True)

    def end(self) -> None:
        """The page is over or lost: nothing that it says counts any more; idempotent."""
        self.session.end()
        self._stage.pages.sessions.pop(self._key, None)
        self._board.end_page(self._key)

    async def _greeted(self, tab: Tab) -> None:
        hello = asyncio.create_task(_wait_for(self.session.greeted))
        try:
            await asyncio.wait({hello, tab.lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hello.cancel()
        if self.session.origin not in {"", self._origin}:  # HSTS, which Firefox has for all pages
            raise EngineFailed(
                f"{self._cell.engine}: the page of {self._origin} came to {self.session.origin}"
            )


async def _wait_for(event: asyncio.Event) -> str:
    await event.wait()
    return ""


async def _stall(session: Session, stall_s: float) -> str:
    """Comes back, with a sentence, when the page has not been heard of for too long.

    Only time in which this loop was awake counts: a machine that stood still says nothing about
    the page.
    """
    tick_s = min(stall_s, TICK_S)
    silent_s, last_sign = 0.0, session.last_sign
    while silent_s < stall_s:
        await asyncio.sleep(tick_s)
        silent_s = silent_s + tick_s if session.last_sign == last_sign else 0.0
        last_sign = session.last_sign
    return "the page gave no sign of life in time"


class TabRun:
    """A tab's way along an itinerary, from which it takes a stop whenever it comes to one.

    Attributes:
        stop: the one that it is at.
        generation: which engine of its kind shows the tab, see EngineRun; -1 before it is opened.
    """

    def __init__(
        self, itinerary: TabQueue, stage: RunServers, finisher: CellCollector, settings: RunSettings
    ) -> None:
        """Takes the first stop, which must be there."""
        self._itinerary, self._stage = itinerary, stage
        self._finisher, self._settings = finisher, settings
        self.generation = -1
        self._visit = self._next()

    @property
    def session(self) -> Session:
        """The session of the page that is shown."""
        return self._visit.session

    async def open(self, engine: Engine) -> Tab:
        """The tab at its first stop; raises as `Visit.open`."""
        return await self._visit.open(engine)

    async def run(self, tab: Tab) -> Loss:
        """Runs page after page, as far as this tab goes; raises TimeoutError as `Visit.arrive`."""
        while True:
            loss = await self._run_page(tab)
            if not self.session.done.is_set() or not self._goes_on(tab):
                return loss
            onward = self.session.onward
            last, self._visit = self._visit, self._next()
            onward.set_result(self._visit.url)
            last.end()
            await self._visit.arrive(tab)

    def end(self) -> None:
        """The page is over or lost: nothing that it says counts any more; idempotent."""
        self._visit.end()

    def _next(self) -> RunnerPage[Session]:
        self.stop = self._itinerary.popleft()
        # New tokens each time: what a lost page sent may still arrive, and is nobody's then.
        prepared = [self._stage.prepare(cell) for cell in self.stop.cells]
        session = Session(prepared, self._finisher, self._settings, self._stage.prepare)
        return RunnerPage(session, self.stop.cells[0], self._stage, self._finisher.board)

    async def _run_page(self, tab: Tab) -> Loss:
        session = self.session
        loss = await self._visit.until(session.done, tab, self._settings.stall_s)
        if session.done.is_set():
            session.check()
            await session.settle()  # what the engine has to say comes through the open page
        return loss

    def _goes_on(self, tab: Tab) -> bool:
        return bool(self._itinerary) and not self.session.left_trace and not tab.lost.done()

"""Tour: one tab of an engine, and the pages that it shows one after the other.

A process of its own for each page is what a run with many page origins would spend most of its
time on. So a page that is over goes on to the next one by itself, as long as no answer has left
anything in the browser that the next page could notice.
"""

import asyncio
import itertools

from cors_harness.engines.base import Engine, Tab
from cors_harness.run.finishing import Finisher
from cors_harness.run.session import Session
from cors_harness.run.settings import RunSettings
from cors_harness.run.stage import Stage
from cors_harness.run.stops import Itinerary

FIRST_SIGN_S = 60.0  # a cold browser on a busy machine may take long to show its first page
Loss = tuple[str, bool]  # why a page was lost, empty: it was not; and whether it hung
_serial = itertools.count()


class Tour:
    """A tab's way along an itinerary, from which it takes a stop whenever it comes to one.

    Attributes:
        stop: the one that it is at.
        session: the page's there.
        generation: which engine of its kind shows the tab, see EngineRun; -1 before it is opened.
    """

    def __init__(
        self, itinerary: Itinerary, stage: Stage, finisher: Finisher, settings: RunSettings
    ) -> None:
        """Takes the first stop, which must be there."""
        self._itinerary, self._stage = itinerary, stage
        self._finisher, self._settings = finisher, settings
        self.generation = -1
        self._url = self._arrive()

    async def open(self, engine: Engine) -> Tab:
        """The tab at its first stop; it has said hello unless it is lost.

        Raises:
            EngineFailed: it does not open.
            TimeoutError: it shows no page in time.
        """
        ways = self._stage.tab_ways(self.stop.cells[0])
        async with asyncio.timeout(FIRST_SIGN_S):
            tab = await engine.open(self._url, self._finisher.board.heard, ways)
            try:
                await _greeted(self.session, tab)
            except BaseException:
                await tab.close()
                raise
        return tab

    async def run(self, tab: Tab) -> Loss:
        """Runs page after page, as far as this tab goes; raises TimeoutError, see `open`."""
        while True:
            loss = await self._run_page(tab)
            if not self.session.done.is_set() or not self._goes_on(tab):
                return loss
            await self._go_on(tab)

    def end(self) -> None:
        """The page is over or lost, and says nothing any more that counts; idempotent."""
        self.session.end()
        self._unlist()

    def _unlist(self) -> None:
        self._stage.pages.sessions.pop(self._key, None)
        self._finisher.board.end_page(self._key)

    def _arrive(self) -> str:
        """Takes the next stop; gives its page's URL."""
        self.stop = self._itinerary.popleft()
        first = self.stop.cells[0]
        # New tokens each time: what a lost page sent may still arrive, and is nobody's then.
        prepared = [self._stage.prepare(cell) for cell in self.stop.cells]
        self.session = Session(prepared, self._finisher, self._settings)
        self._key = f"{first.engine}-{next(_serial)}"
        self._stage.pages.sessions[self._key] = self.session.answers
        origin = self._stage.page_origin(first.scenario.page)
        return f"{origin}/harness/runner.html?session={self._key}"

    async def _run_page(self, tab: Tab) -> Loss:
        session = self.session
        over = asyncio.create_task(_until(session.done))
        stalled = asyncio.create_task(_stall(session, self._settings.stall_s))
        try:
            await asyncio.wait({over, stalled, tab.lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            stalled.cancel()  # does nothing to one that has come back
        if session.done.is_set():
            session.check()
            await session.settle()  # what the engine has to say comes through the open page
            return "", False
        if tab.lost.done():
            return tab.lost.result(), False
        return stalled.result(), True

    def _goes_on(self, tab: Tab) -> bool:
        return bool(self._itinerary) and not self.session.left_trace and not tab.lost.done()

    async def _go_on(self, tab: Tab) -> None:
        onward = self.session.onward
        self._unlist()
        onward.set_result(self._arrive())
        async with asyncio.timeout(FIRST_SIGN_S):
            await _greeted(self.session, tab)


async def _until(event: asyncio.Event) -> str:
    await event.wait()
    return ""


async def _greeted(session: Session, tab: Tab) -> None:
    """Comes back when the page has said hello, or is lost."""
    hello = asyncio.create_task(_until(session.greeted))
    try:
        await asyncio.wait({hello, tab.lost}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hello.cancel()


async def _stall(session: Session, stall_s: float) -> str:
    """Comes back, with a sentence, when the page has not been heard of for too long."""
    loop = asyncio.get_running_loop()
    while True:
        left = session.last_sign + stall_s - loop.time()
        if left <= 0:
            return "the page gave no sign of life in time"
        await asyncio.sleep(left)

"""Tour: one tab of an engine, and the pages that it shows one after the other.

A process of its own for each page is what a run with many page origins would spend most of its
time on. So a page that is over goes on to the next one by itself, as long as no answer has left
anything in the browser that the next page could notice.
"""

from cors_harness.engines.base import Engine, Tab
from cors_harness.run.finishing import Finisher
from cors_harness.run.session import Session
from cors_harness.run.settings import RunSettings
from cors_harness.run.stage import Stage
from cors_harness.run.stops import Itinerary
from cors_harness.run.visit import Loss, Visit


class Tour:
    """A tab's way along an itinerary, from which it takes a stop whenever it comes to one.

    Attributes:
        stop: the one that it is at.
        generation: which engine of its kind shows the tab, see EngineRun; -1 before it is opened.
    """

    def __init__(
        self, itinerary: Itinerary, stage: Stage, finisher: Finisher, settings: RunSettings
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

    def _next(self) -> Visit[Session]:
        self.stop = self._itinerary.popleft()
        # New tokens each time: what a lost page sent may still arrive, and is nobody's then.
        prepared = [self._stage.prepare(cell) for cell in self.stop.cells]
        session = Session(prepared, self._finisher, self._settings, self._stage.prepare)
        return Visit(session, self.stop.cells[0], self._stage, self._finisher.board)

    async def _run_page(self, tab: Tab) -> Loss:
        session = self.session
        loss = await self._visit.until(session.done, tab, self._settings.stall_s)
        if session.done.is_set():
            session.check()
            await session.settle()  # what the engine has to say comes through the open page
        return loss

    def _goes_on(self, tab: Tab) -> bool:
        return bool(self._itinerary) and not self.session.left_trace and not tab.lost.done()

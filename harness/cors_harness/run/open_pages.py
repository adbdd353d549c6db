"""OpenPages: the pages of one engine that stay open, one for each place that cells came from."""

import contextlib
import dataclasses

from cors_harness.engines.base import Engine, Tab
from cors_harness.errors import EngineFailed
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Place
from cors_harness.run.finishing import Finisher
from cors_harness.run.hsts import Pledge, are_in_the_way
from cors_harness.run.prepared import Prepared
from cors_harness.run.session import OpenSession
from cors_harness.run.settings import RunSettings
from cors_harness.run.stage import Stage
from cors_harness.run.visit import FIRST_SIGN_S, Visit

KEPT = 4  # pages that nobody asks cost memory; another one is opened in well under a second
TRIES = 2


class OpenPages:
    """Runs cells, one at a time, each as if in a fresh context: pages with a trace are closed.

    Where contexts share what they learn of HSTS, an engine that has learnt what is in the way of
    the next cell is replaced.
    """

    def __init__(
        self, name: str, engine: Engine, stage: Stage, finisher: Finisher, settings: RunSettings
    ) -> None:
        self._name, self._engine, self._stage = name, engine, stage
        self._finisher, self._settings = finisher, settings.suiting(engine.at_once)
        self._pages: dict[object, _Page] = {}  # that which was used last comes last
        self._taught: frozenset[Pledge] = frozenset()

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
        if self._engine.shares_hsts and are_in_the_way(self._taught, (cell.scenario,)):
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

    async def _lose(self, page: "_Page", why: str, *, hung: bool) -> list[Prepared]:
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
        visit = Visit(session, cell, self._stage, self._finisher.board)
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
    visit: Visit[OpenSession]
    tab: Tab


def _key(cell: Cell) -> object:
    page = dataclasses.replace(cell.scenario.page, place=Place.WINDOW)
    return page, bool(cell.scenario.real_origins())

"""EngineRun: all cells of one engine, through crashes and hangs of that engine."""

import asyncio
import contextlib
import dataclasses
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

from cors_harness.engines.base import Engine, Tab
from cors_harness.errors import EngineFailed
from cors_harness.model.cell import Cell
from cors_harness.model.events import EngineLost, Event
from cors_harness.model.scenario import Place
from cors_harness.run.finishing import Finisher
from cors_harness.run.session import Session
from cors_harness.run.settings import RunSettings
from cors_harness.run.stage import Stage

FIRST_SIGN_S = 60.0  # a cold browser on a busy machine may take long to show its first page
PAGES = 3  # that run side by side; a context costs the machine more than hundreds of cells
TRIES_WITHOUT_PROGRESS = 3


class EngineRun:
    """Runs cells in one engine; replaces the engine by a fresh one of its kind when it is lost."""

    def __init__(
        self, name: str, engine: Engine, stage: Stage, finisher: Finisher, settings: RunSettings
    ) -> None:
        self._name, self._engine, self._stage = name, engine, stage
        self._finisher, self._settings = finisher, settings
        self._serial = itertools.count()
        self._generation = 0
        self._restarting = asyncio.Lock()
        self._turns = asyncio.Semaphore(PAGES)

    async def run(self, cells: Sequence[Cell], emit: Callable[[Event], None]) -> None:
        """Runs every cell; raises EngineFailed when the engine does not come back."""
        alone, together = _split(cells, isolated=self._settings.isolated)
        async with asyncio.TaskGroup() as group:
            for cells_of_page in _by_page(together):
                group.create_task(self._run_in_turn(sorted(cells_of_page, key=_haste), emit))
            for each in alone:
                group.create_task(self._run_in_turn([each], emit))
        await self._finisher.settle()

    async def _run_in_turn(self, cells: Sequence[Cell], emit: Callable[[Event], None]) -> None:
        async with self._turns:
            await self._run_page(cells, emit)

    async def _run_page(self, cells: Sequence[Cell], emit: Callable[[Event], None]) -> None:
        barren = 0
        while cells:
            session = self._session(cells)
            why, hung = await self._show_to_its_end(session, cells[0])
            if session.done.is_set():
                session.check()
                return
            rest, in_flight = await session.give_up(why, hung=hung)
            cells = [each.cell for each in rest]
            emit(EngineLost(engine=self._name, detail=why, in_flight=in_flight))
            barren = 0 if session.progress else barren + 1
            if barren == TRIES_WITHOUT_PROGRESS:
                raise EngineFailed(f"{self._name} was lost {barren} times in a row: {why}")
            await self._renew(session.generation)

    def _session(self, cells: Sequence[Cell]) -> Session:
        # New tokens each time: what a lost page sent may still arrive, and is nobody's then.
        prepared = [self._stage.prepare(cell) for cell in cells]
        return Session(prepared, self._finisher, self._settings, self._stage.prepare)

    async def _show_to_its_end(self, session: Session, cell: Cell) -> tuple[str, bool]:
        """As `_show`; when the run ends with a server, what was in flight has its record too."""
        try:
            return await self._show(session, cell)
        except asyncio.CancelledError:
            if self._stage.lost:
                await session.give_up("the server died meanwhile", hung=True)
            raise

    async def _show(self, session: Session, cell: Cell) -> tuple[str, bool]:
        """Runs the page until it is over or lost; returns why it was lost, and if it hung."""
        try:
            async with self._opened(session, cell) as tab:
                return await self._outcome(session, tab)
        except EngineFailed as failed:
            return str(failed), False
        except TimeoutError:
            return f"it opened no page within {FIRST_SIGN_S:.0f} s", True

    async def _outcome(self, session: Session, tab: Tab) -> tuple[str, bool]:
        over = asyncio.create_task(_until(session.done))
        stalled = asyncio.create_task(_stall(session, self._settings.stall_s))
        await asyncio.wait({over, stalled, tab.lost}, return_when=asyncio.FIRST_COMPLETED)
        hung = stalled.done() and not tab.lost.done()
        over.cancel()
        stalled.cancel()
        if session.done.is_set():  # what the engine has to say comes through the open page
            await self._finisher.settle()
        return (stalled.result(), True) if hung else (_loss(tab), False)

    @contextlib.asynccontextmanager
    async def _opened(self, session: Session, cell: Cell) -> AsyncIterator[Tab]:
        """The page that `cell` and its like need; it has said hello unless it is lost."""
        pages, key = self._stage.pages, f"{self._name}-{next(self._serial)}"
        page, ways = cell.scenario.page, self._stage.tab_ways(cell)
        start = page.typed or self._stage.page_origin(page)
        url = f"{start}/harness/runner.html?session={key}"
        async with contextlib.AsyncExitStack() as opened:
            with contextlib.ExitStack() as listed:
                pages.sessions[key] = session.answers
                listed.callback(pages.sessions.pop, key)
                listed.callback(self._finisher.board.end_page, key)
                async with self._stage.opening:
                    session.generation = await self._up()
                    async with asyncio.timeout(FIRST_SIGN_S):
                        tab = await self._engine.open(url, self._finisher.board.heard, ways)
                        opened.push_async_callback(tab.close)
                        await _greeted(session, tab)
                yield tab

    async def _up(self) -> int:
        """Waits while the engine is being replaced; returns which of its kind it is."""
        async with self._restarting:
            return self._generation

    async def _renew(self, generation: int) -> None:
        """Replaces the engine, once, however many of its tabs were lost with it."""
        async with self._restarting:
            if generation == self._generation:
                await self._engine.stop()
                await self._engine.start()
                self._generation += 1


def _by_page(cells: Iterable[Cell]) -> Iterable[list[Cell]]:
    """The cells that one page can run: same origin, same permissions, same way to the servers."""
    pages: defaultdict[object, list[Cell]] = defaultdict(list)
    for cell in cells:
        page = dataclasses.replace(cell.scenario.page, place=Place.WINDOW)
        pages[page, bool(cell.scenario.real_origins())].append(cell)
    return sorted(pages.values(), key=len, reverse=True)  # the long ones first


def _haste(cell: Cell) -> int:
    """Cells that wait for long begin first, so that the others run meanwhile."""
    return -sum(step.delay_ms for step in cell.scenario.steps)


def _split(cells: Sequence[Cell], *, isolated: bool) -> tuple[list[Cell], list[Cell]]:
    alone = [each for each in cells if isolated or each.scenario.isolated]
    together = [each for each in cells if not (isolated or each.scenario.isolated)]
    return alone, together


async def _until(event: asyncio.Event) -> str:
    await event.wait()
    return ""


def _loss(tab: Tab) -> str:
    return tab.lost.result() if tab.lost.done() else ""


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

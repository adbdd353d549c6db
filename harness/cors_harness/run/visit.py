"""Visit: one runner page in a tab, and its session, which the page server knows meanwhile."""

import asyncio
import itertools
from typing import Generic, TypeVar

from cors_harness.engines.base import Engine, Tab
from cors_harness.errors import EngineFailed
from cors_harness.model.cell import Cell
from cors_harness.run.session import Session
from cors_harness.run.stage import Stage
from cors_harness.run.words import WordBoard

FIRST_SIGN_S = 60.0  # a cold browser on a busy machine may take long to show its first page
TICK_S = 0.5  # what the loop can sleep through, a second or a minute, counts as this much silence
Loss = tuple[str, bool]  # why a page was lost, empty: it was not; and whether it hung
S = TypeVar("S", bound=Session)
_serial = itertools.count()


class Visit(Generic[S]):
    """A page that is shown, or is about to be.

    Attributes:
        session: what the page talks to.
        url: of the page.
    """

    def __init__(self, session: S, cell: Cell, stage: Stage, board: WordBoard) -> None:
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
        over = asyncio.create_task(_until(event))
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
        hello = asyncio.create_task(_until(self.session.greeted))
        try:
            await asyncio.wait({hello, tab.lost}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hello.cancel()
        if self.session.origin not in {"", self._origin}:  # HSTS, which Firefox has for all pages
            raise EngineFailed(
                f"{self._cell.engine}: the page of {self._origin} came to {self.session.origin}"
            )


async def _until(event: asyncio.Event) -> str:
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

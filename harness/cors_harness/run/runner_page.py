"""RunnerPage: a page that runs cells in a tab, and the session that the page server has for it."""

import asyncio
import itertools
from typing import Any, Generic, TypeVar

from cors_harness.engines.base import Engine, Tab
from cors_harness.errors import EngineFailed
from cors_harness.model.cell import Cell
from cors_harness.run.console_log import ConsoleLog
from cors_harness.run.page_session import PageLost, PageSession
from cors_harness.run.run_servers import RunServers
from cors_harness.wire.ticket import without_tickets

HELLO_S = 60.0  # a cold browser on a busy machine may take long to show its first page
TICK_S = 0.5  # what the loop can sleep through, a second or a minute, counts as this much silence
S = TypeVar("S", bound=PageSession)
_serial = itertools.count()


class RunnerPage(Generic[S]):
    """A page that is shown, or is about to be.

    Attributes:
        session: what the page posts to, from `register` to `end`.
        url: of the page.
    """

    def __init__(
        self,
        session: S,
        cell: Cell,
        servers: RunServers,
        console: ConsoleLog,
        *,
        is_bound: bool = False,
    ) -> None:
        """Takes what the page needs.

        Args:
            session: what it posts to.
            cell: one of those that it is for.
            servers: the page server among them.
            console: takes what the engine writes.
            is_bound: whether all that the page requests and its engine writes belongs to the cell
                that it runs, whatever the URL; it must run one cell at a time.
        """
        self.session = session
        self._cell, self._servers, self._console = cell, servers, console
        self._key = f"{cell.engine}-{next(_serial)}"
        session.gate_page = self._key if is_bound and servers.can_bind(cell) else ""
        page = cell.scenario.page
        self._origin = servers.page_origins.document_origin(page, cell.engine)
        self.url = servers.pages.url(page.typed or self._origin, self._key)

    def register(self) -> None:
        """Has the page server answer the page from now on."""
        self._servers.pages.sessions[self._key] = self.session.replies

    async def open(self, engine: Engine) -> Tab | PageLost:
        """A tab with the page, which has said hello unless the tab is lost by now."""
        self.register()
        options = await self._servers.page_options(self._cell, self.session.gate_page)
        try:
            async with asyncio.timeout(HELLO_S):
                tab = await engine.open(self.url, self._hear, options)
                try:
                    await self._wait_for_hello(tab)
                except BaseException:
                    await tab.close()
                    raise
        except TimeoutError:
            return _opened_no_page()
        except EngineFailed as failed:
            return PageLost(why=without_tickets(str(failed)), hung=False)
        return tab

    async def wait_for_hello(self, tab: Tab) -> PageLost | None:
        """Waits until the page, to which `tab` goes by itself, says hello; how it was lost."""
        try:
            async with asyncio.timeout(HELLO_S):
                await self._wait_for_hello(tab)
        except TimeoutError:
            return _opened_no_page()
        except EngineFailed as failed:
            return PageLost(why=str(failed), hung=False)
        return None

    async def wait_until(self, event: asyncio.Event, tab: Tab, stall_s: float) -> PageLost | None:
        """Waits for what the page is to do; how it was lost before that."""
        waiting = asyncio.create_task(event.wait())
        stalling = asyncio.create_task(_wait_for_stall(self.session, stall_s))
        events: set[asyncio.Future[Any]] = {waiting, stalling, tab.lost}
        try:
            await asyncio.wait(events, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            stalling.cancel()
        if event.is_set():
            return None
        if tab.lost.done():
            return PageLost(why=without_tickets(tab.lost.result()), hung=False)
        return PageLost(why="the page gave no sign of life in time", hung=True)

    def _hear(self, line: str) -> None:
        self._console.add(without_tickets(line), self._key, self.session.bound_token)

    async def close_gate(self) -> None:
        """Closes the way to the servers that was the page's alone; idempotent."""
        if self.session.gate_page:
            await self._servers.close_page(self.session.gate_page)

    def end(self) -> None:
        """The page is over or lost: nothing that it says counts any more; idempotent."""
        self.session.end()
        self._servers.pages.sessions.pop(self._key, None)
        self._console.end_page(self._key)

    async def _wait_for_hello(self, tab: Tab) -> None:
        hello = asyncio.create_task(self.session.said_hello.wait())
        events: set[asyncio.Future[Any]] = {hello, tab.lost}
        try:
            await asyncio.wait(events, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hello.cancel()
        if self.session.origin not in {"", self._origin}:  # HSTS, which Firefox has for all pages
            raise EngineFailed(
                f"{self._cell.engine}: the page of {self._origin} came to {self.session.origin}"
            )


def _opened_no_page() -> PageLost:
    return PageLost(why=f"it opened no page within {HELLO_S:.0f} s", hung=True)


async def _wait_for_stall(session: PageSession, stall_s: float) -> None:
    """Returns when the page has given no sign of life for too long.

    Only time in which this loop was awake counts: a machine that stood still says nothing about
    the page.
    """
    tick_s = min(stall_s, TICK_S)
    silent_s, last_sign = 0.0, session.last_sign
    while silent_s < stall_s:
        await asyncio.sleep(tick_s)
        silent_s = silent_s + tick_s if session.last_sign == last_sign else 0.0
        last_sign = session.last_sign

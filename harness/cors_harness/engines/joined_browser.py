"""JoinedBrowser: a browser that somebody has open, whose window goes where a run tells it to.

The window asks for orders from a page server that lives in one event loop, and runs give them in
another. All of it may be called in any thread; each coroutine runs in the loop that awaits it.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError
from typing import Any
from urllib.parse import quote

from cors_harness.engines.user_agent import UserAgent
from cors_harness.errors import EngineFailed

ASK_S = 20.0  # that a window waits for an order before it asks again
SILENT_S = 5.0  # that a window may take to ask again, as while it is loaded anew
RETURN_S = 10.0  # that it may take to come back from a page
CLOSED = "its window was closed, shows something else, or is asleep"

Order = Mapping[str, Any]  # JSON for the window, see reports/html/page/window.js
NO_ORDER: Order = {}


class JoinedBrowser:
    """One window of a browser, which takes part until it is closed.

    Attributes:
        column: its name in scenarios, cells and reports.
        agent: what it says that it is.
    """

    def __init__(self, column: str, agent: UserAgent, window_url: str) -> None:
        """`window_url`: where the window asks for orders, and goes when a page is over."""
        self.column, self.agent, self._window_url = column, agent, window_url
        self._lock = threading.Lock()
        self._asking: Future[Order] | None = None
        self._waiting: set[Future[None]] = set()
        self._shown: Callable[[str], None] | None = None  # takes why the page is gone
        self._asked_s = time.monotonic()
        self._over = ""

    @property
    def over(self) -> str:
        """Why it takes part no more; empty: it does, or comes back by itself."""
        with self._lock:
            return self._over

    @property
    def is_there(self) -> bool:
        """Whether its window asks for orders, did a moment ago, or shows a page of a run."""
        return not self.over and not self.has_been_away(SILENT_S)

    def has_been_away(self, seconds: float) -> bool:
        """Whether its window has neither asked nor shown a page of a run for so long."""
        with self._lock:
            is_engaged = self._asking is not None or self._shown is not None
            return not is_engaged and time.monotonic() - self._asked_s >= seconds

    def note_sign_of_life(self) -> None:
        """Its window is about to ask for an order."""
        with self._lock:
            self._asked_s = time.monotonic()

    async def next_order(self) -> Order:
        """What the window is to do, as soon as there is something; NO_ORDER: it asks again.

        A window that asks shows no page of a run any more.
        """
        with self._lock:
            if self._over:
                return {"over": self._over}
            asking: Future[Order] = Future()
            before, self._asking = self._asking, asking
            waiting, self._waiting = self._waiting, set()
            shown, self._shown = self._shown, None
        if shown is not None:
            shown(CLOSED)
        if before is not None:
            _settle(before, NO_ORDER)
        for future in waiting:
            _settle(future, None)
        try:
            async with asyncio.timeout(ASK_S):
                return await asyncio.shield(asyncio.wrap_future(asking))
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            self._note_unheard(asking)
            raise
        finally:
            with self._lock:
                self._asked_s = time.monotonic()
                if self._asking is asking:
                    self._asking = None
        return asking.result() if asking.done() else NO_ORDER  # it came in the last moment

    def _note_unheard(self, asking: Future[Order]) -> None:
        """The window has gone; an order that it was just given does not reach it."""
        with self._lock:
            shown, self._shown = (self._shown, None) if asking.done() else (None, self._shown)
        if shown is not None:
            shown(CLOSED)

    async def wait_until_there(self) -> None:
        """Returns as soon as the window asks for an order; raises EngineFailed: it does not."""
        deadline = time.monotonic() + RETURN_S
        while True:
            with self._lock:
                if self._over:
                    raise EngineFailed(f"{self.column}: {self._over}")
                if self._asking is not None:
                    return
                waiting: Future[None] = Future()
                self._waiting.add(waiting)
            try:
                async with asyncio.timeout_at(_loop_time(deadline)):
                    await asyncio.wrap_future(waiting)
            except TimeoutError:
                raise EngineFailed(f"{self.column}: {CLOSED}") from None
            finally:
                with self._lock:
                    self._waiting.discard(waiting)

    async def show(self, url: str, entry: str | None, lost: Callable[[str], None]) -> None:
        """Sends the window to a page, from which it comes back by itself when that is over.

        Args:
            url: of the page; it ends in `#` and the token of the run.
            entry: what the browser asks before that, so that its machine is let in.
            lost: is told why, as soon as the window is known to show the page no more; called in
                any thread.

        Raises:
            EngineFailed: the window is not there.
        """
        back = f"{url}&back={quote(self._window_url, safe='')}"
        order: Order = {"open": back, **({"entry": entry} if entry else {})}
        while True:
            await self.wait_until_there()
            with self._lock:
                asking, self._asking = self._asking, None
                if asking is not None and _settle(asking, order):
                    self._shown = lost
                    return

    def release(self, lost: Callable[[str], None]) -> None:
        """Nobody minds any more whether the page is shown for which `lost` would be told."""
        with self._lock:
            if self._shown == lost:
                self._shown = None
                self._asked_s = time.monotonic()  # it is on its way back

    def leave(self, why: str) -> None:
        """It takes part no more; its window is told, and pages that it shows are lost."""
        with self._lock:
            self._over = self._over or why
            asking, self._asking = self._asking, None
            waiting, self._waiting = self._waiting, set()
            shown, self._shown = self._shown, None
        if shown is not None:
            shown(why)
        if asking is not None:
            _settle(asking, {"over": why})
        for future in waiting:
            _settle(future, None)


def _settle(future: Future[Any], value: object) -> bool:
    """Gives a future its result unless it has one, or nobody waits any more; whether it did."""
    with contextlib.suppress(InvalidStateError):
        future.set_result(value)
        return True
    return False


def _loop_time(deadline: float) -> float:
    """A time of `time.monotonic` on the clock of the running loop."""
    return asyncio.get_running_loop().time() + deadline - time.monotonic()

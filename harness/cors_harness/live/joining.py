"""JoinedBrowsers: the browsers that somebody has open and that take part, by their columns.

A window joins, and asks for orders until it is closed. Where one has been silent for a while its
column stays, and when it asks again it takes part again.
"""

import asyncio
import secrets
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cors_harness.engines.joined_browser import CLOSED, SILENT_S, JoinedBrowser, Order
from cors_harness.engines.user_agent import read_user_agent
from cors_harness.terms.engine_names import ENGINE_NAMES

MOST = 8  # at the same time: each has servers of its own
ID_BYTES = 8
LOOK_S = SILENT_S + 1
REPLACED_S = 2.0  # that a window may be away before one more of the same browser takes its place
REPLACED = "another window of the same browser took its place"
STOPPED = "it was stopped on the live page"
GONE: Order = {"over": "cors-harness serve does not know this window: open it anew"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedState:
    """What the page shows of one.

    Attributes:
        id: of its window.
        column: its name in cells.
        label: what people call the browser.
        why: why it takes no part at the moment; empty: it does.
    """

    id: str
    column: str
    label: str
    why: str = ""


@dataclass(slots=True)
class _Joined:
    id: str
    browser: JoinedBrowser
    why: str = ""  # as in JoinedState


class JoinedBrowsers:
    """Who takes part. Windows join and ask in one event loop; the rest is for any thread.

    Attributes:
        on_change: called whenever what `states` returns is another.
        on_joined: called with the column of a browser that has joined, or joined anew.
        on_return: called with the column of one that is there again.
        on_removed: called with the column of one that was taken away.
    """

    def __init__(self, window_url: str, taken: Collection[str] = ()) -> None:
        """Nobody has joined yet.

        Args:
            window_url: of the page that windows show while they wait.
            taken: names of columns that joined ones cannot have.
        """
        self._window_url, self._taken = window_url, {*ENGINE_NAMES, *taken}
        self._lock = threading.Lock()
        self._joined: dict[str, _Joined] = {}  # by column
        self.on_change: Callable[[], None] = lambda: None
        self.on_joined: Callable[[str], None] = lambda _column: None
        self.on_return: Callable[[str], None] = lambda _column: None
        self.on_removed: Callable[[str], None] = lambda _column: None

    def browsers(self) -> dict[str, JoinedBrowser]:
        """All that have joined, by their columns, in the order in which they did."""
        with self._lock:
            return {column: each.browser for column, each in self._joined.items()}

    def states(self) -> tuple[JoinedState, ...]:
        """What the page shows of all."""
        with self._lock:
            return tuple(
                JoinedState(id=each.id, column=column, label=each.browser.agent.label, why=each.why)
                for column, each in self._joined.items()
            )

    def join(self, user_agent: str, brands: str) -> JoinedState | str:
        """Takes in a browser by its headers; why not, where it cannot take part."""
        agent = read_user_agent(user_agent, brands)
        if agent is None:
            return (
                "the engine of this browser is none that is known: what it says of itself names "
                "neither Chromium nor Firefox nor WebKit"
            )
        with self._lock:
            column = self._column(agent.column)
            if column not in self._joined and len(self._joined) >= MOST:
                return f"{MOST} browsers have joined, which is as many as can: remove one"
            key = secrets.token_hex(ID_BYTES)
            browser = JoinedBrowser(column, agent, f"{self._window_url}#{key}")
            before = self._joined.get(column)
            self._joined[column] = _Joined(key, browser)
        if before is not None:
            before.browser.leave(REPLACED)
        self.on_change()
        self.on_joined(column)
        return JoinedState(id=key, column=column, label=agent.label)

    async def next_order(self, key: str) -> Order:
        """What the window of that id is to do; waits until there is something, for a while."""
        joined = self._of(key)
        if joined is None:
            return GONE
        self._note_asking(joined)
        try:
            return await joined.browser.next_order()
        finally:
            asyncio.get_running_loop().call_later(LOOK_S, self._look, joined)

    def leave(self, key: str) -> bool:
        """Ends the part of a browser, or takes away one that has ended; False: there is none."""
        joined = self._of(key)
        if joined is None:
            return False
        column = joined.browser.column
        if joined.why:
            joined.browser.leave(STOPPED)
            with self._lock:
                self._joined.pop(column, None)
            self.on_removed(column)
        else:
            self.note_gone(column, STOPPED)
            joined.browser.leave(STOPPED)
        self.on_change()
        return True

    def note_gone(self, column: str, why: str) -> None:
        """Takes note that a browser takes no part, as a run has found out."""
        with self._lock:
            joined = self._joined.get(column)
            if joined is None or joined.why:
                return
            joined.why = why
        self.on_change()

    def _note_asking(self, joined: _Joined) -> None:
        if joined.browser.over:
            return
        joined.browser.note_sign_of_life()
        with self._lock:
            was_away, joined.why = bool(joined.why), ""
        if was_away:
            self.on_change()
            self.on_return(joined.browser.column)

    def _look(self, joined: _Joined) -> None:
        if not joined.browser.is_there and self._of(joined.id) is joined:
            self.note_gone(joined.browser.column, joined.browser.over or CLOSED)

    def _of(self, key: str) -> _Joined | None:
        with self._lock:
            return next((each for each in self._joined.values() if each.id == key), None)

    def _column(self, name: str) -> str:
        """A name that no other column has; that of a browser that has gone is free again."""
        number, column = 1, name
        while column in self._taken or self._is_there(column):
            number += 1
            column = f"{name}-{number}"
        return column

    def _is_there(self, column: str) -> bool:
        joined = self._joined.get(column)
        if joined is None or joined.why:
            return False
        return not joined.browser.has_been_away(REPLACED_S)

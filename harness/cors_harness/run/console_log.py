"""ConsoleLog: what the engines wrote to their consoles, by the cell whose token a line names."""

import asyncio
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from cors_harness.terms.token import TOKEN_IN_URL

# `cors-harness sentinel=SESSION.NUMBER`, where the session's key is the column's name and a number.
SENTINEL = re.compile(r"cors-harness sentinel=([0-9a-z]+(?:-[0-9a-z]+)*-[0-9]+\.[0-9]+)")
SILENT_S = 60.0  # an engine none of whose sentinels comes for so long writes no more
SETTLE_S = 0.1  # a second, vaguer message about the same failure belongs to this step
UNCLAIMED = (
    200  # lines that name no cell and are kept, as a redirect may have led to what they name
)
SILENCE_S = 1.0  # a line may still come another way than the console that the sentinel took


@dataclass(slots=True)
class _PendingLines:
    lines: list[str] = field(default_factory=list)
    page: str = ""  # that runs the cell
    urls: frozenset[str] = frozenset()  # without the token, that the cell was redirected to
    has_lines: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.has_lines.set()

    def claim(self, lines: Iterable[tuple[str, str]]) -> None:
        """Adds those lines of its page, each behind the page's key, that name a URL of the cell."""
        for page, line in lines:
            if page == self.page and any(url in line for url in self.urls):
                self.add(line)


class ConsoleLog:
    """Console lines by token; a token's lines are kept until they are collected.

    A page writes a sentinel to its console behind every batch of rejected calls. Once the sentinel
    is here, what the engine wrote before it is here as well, however slow the machine: as long as
    sentinels of the engine come in, its driver only lags behind.
    """

    def __init__(self, engines_without_console: Set[str] = frozenset()) -> None:
        """`engines_without_console`: their names; nothing of them is waited for."""
        self._without_console = engines_without_console
        self._pending: dict[str, _PendingLines] = {}
        self._sentinels: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._sentinel_counts: Counter[str] = Counter()  # by engine
        self._ended_pages: set[str] = set()
        self._unclaimed: deque[tuple[str, str]] = deque(maxlen=UNCLAIMED)  # lines that name no cell

    def is_heard(self, engine: str) -> bool:
        """Whether the console of an engine can be read at all."""
        return engine not in self._without_console

    def expect(self, token: str) -> None:
        """Keeps lines that name `token` from now on."""
        self._pending.setdefault(token, _PendingLines())

    def add(self, line: str, page: str = "", token: str = "") -> None:
        """Takes one message of an engine; lines about no expected token are not kept.

        Args:
            line: the message.
            page: the key of the session of the page that it is about.
            token: of the cell that it is about if it names none.
        """
        if sentinel := SENTINEL.search(line):
            self._sentinel_counts[_engine_of(sentinel[1])] += 1
            self._sentinels[sentinel[1]].set()
            return
        named = set(TOKEN_IN_URL.findall(line)) or {token} - {""}
        if not named:
            self._unclaimed.append((page, line))
        for pending in filter(None, map(self._pending.get, named)):
            pending.add(line)
        for pending in () if named else self._pending.values():
            pending.claim([(page, line)])

    async def collect(self, token: str, sentinel: str, urls: Iterable[str] = ()) -> tuple[str, ...]:
        """The lines about a rejected call, once `sentinel` has come; then drops them.

        `urls`: without the token that the call was redirected to; lines that name no cell, but one
        of these, are about the call.
        """
        if not self.is_heard(_engine_of(sentinel)):
            return ()
        pending = self._pending[token]
        pending.page, pending.urls = _page_of(sentinel), frozenset(urls)
        pending.claim(self._unclaimed)
        if _page_of(sentinel) not in self._ended_pages:
            await self._wait_for_sentinel(sentinel)
        await _wait_at_most(pending.has_lines, SILENCE_S)
        await asyncio.sleep(SETTLE_S)
        lines, pending.lines = tuple(pending.lines), []
        pending.has_lines.clear()
        return lines

    def discard(self, token: str) -> None:
        """Drops the lines that name `token`, and those to come."""
        self._pending.pop(token, None)

    def end_page(self, key: str) -> None:
        """The page of session `key` is over or lost: its sentinels come no more."""
        self._ended_pages.add(key)
        for sentinel in [name for name in self._sentinels if _page_of(name) == key]:
            self._sentinels.pop(sentinel).set()

    async def _wait_for_sentinel(self, sentinel: str) -> None:
        event, engine = self._sentinels[sentinel], _engine_of(sentinel)
        count_before = -1
        while not event.is_set() and self._sentinel_counts[engine] != count_before:
            count_before = self._sentinel_counts[engine]
            await _wait_at_most(event, SILENT_S)


def _page_of(sentinel: str) -> str:
    return sentinel.rpartition(".")[0]


def _engine_of(sentinel: str) -> str:
    return sentinel.rpartition("-")[0]


async def _wait_at_most(event: asyncio.Event, limit_s: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), limit_s)
    except TimeoutError:
        return

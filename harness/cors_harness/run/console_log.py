"""ConsoleLog: what the engines said, sorted by the cell whose token their words name."""

import asyncio
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from cors_harness.terms.token import TOKEN_IN_URL

SENTINEL = re.compile(r"cors-harness sentinel=([0-9a-z]+-[0-9]+\.[0-9]+)")
SILENT_S = 60.0  # an engine none of whose sentinels comes for so long has no more to come
SETTLE_S = 0.1  # a second, vaguer message about the same failure belongs to this step
SILENCE_S = 1.0  # words may still come another way than the console that the sentinel took


@dataclass(slots=True)
class _Said:
    words: list[str] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class ConsoleLog:
    """Words by token; a token's words are kept until they are taken.

    A page writes a sentinel to its console behind every batch of rejected calls. Once the sentinel
    is heard, what the engine had to say before it has been heard as well, however slow the machine:
    as long as sentinels of the engine come in, its driver only lags behind.
    """

    def __init__(self) -> None:
        self._said: dict[str, _Said] = {}
        self._sentinels: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._ended: set[str] = set()
        self._heard: Counter[str] = Counter()  # sentinels, by engine

    def expect(self, token: str) -> None:
        """From now on words that name `token` are kept."""
        self._said.setdefault(token, _Said())

    def heard(self, text: str) -> None:
        """Takes one message of an engine; words about no waiting cell are not kept."""
        if sentinel := SENTINEL.search(text):
            self._heard[_engine_of(sentinel[1])] += 1
            self._sentinels[sentinel[1]].set()
            return
        for token in set(TOKEN_IN_URL.findall(text)):
            if said := self._said.get(token):
                said.words.append(text)
                said.arrived.set()

    async def take(self, token: str, sentinel: str) -> tuple[str, ...]:
        """The words about a rejected call, once `sentinel` was heard; then forgets them."""
        said = self._said[token]
        if _page_of(sentinel) not in self._ended:
            await self._until_heard(sentinel)
        await _in_time(said.arrived, SILENCE_S)
        await asyncio.sleep(SETTLE_S)
        words, said.words = tuple(said.words), []
        said.arrived.clear()
        return words

    def forget(self, token: str) -> None:
        """The cell is done."""
        self._said.pop(token, None)

    def end_page(self, key: str) -> None:
        """The page of session `key` is over or lost: its sentinels come no more."""
        self._ended.add(key)
        for sentinel in [each for each in self._sentinels if _page_of(each) == key]:
            self._sentinels.pop(sentinel).set()

    async def _until_heard(self, sentinel: str) -> None:
        event, engine = self._sentinels[sentinel], _engine_of(sentinel)
        heard = -1
        while not event.is_set() and self._heard[engine] != heard:
            heard = self._heard[engine]
            await _in_time(event, SILENT_S)


def _page_of(sentinel: str) -> str:
    return sentinel.rpartition(".")[0]


def _engine_of(sentinel: str) -> str:
    return sentinel.partition("-")[0]


async def _in_time(event: asyncio.Event, limit_s: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), limit_s)
    except TimeoutError:
        return

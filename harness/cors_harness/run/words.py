"""WordBoard: what the engines said, sorted by the cell whose token their words name."""

import asyncio
import re

TOKEN = re.compile(r"[?&]cell=([0-9A-Za-z]+\.[0-9]+)")
WAIT_S = 1.5  # an engine that has said nothing by then says nothing
SETTLE_S = 0.05  # a second message about the same failure comes right behind the first


class WordBoard:
    """Words by token; a token's words are kept until they are taken."""

    def __init__(self) -> None:
        self._words: dict[str, list[str]] = {}
        self._arrivals: dict[str, asyncio.Event] = {}

    def expect(self, token: str) -> None:
        """From now on words that name `token` are kept."""
        self._words.setdefault(token, [])
        self._arrivals.setdefault(token, asyncio.Event())

    def heard(self, text: str) -> None:
        """Takes one message of an engine; words about no waiting cell are not kept."""
        for token in set(TOKEN.findall(text)):
            if token in self._words:
                self._words[token].append(text)
                self._arrivals[token].set()

    async def take(self, token: str) -> tuple[str, ...]:
        """The words about a failure: waits a moment for them, then forgets them."""
        try:
            await asyncio.wait_for(self._arrivals[token].wait(), WAIT_S)
            await asyncio.sleep(SETTLE_S)
        except TimeoutError:
            return ()
        words, self._words[token] = tuple(self._words[token]), []
        self._arrivals[token].clear()
        return words

    def forget(self, token: str) -> None:
        """The cell is done."""
        self._words.pop(token, None)
        self._arrivals.pop(token, None)

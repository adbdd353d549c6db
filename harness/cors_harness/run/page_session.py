"""Session: one opened runner page, the cells it still has to run and those it is running."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.browser_state import HstsEntry, changes_browser_state, learned_hsts
from cors_harness.run.cell_results import CellCollector, Settling, settled
from cors_harness.run.settings import RunSettings
from cors_harness.serving.page.server import PageReplies, Payload


def read_observation(facts: Mapping[str, Any]) -> Observation:
    """One `Observation` of page/runner.js; raises KeyError when page and harness disagree."""
    if facts["kind"] == "fulfilled":
        return _fulfilled(facts)
    if facts["kind"] == "rejected":
        return Rejected(
            error_name=facts["error_name"],
            error_message=facts["error_message"],
            duration_ms=facts["duration_ms"],
        )
    return TimedOut(after_ms=facts["duration_ms"], detail=facts["detail"])


def _fulfilled(facts: Mapping[str, Any]) -> Fulfilled:
    return Fulfilled(
        response_type=facts["response_type"],
        status=facts["status"],
        url=facts["url"],
        redirected=facts["redirected"],
        headers=tuple((name, value) for name, value in facts["headers"]),
        body=facts["body"],
        body_error=facts["body_error"],
        duration_ms=facts["duration_ms"],
    )


AHEAD = 2  # times as many cells are handed out together as the page runs at once
TRIES = 5  # of a cell that the machine is too slow for; nothing of a try that came late is judged
LINE_S = 20.0  # browsers give up on requests that stay unanswered for a minute or some


class Session:
    """Hands out cells to a page and takes in what it saw.

    Attributes:
        greeted: set when the page has said hello.
        done: set when the page has handed in everything.
        onward: the URL that the page goes to when it is done; None: it stays and is closed.
        last_sign: loop time of the last thing heard from the page, at first of the beginning.
        progress: cells finished or given up in this page.
        origin: where the page says that it is; empty before it has said hello.
        left_trace: whether a later page in the same context could notice this one; see `settle`.
        taught: what its answers have taught the browser of HSTS; see `settle`.
    """

    def __init__(
        self,
        cells: Sequence[BoundCell],
        finisher: CellCollector,
        settings: RunSettings,
        prepare: Callable[[Cell], BoundCell],
    ) -> None:
        """`prepare` gives a cell that begins afresh another token."""
        self._prepare, self._tries = prepare, Counter[str]()
        self._waiting = list(reversed(cells))
        self._running: dict[str, BoundCell] = {}
        self._started: set[str] = set()
        self._marked: dict[str, asyncio.Task[None]] = {}
        self._finisher, self._settings = finisher, settings
        self.greeted, self.done = asyncio.Event(), asyncio.Event()
        self.onward: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._alive()
        self.progress = 0
        self.left_trace = False
        self.taught: frozenset[HstsEntry] = frozenset()
        self.origin = ""
        self._settling: set[Settling] = set()

    @property
    def answers(self) -> PageReplies:
        """What its page may post to."""
        return {
            "hello": self._hello,
            "next": self._next,
            "report": self._report,
            "mark": self._mark,
            "late": self._late,
            "over": self._over,
        }

    async def _hello(self, data: Payload) -> Payload:
        """The page is there."""
        self._alive()
        self.origin = data.get("origin", "")
        self.greeted.set()
        return {"concurrency": self._settings.concurrency}

    async def _next(self, _: Payload) -> Payload:
        """The next cells for the page; none when all are handed out."""
        self._alive()
        most = AHEAD * (self._settings.concurrency or 1)
        chunk = [self._waiting.pop() for _ in range(min(most, len(self._waiting)))]
        for prepared in chunk:
            self._running[prepared.token] = prepared
            self._finisher.begin(prepared)
        cells = [each.page_json(self._settings.timeout_ms) for each in chunk]
        return {"cells": cells, "over": not cells}

    async def _report(self, data: Payload) -> Payload:
        """Cells that the page has started and cells that it has finished."""
        self._alive()
        self._started.update(data["started"])
        seen = [
            (self._end(cell["token"]), read_observation(cell["observation"]))
            for cell in data["finished"]
        ]
        if seen:
            self._settle_later(await self._finisher.finish(seen, data["sentinel"]))
        return self._told_of_marks()

    async def _mark(self, data: Payload) -> Payload:
        """A step that is not the cell's last one is over; the page hears later when all is known.

        Not in this response: it would keep a connection, of which a browser has a few.
        """
        self._alive()
        token, observation = data["token"], read_observation(data["observation"])
        prepared = self._running[token]
        self._marked[token] = self._finisher.finish_step(prepared, observation, data["sentinel"])
        if data["sentinel"] is None:  # nobody's words are waited for
            await self._marked[token]
        return self._told_of_marks()

    def _told_of_marks(self) -> Payload:
        """The cells that may go on; raises what went wrong with one of them."""
        settled = [token for token, task in self._marked.items() if task.done()]
        for token in settled:
            self._marked.pop(token).result()
        return {"settled": settled}

    async def _late(self, data: Payload) -> Payload:
        """A cell was held up for longer than its scenario can bear: it begins afresh, or ends."""
        self._alive()
        prepared = self._running[data["token"]]
        self._tries[prepared.cell.node_id] += 1
        if self._tries[prepared.cell.node_id] == TRIES:
            return {"again": None}
        again = self._prepare(prepared.cell)
        self._notice(await self._finisher.forget(self._running.pop(prepared.token)))
        self._running[again.token] = again
        self._finisher.begin(again)
        return {"again": again.page_json(self._settings.timeout_ms)}

    async def _over(self, _: Payload) -> Payload:
        """The page has nothing left to run; it waits to hear whether it goes on."""
        self.done.set()
        return {"next": await self.onward}

    async def settle(self) -> None:
        """Waits until every finished cell is judged; raises what went wrong in judging."""
        await settled(self._settling)

    def end(self) -> None:
        """Tells the page, if it still asks, that it does not go on; idempotent."""
        if not self.onward.done():
            self.onward.set_result(None)

    def check(self) -> None:
        """Raises RuntimeError when the page is over and has kept something back."""
        if self._running or self._waiting:
            raise RuntimeError(f"the page ended without a word about {sorted(self._running)}")

    async def give_up(self, why: str, *, hung: bool) -> tuple[list[BoundCell], int]:
        """The page is lost: ends the cells in flight, returns the rest and how many ended.

        A cell is in flight when the page said that it began, or a server has heard of it.
        """
        known = await self._finisher.on_wire(self._running.values()) | self._started
        flying = [each for token, each in self._running.items() if token in known]
        rest = [each for token, each in self._running.items() if token not in known]
        rest += reversed(self._waiting)
        lost: Observation = TimedOut(after_ms=0, detail=why) if hung else Crashed(detail=why)
        await self._finisher.finish([(self._end(each.token), lost) for each in flying])
        self._running.clear()
        self._waiting.clear()
        return rest, len(flying)

    def _settle_later(self, settling: Sequence[Settling]) -> None:
        for task in settling:
            self._settling.add(task)
            task.add_done_callback(self._settled)

    def _settled(self, task: Settling) -> None:
        if task.cancelled() or task.exception() is None:
            self._settling.discard(task)
        if not task.cancelled() and task.exception() is None:
            self._notice(task.result().exchanges)

    def _notice(self, exchanges: Sequence[Exchange]) -> None:
        self.left_trace |= any(map(changes_browser_state, exchanges))
        self.taught |= learned_hsts(exchanges)

    def _end(self, token: str) -> BoundCell:
        self.progress += 1
        return self._running.pop(token)

    def _alive(self) -> None:
        self.last_sign: float = asyncio.get_running_loop().time()


class OpenSession(Session):
    """A session of a page that stays: cells come to it one by one, as long as it is not ended.

    Attributes:
        idle: set while the page has no cell to run.
    """

    def __init__(
        self, finisher: CellCollector, settings: RunSettings, prepare: Callable[[Cell], BoundCell]
    ) -> None:
        super().__init__((), finisher, settings, prepare)
        self._added, self.idle = asyncio.Event(), asyncio.Event()
        self._ended = False

    def add(self, prepared: BoundCell) -> None:
        """Gives the page one more cell to run."""
        self._alive()
        self._waiting.append(prepared)
        self.idle.clear()
        self._added.set()

    def end(self) -> None:
        """Lets the page go; idempotent."""
        super().end()
        self._ended = True
        self._added.set()

    async def _next(self, data: Payload) -> Payload:
        """The next cells, as soon as there are any; none from time to time, to keep the line."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINE_S):
                await self._added.wait()
        if not self._ended:
            self._added.clear()
        return {**await super()._next(data), "over": self._ended}

    async def _report(self, data: Payload) -> Payload:
        answer = await super()._report(data)
        if not self._running and not self._waiting:
            self.idle.set()
        return answer

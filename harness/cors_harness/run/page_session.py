"""PageSession: one opened runner page, the cells it has still to run and those it is running."""

import asyncio
import contextlib
import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Observation, TimedOut
from cors_harness.run.bound_cell import BoundCell, UnboundCell
from cors_harness.run.browser_state import HstsEntry, changes_browser_state, learned_hsts
from cors_harness.run.cell_results import CellCollector, JudgingTask, StepEnd, wait_for_all
from cors_harness.run.origin_map import OriginMap
from cors_harness.run.page_posts import Hello, Late, Mark, Nothing, Report, taking
from cors_harness.run.settings import RunSettings
from cors_harness.serving.page.server import PageReplies, Payload
from cors_harness.text.json_values import JsonError, JsonFlaw
from cors_harness.text.problems import shown

AHEAD = 2  # times as many cells are handed out together as the page runs at once
TRIES = 5  # of a cell that the machine is too slow for; nothing of a try that came late is judged
LONG_POLL_S = 20.0  # browsers give up on requests that stay unanswered for a minute or some


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLost:
    """The loss of a page that ended before it was through with its cells.

    Attributes:
        why: a sentence.
        hung: whether it is still there and only gives no sign of life.
    """

    why: str
    hung: bool

    def observation(self) -> Observation:
        """The observation of a cell that was in flight."""
        return TimedOut(after_ms=0, detail=self.why) if self.hung else Crashed(detail=self.why)


class PageSession:
    """Hands out cells to a page and takes in what it saw.

    Attributes:
        said_hello: set when the page has said hello.
        is_over: set when the page has handed in everything.
        next_url: where the page goes when it is over; None: it stays and is closed.
        last_sign: loop time of the last sign of life of the page, at first of the beginning.
        progress: number of cells that were finished or given up in this page.
        origin: where the page says that it is; empty before it has said hello.
        changed_browser_state: whether a later page in the same context could notice this one;
            complete after `wait_until_judged`, and so is the next.
        learned_hsts: the HSTS entries that the browser may have made here.
        gate_page: the name of the page at its own gate; empty: it has none. With one it runs one
            cell at a time, to which all belongs that it requests.
        bound_token: of that cell.
    """

    _diverts = True  # cells that are to run by themselves, as has become known meanwhile

    def __init__(
        self,
        cells: Sequence[BoundCell | UnboundCell],
        collector: CellCollector,
        settings: RunSettings,
        origins: OriginMap,
    ) -> None:
        """`origins` binds cells when their turn comes, and one that begins afresh once more."""
        self._collector, self._settings, self._origins = collector, settings, origins
        runs_in_turn = collector.isolation.runs_in_turn
        self._waiting = [b for b in reversed(cells) if not runs_in_turn(b.cell)]
        self._in_turn = [b for b in reversed(cells) if runs_in_turn(b.cell)]
        self._running: dict[str, BoundCell] = {}
        self._started: set[str] = set()
        self._tries = Counter[str]()
        self._step_tasks: dict[str, asyncio.Task[None]] = {}
        self._judging: set[JudgingTask] = set()
        self.said_hello, self.is_over = asyncio.Event(), asyncio.Event()
        self.next_url: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self.progress = 0
        self._most = AHEAD * (settings.concurrency or 1)
        self._late_cells: set[str] = set()  # tokens of those that the page keeps for its end
        self._quiet = asyncio.Event()  # while no other cell is running
        self._quiet.set()
        self.origin = self.gate_page = self.bound_token = ""
        self.changed_browser_state = False
        self.learned_hsts: frozenset[HstsEntry] = frozenset()
        self._note_sign_of_life()

    @property
    def replies(self) -> PageReplies:
        """What answers the posts of the page, by their path; see page/runner.js."""
        return {
            "hello": taking(Hello, self._hello),
            "next": taking(Nothing, self._next),
            "report": taking(Report, self._report),
            "mark": taking(Mark, self._mark),
            "late": taking(Late, self._late),
            "over": taking(Nothing, self._over),
        }

    async def _hello(self, data: Hello) -> Payload:
        """The page is there."""
        self._note_sign_of_life()
        self.origin = data.origin
        self.said_hello.set()
        return {"concurrency": self._settings.concurrency}

    async def _next(self, _: Nothing) -> Payload:
        """The next cells for the page; none when all are handed out."""
        self._note_sign_of_life()
        cells: list[Payload] = []
        while self._waiting and len(cells) < self._most:
            bound = self._bind(self._waiting.pop())
            if not (self._diverts and self._collector.divert(bound)):
                cells.append(await self._begin(bound))
        if self._in_turn and not cells:
            return await self._next_in_turn()
        return {"cells": cells, "over": not cells}

    async def _next_in_turn(self) -> Payload:
        """The next of the cells that run one by one, once all is known of those before.

        When a server has changed browser state, those that are left run later, by themselves.
        """
        try:
            async with asyncio.timeout(LONG_POLL_S):
                await self._quiet.wait()
        except TimeoutError:
            return {"cells": [], "over": False}
        if self.next_url.done():
            return {"cells": [], "over": True}
        await self.wait_until_judged()
        if self.changed_browser_state:
            self._collector.isolate(map(self._bind, self._in_turn))
            self._in_turn.clear()
            return {"cells": [], "over": True}
        return {"cells": [await self._begin(self._bind(self._in_turn.pop()))], "over": False}

    async def _report(self, data: Report) -> Payload:
        """Cells that the page has started and cells that it has finished."""
        self._note_sign_of_life()
        self._started.update(data.started)
        step_ends = [
            StepEnd(
                bound=self._end(cell.token),
                observation=cell.observation.observation(),
                sentinel=data.sentinel,
            )
            for cell in data.finished
        ]
        if step_ends:
            self._note_results(await self._collector.finish(step_ends))
        return self._settled_steps()

    async def _mark(self, data: Mark) -> Payload:
        """A step that is not the cell's last one is over; the page hears later when all is known.

        Not in this response: it would keep a connection, of which a browser has a few.
        """
        self._note_sign_of_life()
        step_end = StepEnd(
            bound=self._running_cell(data.token),
            observation=data.observation.observation(),
            sentinel=data.sentinel,
        )
        task = self._step_tasks[step_end.token] = self._collector.finish_step(step_end)
        if step_end.sentinel is None:  # nothing on the console is waited for: it is soon done
            await task
        return self._settled_steps()

    def _settled_steps(self) -> Payload:
        """The cells that may make their next call; raises what went wrong with one of them.

        `calls` has the steps that need what an earlier one brought. A cell whose next step is of
        that kind and stands not there has come to its end.
        """
        settled = [token for token, task in self._step_tasks.items() if task.done()]
        for token in settled:
            self._step_tasks.pop(token).result()
        calls = {token: call for token in settled if (call := self._next_call(token))}
        return {"settled": settled, **({"calls": calls} if calls else {})}

    def _next_call(self, token: str) -> Payload | None:
        """The next step of a cell where the page has not got it yet; ends a cell that cannot go on.

        What the step needs may not have come.
        """
        step, bound = self._collector.next_step(self._running[token])
        if not bound.needs(step):
            return None
        self._running[token] = bound
        missing = bound.missing(step)
        if not missing:
            return bound.step_json(step, self._settings.timeout_ms)
        self._note_results([self._collector.end_early(self._end(token), missing)])
        return None

    async def _late(self, data: Late) -> Payload:
        """A cell was held up for longer than its scenario can bear: it begins afresh, or ends."""
        self._note_sign_of_life()
        bound = self._running_cell(data.token)
        self._tries[bound.cell.node_id] += 1
        if self._tries[bound.cell.node_id] == TRIES:
            return {"again": None}
        afresh = self._origins.rebind(bound)
        self._note_exchanges(await self._collector.discard(self._running.pop(bound.token)))
        self._late_cells.add(afresh.token)
        begun = await self._begin(afresh)
        self._note_quiet()
        return {"again": begun}

    async def _over(self, _: Nothing) -> Payload:
        """The page has nothing left to run; it waits to hear whether another page follows."""
        self.is_over.set()
        return {"next": await self.next_url}

    async def wait_until_judged(self) -> None:
        """Waits until every finished cell is judged; raises what went wrong in judging."""
        await wait_for_all(self._judging)

    def end(self) -> None:
        """Tells the page, if it still asks, that no other page follows; idempotent."""
        if not self.next_url.done():
            self.next_url.set_result(None)
        self._quiet.set()

    def check_complete(self) -> None:
        """Raises RuntimeError when the page is over and has kept something back."""
        if self._running or self._waiting or self._in_turn:
            raise RuntimeError(f"the page ended without a report on {sorted(self._running)}")

    async def give_up(self, lost: PageLost) -> tuple[list[BoundCell], int]:
        """Ends the cells in flight of a lost page; returns the others and how many ended.

        A cell is in flight when the page said that it began, or a request of it was recorded.
        """
        begun = await self._collector.begun_tokens(self._running.values()) | self._started
        in_flight = [token for token in self._running if token in begun]
        rest = [bound for token, bound in self._running.items() if token not in begun]
        for bound in rest:
            self._collector.forget(bound)
        rest += map(self._bind, (*reversed(self._waiting), *reversed(self._in_turn)))
        observation = lost.observation()
        await self._collector.finish(
            [
                StepEnd(
                    bound=self._end(token), observation=observation, sentinel=None, is_lost=True
                )
                for token in in_flight
            ]
        )
        self._running.clear()
        self._waiting.clear()
        self._in_turn.clear()
        return rest, len(in_flight)

    def _bind(self, waiting: BoundCell | UnboundCell) -> BoundCell:
        """The cell with its token: of tens of thousands that wait, none has one yet."""
        if isinstance(waiting, BoundCell):
            return waiting
        return dataclasses.replace(self._origins.bind(waiting.cell), is_alone=waiting.is_alone)

    async def _begin(self, bound: BoundCell) -> Payload:
        self._running[bound.token] = bound
        self._quiet.clear()
        self._collector.begin(bound)
        if self.gate_page:
            self.bound_token = bound.token
            await self._collector.bind(self.gate_page, bound)
        return bound.page_json(self._settings.timeout_ms)

    def _end(self, token: str) -> BoundCell:
        bound = self._running_cell(token)
        self.progress += 1
        del self._running[token]
        self._note_quiet()
        return bound

    def _running_cell(self, token: str) -> BoundCell:
        """The cell that a page speaks of; raises JsonError where it has no such one."""
        if token not in self._running:
            found, expected = shown(token), "the token of a cell that the page has"
            raise JsonError([JsonFlaw(path="token", found=found, expected=expected)])
        return self._running[token]

    def _note_quiet(self) -> None:
        if self._running.keys() <= self._late_cells:
            self._quiet.set()

    def _note_results(self, tasks: Sequence[JudgingTask]) -> None:
        for task in tasks:
            self._judging.add(task)
            task.add_done_callback(self._note_result)

    def _note_result(self, task: JudgingTask) -> None:
        if task.cancelled() or task.exception() is None:
            self._judging.discard(task)
        if not task.cancelled() and task.exception() is None:
            self._note_exchanges(task.result().exchanges)

    def _note_exchanges(self, exchanges: Sequence[Exchange]) -> None:
        self.changed_browser_state |= any(map(changes_browser_state, exchanges))
        self.learned_hsts |= learned_hsts(exchanges)

    def _note_sign_of_life(self) -> None:
        self.last_sign: float = asyncio.get_running_loop().time()


class OnDemandSession(PageSession):
    """A session of a page that stays open: cells come to it one by one until it is ended.

    Attributes:
        idle: set while the page has no cell to run.
        urls: that were requested, with origin, without fragment; complete after
            `wait_until_judged`.
    """

    _diverts = False

    def __init__(self, collector: CellCollector, settings: RunSettings, origins: OriginMap) -> None:
        super().__init__((), collector, settings, origins)
        self._has_news, self.idle = asyncio.Event(), asyncio.Event()
        self.urls: set[str] = set()
        self._ended = False

    def add(self, bound: BoundCell) -> None:
        """Gives the page one more cell to run."""
        self._note_sign_of_life()
        self._waiting.append(bound)
        self.idle.clear()
        self._has_news.set()

    def end(self) -> None:
        """Lets the page go; idempotent."""
        super().end()
        self._ended = True
        self._has_news.set()

    async def _next(self, data: Nothing) -> Payload:
        """The next cells, as soon as there are any; none after a while, so that no post is lost."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONG_POLL_S):
                await self._has_news.wait()
        if not self._ended:
            self._has_news.clear()
        return {**await super()._next(data), "over": self._ended}

    def _note_exchanges(self, exchanges: Sequence[Exchange]) -> None:
        super()._note_exchanges(exchanges)
        self.urls.update(exchange.origin + exchange.target for exchange in exchanges)

    async def _report(self, data: Report) -> Payload:
        reply = await super()._report(data)
        if not self._running and not self._waiting:
            self.idle.set()
        return reply

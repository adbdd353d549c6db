"""CellCollector: joins what page, wire and console say of a cell, has it judged, and emits it."""

import asyncio
import contextlib
import dataclasses
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cors_harness.advice.run_adviser import RunAdviser
from cors_harness.errors import HarnessError, ServerFailed
from cors_harness.judge.reasons import CALL_REFUSED
from cors_harness.judge.verdicts import judge
from cors_harness.model.cell import Cell, CellRecord, skipped
from cors_harness.model.events import CellFinished, Event
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import (
    BODY_KEPT,
    Fulfilled,
    Observation,
    Rejected,
    StepMessages,
    TimedOut,
)
from cors_harness.model.route import Refusal
from cors_harness.model.verdict import MissingValue
from cors_harness.run.app_lines import added
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.console_log import ConsoleLog
from cors_harness.run.gate_refusals import GateRefusals
from cors_harness.run.hidden_record import hidden_record
from cors_harness.run.isolation import MAY_CHANGE_STATE, IsolatedCell, Isolation
from cors_harness.run.step_values import FinishedStep, NotBrought, brought
from cors_harness.serving.user.app_output import AppOutput
from cors_harness.terms.fingerprints import Fingerprints
from cors_harness.terms.known_secrets import KnownSecrets
from cors_harness.terms.step_value import StepValue
from cors_harness.terms.token import TOKEN_IN_URL
from cors_harness.wire.recorder import Recorder

Distributions = tuple[str, ...]  # names of the packages and programs that a server is made of
SERVER_DIED = "a server died meanwhile"
EmitEvent = Callable[[Event], None]
JudgingTask = asyncio.Task[CellRecord]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnd:
    """The end of one step of a cell, as the page reports it.

    Attributes:
        observation: what page code saw of the step.
        sentinel: stands on the console behind what the engine writes about it; None: no call of
            the page's report was rejected, so nothing on the console is waited for.
        is_lost: whether the page did not see the end, as it, or a server, was lost.
    """

    bound: BoundCell
    observation: Observation
    sentinel: str | None
    is_lost: bool = False

    @property
    def token(self) -> str:
        """The token of the cell."""
        return self.bound.token

    @property
    def may_be_explained(self) -> bool:
        """Whether the engine may write about it: not if fetch() itself refused its arguments."""
        seen = self.observation
        return isinstance(seen, Rejected) and not CALL_REFUSED.search(seen.error_message)


@dataclass(slots=True)
class CollectedCell:
    """What is known of a cell so far, step by step."""

    bound: BoundCell
    observations: list[Observation] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    messages: list[StepMessages] = field(default_factory=list)
    step_values: dict[StepValue, str | NotBrought] = field(default_factory=dict)

    @property
    def is_doubtful(self) -> bool:
        """Whether a server that has just died may be why the last step came out so."""
        last = self.observations[-1] if self.observations else None
        return not isinstance(last, Fulfilled) or any(e.broke_off for e in self.exchanges)

    def reopened(self) -> BoundCell:
        """The cell, without what the page saw of a last step: nobody could explain that."""
        if len(self.observations) == len(self.bound.cell.scenario.steps):
            del self.observations[-1], self.messages[-1]
        return self.bound


class CellCollector:
    """Collects cells that end in any order, and emits each exactly once.

    Attributes:
        console: takes what the engines write.
        isolation: decides which cells run by themselves.
        isolated: cells that are to run by themselves from now on, by engine, in no order.
        adviser: knows what the cells finished by now show of their servers.
        output: what the user's server writes; None: it is not looked at.
        fingerprints: stand for the secrets of the user's server in records; None: they are kept.
        known: takes those that are found.
        are_servers_lost: tells whether one has died, so that what fails says nothing of any cell.
    """

    def __init__(
        self,
        recorder: Recorder,
        emit: EmitEvent,
        refusals: GateRefusals | None = None,
        distributions: Mapping[str, Distributions] | None = None,
        engines_without_console: Set[str] = frozenset(),
        isolation: Isolation | None = None,
    ) -> None:
        """Takes where facts come from and where events go.

        Args:
            recorder: has the exchanges.
            emit: gets the events.
            refusals: of the gate, where there is one.
            distributions: of each server, by its name; for the advice.
            engines_without_console: names of engines whose console cannot be read.
            isolation: what is known by now of cells that must run by themselves.
        """
        self.isolation = isolation or Isolation()
        self.isolated: defaultdict[str, list[IsolatedCell]] = defaultdict(list)
        self.output: AppOutput | None = None
        self.fingerprints: Fingerprints | None = None
        self.known: KnownSecrets | None = None
        self.are_servers_lost: Callable[[], bool] = lambda: False
        self._running_again: dict[str, IsolatedCell] = {}  # by cell
        self.console = ConsoleLog(engines_without_console)
        self._recorder, self._emit, self._refusals = recorder, emit, refusals
        self.adviser = RunAdviser(distributions or {})
        self._collected: dict[str, CollectedCell] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, bound: BoundCell) -> None:
        """The page may run the cell from now on."""
        self._collected[bound.token] = CollectedCell(bound)
        self.console.expect(bound.token)
        self.isolation.begin(bound)

    async def bind(self, page: str, bound: BoundCell) -> None:
        """Records as the cell's all that comes from the page, which has its own gate."""
        await self._recorder.bind(page, bound.token)

    def divert(self, bound: BoundCell) -> bool:
        """Whether the cell has to run by itself; it does so later."""
        isolated = self.isolation.before(bound.cell)
        if isolated is None or (bound.is_alone and not isolated.plain):
            return False
        self.isolated[bound.cell.engine].append(isolated)
        return True

    def isolate(self, cells: Iterable[BoundCell]) -> None:
        """Has cells that run in turn run by themselves, later."""
        for bound in cells:
            isolated = IsolatedCell(cell=bound.cell, why=MAY_CHANGE_STATE)
            self.isolated[bound.cell.engine].append(isolated)

    def skip(self, cell: Cell, reason: str) -> None:
        """The cell does not run, or what it came to does not count."""
        self._emit(CellFinished(record=skipped(cell, reason)))

    def begin_again(self, isolated: IsolatedCell) -> bool:
        """Whether the cell has to run; False: what it came to before counts, and is emitted."""
        if record := self.isolation.settled(isolated):
            self._emit_advised(record)
            return False
        self._running_again[isolated.cell.node_id] = isolated
        return True

    def finish_step(self, step_end: StepEnd) -> asyncio.Task[None]:
        """Collects a step that is not the last one.

        Returns:
            What is done when all is known; the page must not make the next call before that.
        """
        return self._start_task(self._collect_step(step_end))

    def next_step(self, bound: BoundCell) -> tuple[int, BoundCell]:
        """The index of a cell's next step, and the cell with what its earlier ones brought."""
        collected = self._collected[bound.token]
        values = dict(collected.step_values)
        with_values = dataclasses.replace(bound, step_values=values) if values else bound
        return len(collected.observations), with_values

    def end_early(self, bound: BoundCell, missing: tuple[MissingValue, ...]) -> JudgingTask:
        """Ends a cell whose next step cannot make its call; what is done when it is judged."""
        return self._start_task(self._judge_collected(bound, missing))

    async def finish(self, step_ends: Sequence[StepEnd]) -> tuple[JudgingTask, ...]:
        """Collects last steps; cells with rejected calls wait for the engine's console.

        Returns:
            For each cell what is done when it is judged.
        """
        # A task from the first moment on: `wait_until_judged` waits for these cells too.
        return await asyncio.shield(self._start_task(self._finish(step_ends)))

    async def discard(self, bound: BoundCell) -> tuple[Exchange, ...]:
        """Drops a cell without a verdict; returns its exchanges so far."""
        recorded = await self._recorder.take([bound.token])
        self.console.discard(bound.token)
        earlier = self._collected.pop(bound.token).exchanges
        return (*earlier, *recorded.get(bound.token, ()))

    async def begun_tokens(self, cells: Iterable[BoundCell]) -> frozenset[str]:
        """Tokens of those `cells` that have requests on the wire, or finished steps.

        Of all where the recorder is gone: nobody knows.
        """
        tokens = [bound.token for bound in cells]
        with_steps = {token for token in tokens if self._collected[token].observations}
        try:
            return await self._recorder.tokens_seen(tokens) | with_steps
        except ServerFailed:
            return frozenset(tokens)

    def forget(self, bound: BoundCell) -> None:
        """Drops a cell that was handed out, and has not begun."""
        self._collected.pop(bound.token, None)
        self.console.discard(bound.token)

    async def lose(self) -> None:
        """Ends, as lost with a server, what was begun and has no record; for when nothing runs."""
        while running := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(running)
        for task in self._tasks:
            with contextlib.suppress(HarnessError):
                task.result()
        self._tasks.clear()
        lost = TimedOut(after_ms=0, detail=SERVER_DIED)
        left = [collected.reopened() for collected in self._collected.values()]
        ends = [StepEnd(bound=b, observation=lost, sentinel=None, is_lost=True) for b in left]
        await self.finish(ends)
        await self.wait_until_judged()

    async def wait_until_judged(self) -> None:
        """Waits until every cell finished by now is judged; raises what went wrong in judging."""
        await wait_for_all(self._tasks)

    def _start_task(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end_task)
        return task

    def _end_task(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)

    async def _collect_step(self, step_end: StepEnd) -> None:
        recorded = await self._recorder.take([step_end.token])
        await self._collect(step_end, recorded.get(step_end.token, ()))

    async def _finish(self, step_ends: Sequence[StepEnd]) -> tuple[JudgingTask, ...]:
        recorded = await self._recorded(step_ends)
        return tuple(
            self._start_task(self._judge_cell(step_end, recorded.get(step_end.token, ())))
            for step_end in step_ends
        )

    async def _recorded(self, step_ends: Sequence[StepEnd]) -> Mapping[str, tuple[Exchange, ...]]:
        try:
            return await self._recorder.take([step_end.token for step_end in step_ends])
        except ServerFailed:
            if not all(step_end.is_lost for step_end in step_ends):
                raise
            return {}

    async def _judge_cell(self, step_end: StepEnd, exchanges: Sequence[Exchange]) -> CellRecord:
        await self._collect(step_end, exchanges)
        return await self._judge_collected(step_end.bound)

    async def _judge_collected(
        self, bound: BoundCell, missing: tuple[MissingValue, ...] = ()
    ) -> CellRecord:
        collected = self._collected.pop(bound.token)
        self.console.discard(bound.token)
        if self.are_servers_lost() and collected.is_doubtful:
            collected.observations[-1] = TimedOut(after_ms=0, detail=SERVER_DIED)
        record = _record(bound, collected, missing)
        if self.output is not None:
            record = await added(record, self.output, self._recorder.start_s)
        if (counting := self._counting(bound, record)) is not None:
            self._emit_advised(counting)
        return record

    def _emit_advised(self, record: CellRecord) -> None:
        advised = self.adviser.advised(record)
        self._emit(CellFinished(record=hidden_record(advised, self.fingerprints, self.known)))

    def _counting(self, bound: BoundCell, record: CellRecord) -> CellRecord | None:
        """The record that counts; None: the cell is to run again, by itself."""
        doubtful = bound.token in self._recorder.doubtful
        self._recorder.doubtful.discard(bound.token)
        isolated = self.isolation.after(bound, record, doubtful=doubtful)
        before = self._running_again.pop(bound.cell.node_id, None)
        if before is not None and before.plain:
            # With the parameter in its URL again it shows nothing of what would be without.
            return self.isolation.settle(before, record) if bound.plain else record
        if isolated is not None:
            self.isolated[bound.cell.engine].append(isolated)
            return None
        return record

    async def _collect(self, step_end: StepEnd, exchanges: Sequence[Exchange]) -> None:
        collected = self._collected[step_end.token]
        step = len(collected.observations)
        self._take_values(step_end, exchanges, collected)
        collected.observations.append(_cut(step_end.observation))
        collected.exchanges += [
            each if each.step == step else dataclasses.replace(each, step=step)
            for each in exchanges
        ]
        others = self.isolation.cookies_of_others(step_end.token, exchanges)
        collected.messages.append(StepMessages(cookies_of_others=others))
        if step_end.sentinel is not None and step_end.may_be_explained:
            collected.messages[step] = StepMessages(
                console=await self.console.collect(
                    step_end.token, step_end.sentinel, _urls_without_token(exchanges)
                ),
                has_console=self.console.is_heard(step_end.bound.cell.engine),
                refusals=await self._refused(step_end.bound, step, exchanges),
                cookies_of_others=others,
            )

    def _take_values(
        self, step_end: StepEnd, exchanges: Sequence[Exchange], collected: CollectedCell
    ) -> None:
        """What later steps need of this one."""
        step = len(collected.observations)
        finished = FinishedStep(
            call=step_end.bound.cell.scenario.steps[step].call,
            observation=step_end.observation,
            exchanges=exchanges,
        )
        for value in step_end.bound.brings(step):
            collected.step_values[value] = brought(value, finished)

    async def _refused(
        self, bound: BoundCell, step: int, exchanges: Sequence[Exchange]
    ) -> tuple[Refusal, ...]:
        """What the gate refused at the address of the last request of a rejected call."""
        if self._refusals is None:
            return ()
        return await self._refusals.of(bound.cell.engine, bound.url(step), tuple(exchanges))


def _urls_without_token(exchanges: Sequence[Exchange]) -> Iterator[str]:
    urls = (exchange.origin + exchange.target for exchange in exchanges)
    return (url for url in urls if not TOKEN_IN_URL.search(url))


async def wait_for_all(tasks: Set[asyncio.Task[Any]]) -> None:
    """Waits until a set that ended tasks leave is empty; raises what went wrong in one.

    `gather` would cancel them all when the waiting is cancelled, and records would be lost.
    """
    while tasks:
        done, _ = await asyncio.wait(tasks)
        for task in done:
            task.result()


def _cut(observation: Observation) -> Observation:
    """The observation without what is too much of its body: of some, values are taken first."""
    if isinstance(observation, Fulfilled) and len(observation.body or "") > BODY_KEPT:
        return dataclasses.replace(observation, body=(observation.body or "")[:BODY_KEPT])
    return observation


def _record(
    bound: BoundCell, collected: CollectedCell, missing: tuple[MissingValue, ...]
) -> CellRecord:
    observations, exchanges = tuple(collected.observations), tuple(collected.exchanges)
    messages = tuple(collected.messages)
    verdict = judge(bound.filled_cell(), observations, exchanges, messages, missing)
    return CellRecord(
        cell=bound.cell,
        page=bound.page,
        isolated=bound.why_isolated,
        placeholders=bound.placeholders(),
        unique=bound.unique,
        step_values=bound.values_in_paths(),
        step_paths=bound.step_paths(),
        exchanges=exchanges,
        observations=observations,
        verdict=verdict,
    )

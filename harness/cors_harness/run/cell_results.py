"""CellCollector: joins what page, wire and engine say about a cell, judges it and passes it on."""

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cors_harness.advice.advise import advise
from cors_harness.judge.console_patterns import CALL_REFUSED
from cors_harness.judge.verdicts import judge
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, Event
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Observation, Rejected, StepMessages
from cors_harness.model.route import Refusal
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.console_log import ConsoleLog
from cors_harness.run.gate_refusals import GateRefusals
from cors_harness.wire.recorder import Recorder

DistributionsByServer = tuple[str, ...]
Seen = tuple[BoundCell, Observation]
Settling = asyncio.Task[CellRecord]
T = TypeVar("T")


@dataclass(slots=True)
class CollectedCell:
    """What is known about a cell so far, step by step."""

    observations: list[Observation] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    messages: list[StepMessages] = field(default_factory=list)


class CellCollector:
    """Finishes cells in any order; every cell exactly once."""

    def __init__(
        self,
        recorder: Recorder,
        emit: Callable[[Event], None],
        refusals: GateRefusals | None = None,
        made_of: Mapping[str, DistributionsByServer] | None = None,
    ) -> None:
        """What a cell is finished with.

        Args:
            recorder: has the exchanges.
            emit: gets the events.
            refusals: what the gate refuses, where there is one.
            made_of: by server, the distributions and programs it is made of; for the advice.
        """
        self._made_of = made_of or {}
        self.board = ConsoleLog()
        self._recorder, self._emit, self._refusals = recorder, emit, refusals
        self._gathered: dict[str, CollectedCell] = {}
        self._settling: set[asyncio.Task[Any]] = set()

    def begin(self, prepared: BoundCell) -> None:
        """The page may run it from now on."""
        self._gathered[prepared.token] = CollectedCell()
        self.board.expect(prepared.token)

    def finish_step(
        self, prepared: BoundCell, observation: Observation, sentinel: str | None
    ) -> asyncio.Task[None]:
        """A step of a sequence is over; the page must not make the next call before this is done.

        The arguments are those of `finish`.
        """
        return self._settle_later(self._take_step(prepared, observation, sentinel))

    async def finish(
        self, seen: Sequence[Seen], sentinel: str | None = None
    ) -> tuple[Settling, ...]:
        """The last step of these cells is over; rejected ones wait for the engine's words.

        Args:
            seen: cells with what the page saw of their last step.
            sentinel: stands on the console behind what the engine says of them.

        Returns:
            For each cell what is done when it is judged.
        """
        # A task from the first moment on: whoever waits until all is settled waits for these too.
        return await asyncio.shield(self._settle_later(self._take(seen, sentinel)))

    async def _take_step(
        self, prepared: BoundCell, observation: Observation, sentinel: str | None
    ) -> None:
        taken = await self._recorder.take([prepared.token])
        await self._gather(prepared, observation, taken.get(prepared.token, ()), sentinel)

    async def _take(self, seen: Sequence[Seen], sentinel: str | None) -> tuple[Settling, ...]:
        taken = await self._recorder.take([prepared.token for prepared, _ in seen])
        return tuple(
            self._settle_later(
                self._complete(prepared, observation, taken.get(prepared.token, ()), sentinel)
            )
            for prepared, observation in seen
        )

    async def forget(self, prepared: BoundCell) -> tuple[Exchange, ...]:
        """It will not be finished; what was on the wire of it, which no verdict is about."""
        taken = await self._recorder.take([prepared.token])
        self.board.forget(prepared.token)
        earlier = self._gathered.pop(prepared.token).exchanges
        return (*earlier, *taken.get(prepared.token, ()))

    async def on_wire(self, prepared: Iterable[BoundCell]) -> frozenset[str]:
        """Tokens of cells that have requests on the wire, or finished steps."""
        tokens = [each.token for each in prepared]
        started = {token for token in tokens if self._gathered[token].observations}
        return await self._recorder.seen(tokens) | started

    async def settle(self) -> None:
        """Waits until every cell finished by now is judged; raises what went wrong in judging."""
        await settled(self._settling)

    def _settle_later(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._settling.add(task)
        task.add_done_callback(self._settled)
        return task

    def _settled(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled() or task.exception() is None:
            self._settling.discard(task)

    async def _complete(
        self,
        prepared: BoundCell,
        observation: Observation,
        exchanges: Sequence[Exchange],
        sentinel: str | None,
    ) -> CellRecord:
        await self._gather(prepared, observation, exchanges, sentinel)
        gathered = self._gathered.pop(prepared.token)
        self.board.forget(prepared.token)
        record = _record(prepared, gathered)
        made_of = self._made_of.get(record.cell.server, ())
        record = dataclasses.replace(record, advice=advise(record, made_of))
        self._emit(CellFinished(record=record))
        return record

    async def _gather(
        self,
        prepared: BoundCell,
        observation: Observation,
        exchanges: Sequence[Exchange],
        sentinel: str | None,
    ) -> None:
        gathered = self._gathered[prepared.token]
        step = len(gathered.observations)
        gathered.observations.append(observation)
        gathered.exchanges += [dataclasses.replace(each, step=step) for each in exchanges]
        gathered.messages.append(StepMessages())
        if sentinel is not None and _is_talked_about(observation):
            gathered.messages[step] = StepMessages(
                console=await self.board.take(prepared.token, sentinel),
                refusals=await self._refused(prepared, step, exchanges),
            )

    async def _refused(
        self, prepared: BoundCell, step: int, exchanges: Sequence[Exchange]
    ) -> tuple[Refusal, ...]:
        """What the gate refused at the address that a rejected call wanted."""
        if self._refusals is None:
            return ()
        return await self._refusals.of(prepared.cell.engine, prepared.url(step), tuple(exchanges))


async def settled(tasks: Set[asyncio.Task[Any]]) -> None:
    """Waits until a set that ended tasks leave is empty; raises what went wrong in one.

    `gather` would cancel them all when the waiting is cancelled, and records would be lost.
    """
    while tasks:
        done, _ = await asyncio.wait(tasks)
        for task in done:
            task.result()


def _is_talked_about(observation: Observation) -> bool:
    """Whether an engine may have words about it; arguments that fetch() refuses are no request."""
    return isinstance(observation, Rejected) and not CALL_REFUSED.search(observation.error_message)


def _record(prepared: BoundCell, gathered: CollectedCell) -> CellRecord:
    observations, exchanges = tuple(gathered.observations), tuple(gathered.exchanges)
    verdict = judge(prepared.filled_cell(), observations, exchanges, tuple(gathered.messages))
    return CellRecord(
        cell=prepared.cell,
        page=prepared.page,
        placeholders=prepared.placeholders(),
        exchanges=exchanges,
        observations=observations,
        verdict=verdict,
    )

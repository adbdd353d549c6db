"""StandingRun: engines that stay up, for one plan after the other."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from cors_harness.errors import EngineFailed, EngineMissing, HarnessError
from cors_harness.model.cell import Cell
from cors_harness.model.events import EngineVersion, Event, RunFinished
from cors_harness.planning.plan import Plan
from cors_harness.run.cell_results import EmitEvent
from cors_harness.run.engine_life import EngineColumn
from cors_harness.run.environment import RunEnvironment
from cors_harness.run.loop_thread import root_cause
from cors_harness.run.plan_run import PlanRun
from cors_harness.run.settings import RunSettings
from cors_harness.run.waiting import ignore_event, telling_of_waiting

ANSWER_S = 5.0


class StandingRun:
    """Engines, page server and recorder, all of them up from `run` to `cancel`.

    The servers under test are started afresh for each plan, so that every run begins where one by
    itself would. Made anywhere; everything else happens in the thread of one event loop.

    Attributes:
        is_sound: whether another plan can run here.
    """

    def __init__(self, first: Plan, settings: RunSettings) -> None:
        """`first`: the plan that runs first; its engines are those that stay up."""
        self._first, self._settings = first, settings
        self._environment = RunEnvironment[None](settings)
        self._names = {cell.engine for cell in first.cells}
        self._is_public = _has_public_page(first.cells)
        self._versions: tuple[EngineVersion, ...] = ()
        self._columns: Mapping[str, EngineColumn] = {}
        self._failure: BaseException | None = None
        self._started = asyncio.Event()  # or failed to start
        self._turn = asyncio.Lock()
        self._is_fresh = True  # whether the servers are those that have started with the engines
        self._emit: EmitEvent = ignore_event
        self.is_sound = True

    def fits(self, plan: Plan) -> bool:
        """Whether the engines are those that a plan needs, and started as it needs them."""
        is_public = self._is_public or not _has_public_page(plan.cells)
        return is_public and self._names.issuperset(cell.engine for cell in plan.cells)

    async def run(self) -> None:
        """Starts engines and servers, and keeps them up until `cancel`; raises nothing."""
        await self._environment.run(self._stay_up)

    def cancel(self) -> None:
        """Ends it, whatever it is doing."""
        self._environment.cancel()

    async def run_plan(self, plan: Plan, emit: EmitEvent) -> None:
        """Runs a plan that fits; `emit` gets its events. Calls take turns; one may be cancelled.

        Raises:
            HarnessError: an engine or a server does not start, or has died. What was emitted before
                stands, and where `is_sound` holds the engines are still up.
        """
        async with self._turn:
            self._emit = emit
            try:
                async with self._telling():
                    await self._started.wait()
                await self._run_plan(plan)
            except Exception as raised:  # noqa: BLE001 - raised on, as what it comes down to
                error = root_cause(raised)
                self.is_sound = await self._is_sound_after(error)
                raise error from None
            finally:
                self._emit = ignore_event

    async def _stay_up(self, stack: AsyncExitStack) -> None:
        environment, cells = self._environment, self._first.cells
        try:
            names = sorted(self._names)
            self._versions = await environment.start(names, cells, stack, real_origins=True)
            self._columns = environment.columns(self._pass_on)
        except Exception as error:  # noqa: BLE001 - raised to whoever runs a plan
            self._failure = error
        self._started.set()
        await asyncio.Event().wait()

    async def _run_plan(self, plan: Plan) -> None:
        if self._failure is not None:
            raise self._failure
        began, servers = time.monotonic(), self._environment.servers
        if not self._is_fresh:
            async with self._telling():
                await servers.renew(plan.cells)
        self._is_fresh = False
        plan_run = PlanRun(plan, self._settings, self._environment, self._columns, self._pass_on)
        plan_run.start(self._versions)
        ready = time.monotonic()
        await plan_run.run()
        ended = time.monotonic()
        written = servers.under_test.output.kept()
        if written.lines or written.trouble:
            self._emit(written)
        self._emit(
            RunFinished(cells=len(plan_run.cells), cells_s=ended - ready, total_s=ended - began)
        )

    def _telling(self) -> AbstractAsyncContextManager[None]:
        names = sorted(self._names)
        return telling_of_waiting(lambda: self._environment.waiting_for(names), self._pass_on)

    async def _is_sound_after(self, error: BaseException) -> bool:
        """Whether only servers under test are at fault, which the next plan has afresh."""
        if self._failure or isinstance(error, EngineFailed | EngineMissing):
            return False
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._environment.servers.recorder.tokens_seen(())
        except (HarnessError, TimeoutError):
            return False
        return isinstance(error, HarnessError)

    def _pass_on(self, event: Event) -> None:
        self._emit(event)


def _has_public_page(cells: Iterable[Cell]) -> bool:
    return any(cell.scenario.page.public for cell in cells)

"""BatchRun: one run of a plan, from the start of engines and servers to their end, as events."""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cors_harness.model.events import RunFinished
from cors_harness.planning.plan import Plan
from cors_harness.run.cell_results import EmitEvent
from cors_harness.run.environment import RunEnvironment
from cors_harness.run.plan_run import PlanRun
from cors_harness.run.settings import RunSettings
from cors_harness.run.waiting import telling_of_waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Times:
    """When the parts of a run began and ended, in monotonic seconds; and how many cells ran."""

    began: float
    ready: float
    ended: float
    cells: int


class BatchRun:
    """One run of a plan."""

    def __init__(self, plan: Plan, settings: RunSettings, emit: EmitEvent) -> None:
        self._plan, self._settings, self._emit = plan, settings, emit
        self._environment = RunEnvironment[_Times](settings)

    async def run(self) -> None:
        """Runs the plan, emitting events; raises HarnessError, CancelledError after `cancel`."""
        times = await self._environment.run(self._run)
        written = self._environment.servers.under_test.output.kept()
        if written.lines or written.trouble:
            self._emit(written)
        self._emit(
            RunFinished(
                cells=times.cells,
                cells_s=times.ended - times.ready,
                total_s=time.monotonic() - times.began,
            )
        )

    def cancel(self) -> None:
        """Ends the run early."""
        self._environment.cancel()

    async def _run(self, stack: AsyncExitStack) -> _Times:
        began = time.monotonic()
        names = sorted({cell.engine for cell in self._plan.cells})
        async with telling_of_waiting(lambda: self._environment.waiting_for(names), self._emit):
            engines = await self._environment.start(names, self._plan.cells, stack)
        columns = self._environment.columns(self._emit)
        plan_run = PlanRun(self._plan, self._settings, self._environment, columns, self._emit)
        plan_run.start(engines)
        ready = time.monotonic()
        await plan_run.run()
        ended = time.monotonic()
        return _Times(began=began, ready=ready, ended=ended, cells=len(plan_run.cells))

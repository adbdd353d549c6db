"""run: a plan as a stream of events; run_cells: cells on servers and an engine that run already."""

from collections.abc import Generator, Sequence
from queue import SimpleQueue

from cors_harness.engines.base import Engine
from cors_harness.model.cell import Cell
from cors_harness.model.events import Event
from cors_harness.planning.plan import Plan
from cors_harness.run.batch_run import BatchRun
from cors_harness.run.cell_results import CellCollector, EmitEvent
from cors_harness.run.engine_life import EngineColumn
from cors_harness.run.engine_run import EngineRun
from cors_harness.run.loop_thread import LoopThread, run_in_thread
from cors_harness.run.on_demand import OnDemandRun
from cors_harness.run.run_servers import RunServers
from cors_harness.run.settings import RunSettings
from cors_harness.run.successive_runs import SuccessiveRuns

__all__ = [
    "LoopThread",
    "OnDemandRun",
    "RunServers",
    "SuccessiveRuns",
    "run",
    "run_cells",
    "run_in_thread",
]

Item = Event | BaseException | None  # None: the run is over


def run(plan: Plan, settings: RunSettings, watch: EmitEvent | None = None) -> Generator[Event]:
    """Yields every event of the run, in the order in which things happen.

    Browsers and servers live in a thread of their own. Closing the iterator early (or an exception
    in the consumer) ends the run: everything that was started has ended before `close` returns.

    Args:
        plan: the cells.
        settings: how they run.
        watch: called with every event in that thread, in the moment in which it happens.

    Raises:
        HarnessError: an engine or a server failed; what was yielded before stands.
    """
    queue: SimpleQueue[Item] = SimpleQueue()

    def emit(event: Event) -> None:
        if watch is not None:
            watch(event)
        queue.put(event)

    batch_run = BatchRun(plan, settings, emit)

    def end(error: BaseException | None) -> None:
        if error is not None:
            queue.put(error)
        queue.put(None)

    thread = LoopThread(batch_run.run, batch_run.cancel, end)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        thread.end()


async def run_cells(
    name: str, engine: Engine, servers: RunServers, cells: Sequence[Cell], emit: EmitEvent
) -> None:
    """Runs cells of the engine `name` in batches, to measure that; `emit` gets every event.

    `engine` and `servers` run already, started for these cells, and go on running.
    """
    collector = CellCollector(servers.recorder, emit)
    column = EngineColumn(name, [engine], servers, emit)
    await EngineRun(column, servers, collector, RunSettings()).run(cells)

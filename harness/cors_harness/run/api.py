"""run: a plan as a stream of events; the browsers live in a thread of their own meanwhile."""

from collections.abc import Generator
from queue import SimpleQueue

from cors_harness.model.events import Event
from cors_harness.planning.plan import Plan
from cors_harness.run.batch_run import BatchRun
from cors_harness.run.loop_thread import LoopThread
from cors_harness.run.settings import RunSettings

Item = Event | BaseException | None  # None: the run is over


def run(plan: Plan, settings: RunSettings) -> Generator[Event]:
    """Yields every event of the run, in the order in which things happen.

    Closing the iterator early (or an exception in the consumer) ends the run: everything that was
    started is ended before `close` returns.

    Raises:
        HarnessError: an engine or a server failed; what was yielded before stands.
    """
    queue: SimpleQueue[Item] = SimpleQueue()
    matrix = BatchRun(plan, settings, queue.put)

    def ended(error: BaseException | None) -> None:
        if error is not None:
            queue.put(error)
        queue.put(None)

    background = LoopThread(matrix.run, matrix.cancel, ended)
    background.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        background.end()

"""SuccessiveRuns: runs of one plan after the other, in browsers that stay up meanwhile."""

from collections.abc import Generator
from concurrent.futures import Future
from queue import SimpleQueue

from cors_harness.model.events import Event
from cors_harness.planning.plan import Plan
from cors_harness.run.loop_thread import LoopThread
from cors_harness.run.settings import RunSettings
from cors_harness.run.standing_run import StandingRun


class SuccessiveRuns:
    """Browsers that start with the first plan and stay up until `close`.

    For one thread at a time. Browsers that are lost for good, or that a plan needs otherwise, are
    started anew with the next plan; nothing has to be done about it.
    """

    def __init__(self, settings: RunSettings) -> None:
        """Starts nothing; `settings`: of all runs."""
        self._settings = settings
        self._standing: StandingRun | None = None
        self._thread: LoopThread | None = None
        self._running: Future[None] | None = None

    def run(self, plan: Plan) -> Generator[Event]:
        """Yields every event of a run, as `run.api.run`, in the order in which things happen.

        The servers under test are started afresh, with whatever files they are made of by now.
        Closing the iterator early ends the run, and not the browsers.

        Raises:
            HarnessError: an engine or a server failed; what was yielded before stands, and the next
                plan may run.
        """
        standing, thread = self._up_for(plan)
        queue: SimpleQueue[Event | None] = SimpleQueue()
        running = thread.submit(standing.run_plan(plan, queue.put))
        self._running = running
        running.add_done_callback(lambda _: queue.put(None))
        try:
            while (event := queue.get()) is not None:
                yield event
            if not running.cancelled():  # by `interrupt`
                running.result()
        finally:
            running.cancel()  # what has ended cannot be cancelled
            if not standing.is_sound:
                self.close()

    def interrupt(self) -> None:
        """Ends the run that goes on, if any, so that its iterator ends; for any thread."""
        if (running := self._running) is not None:
            running.cancel()

    def close(self) -> None:
        """Ends the browsers, and all that was started; idempotent."""
        thread, self._thread, self._standing = self._thread, None, None
        if thread is not None:
            thread.end()

    def _up_for(self, plan: Plan) -> tuple[StandingRun, LoopThread]:
        if self._standing is not None and not self._standing.fits(plan):
            self.close()
        if self._standing is None or self._thread is None:
            self._standing = StandingRun(plan, self._settings)
            self._thread = LoopThread(
                self._standing.run, self._standing.cancel, lambda _error: None
            )
            self._thread.start()
        return self._standing, self._thread

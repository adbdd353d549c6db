"""LoopThread: a thread with an event loop, in which one coroutine runs until it is cancelled."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from cors_harness.errors import HarnessError

T = TypeVar("T")


class LoopThread:
    """A thread for the browsers, so that the caller may have an event loop of its own, or none."""

    def __init__(
        self,
        main: Callable[[], Coroutine[Any, Any, None]],
        cancel: Callable[[], None],
        ended: Callable[[BaseException | None], None],
    ) -> None:
        """Takes what is to run; `start` starts it.

        Args:
            main: the coroutine function that runs in the thread.
            cancel: makes `main` end early; called in the thread.
            ended: called in the thread when `main` is over, with the root cause of what it raised;
                None: it returned or was cancelled.
        """
        self._main, self._cancel, self._ended = main, cancel, ended
        self._thread = threading.Thread(target=self._work, name="cors-harness run", daemon=True)
        self._loop = asyncio.new_event_loop()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Runs `work` beside `main`; what it will return."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` returns, run beside `main`; raises its root cause. Ctrl-C cancels it."""
        future = self.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise
        except BaseExceptionGroup as error:  # of tasks that `work` ran side by side
            raise root_cause(error) from None

    def end(self) -> None:
        """Cancels what still runs and waits until it has ended, even if Ctrl-C comes meanwhile."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs
            self._loop.call_soon_threadsafe(self._cancel)
        _join(self._thread)

    def _work(self) -> None:
        error: BaseException | None = None
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._main())
            except asyncio.CancelledError:
                pass
            except BaseException as raised:  # noqa: BLE001 - passed on to the caller
                error = root_cause(raised)
            finally:
                self._ended(error)


def run_in_thread(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns or raises; it runs in a thread of its own.

    Ctrl-C cancels it and is raised once it has ended. In a loop of the main thread Ctrl-C would
    interrupt whatever that loop was just doing, and cleaning up could wait for ever.
    """
    stopped, outcome = asyncio.Event(), Future[asyncio.Future[T]]()

    async def main() -> None:
        working, stopping = asyncio.ensure_future(work), asyncio.create_task(stopped.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working, stopping})
        outcome.set_result(working)

    thread = LoopThread(main, stopped.set, lambda _error: None)
    thread.start()
    try:
        return outcome.result().result()
    finally:
        thread.end()


def _join(thread: threading.Thread) -> None:
    """Waits for the thread's end; a Ctrl-C that comes meanwhile is raised after that."""
    pending: KeyboardInterrupt | None = None
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt as interrupt:
            pending = interrupt
    if pending is not None:
        raise pending


def root_cause(error: BaseException) -> BaseException:
    """The first HarnessError in a group of errors; else its only error, or the group itself."""
    leaves = list(_leaves(error))
    expected = [leaf for leaf in leaves if isinstance(leaf, HarnessError)]
    return expected[0] if expected else (leaves[0] if len(leaves) == 1 else error)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error

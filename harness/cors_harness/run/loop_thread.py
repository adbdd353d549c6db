"""Background: a thread with an event loop, in which one coroutine lives until it is cancelled."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

from cors_harness.errors import HarnessError

T = TypeVar("T")


class LoopThread:
    """The thread; browsers live in it, so that whoever waits for them may have a loop, or none."""

    def __init__(
        self,
        main: Callable[[], Coroutine[Any, Any, None]],
        cancel: Callable[[], None],
        ended: Callable[[BaseException | None], None],
    ) -> None:
        """Prepares all, starts nothing.

        Args:
            main: what runs in it.
            cancel: makes `main` come to its end; called in the thread.
            ended: told in the thread that `main` is over, and what it has raised; of things that
                fell together the most telling one, nothing where it was cancelled.
        """
        self._main, self._cancel, self._ended = main, cancel, ended
        self._thread = threading.Thread(target=self._work, name="cors-harness run", daemon=True)
        self._loop = asyncio.new_event_loop()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work`, run beside `main`, returns or raises; Ctrl-C cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            future.cancel()
            raise

    def end(self) -> None:
        """Cancels what still runs and waits until all of it has ended, Ctrl-C or not."""
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
            except BaseException as raised:  # noqa: BLE001 - told to whoever waits
                error = root_cause(raised)
            finally:
                self._ended(error)


def run_in_thread(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns or raises, in a thread of its own meanwhile.

    Ctrl-C cancels it and comes through when it has ended. In the main thread's own loop it would
    come in the middle of whatever that was doing, and what waits for the rest of it waits for ever.
    """
    over, worked = asyncio.Event(), Future[asyncio.Future[T]]()

    async def main() -> None:
        working, stopping = asyncio.ensure_future(work), asyncio.create_task(over.wait())
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working, stopping})
        worked.set_result(working)

    background = LoopThread(main, over.set, lambda _error: None)
    background.start()
    try:
        return worked.result().result()
    finally:
        background.end()


def _join(thread: threading.Thread) -> None:
    """Waits for the thread's end; an impatient Ctrl-C counts, but only after that."""
    again: KeyboardInterrupt | None = None
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt as interrupt:
            again = interrupt
    if again is not None:
        raise again


def root_cause(error: BaseException) -> BaseException:
    """The harness' own error out of a group of things that fell together, else what fell."""
    leaves = list(_leaves(error))
    told = [leaf for leaf in leaves if isinstance(leaf, HarnessError)]
    return told[0] if told else (leaves[0] if len(leaves) == 1 else error)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error

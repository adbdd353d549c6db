"""run: a plan as a stream of events; the browsers live in a thread of their own meanwhile."""

import asyncio
import contextlib
import threading
from collections.abc import Generator, Iterator
from queue import SimpleQueue

from cors_harness.errors import HarnessError
from cors_harness.model.events import Event
from cors_harness.plan import Plan
from cors_harness.run.matrix import Matrix
from cors_harness.run.settings import RunSettings

Item = Event | BaseException | None  # None: the run is over


def run(plan: Plan, settings: RunSettings) -> Generator[Event]:
    """Yields every event of the run, in the order in which things happen.

    Closing the iterator early (or an exception in the consumer) ends the run: everything that was
    started is ended before `close` returns.

    Raises:
        HarnessError: an engine or a server failed; what was yielded before stands.
    """
    background = _Background(plan, settings)
    background.start()
    try:
        yield from background.events()
    finally:
        background.end()


class _Background:
    """The thread in which the event loop of a run lives."""

    def __init__(self, plan: Plan, settings: RunSettings) -> None:
        self._queue: SimpleQueue[Item] = SimpleQueue()
        self._matrix = Matrix(plan, settings, self._queue.put)
        self._thread = threading.Thread(target=self._work, name="cors-harness run", daemon=True)
        self._loop = asyncio.new_event_loop()

    def start(self) -> None:
        self._thread.start()

    def events(self) -> Iterator[Event]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def end(self) -> None:
        """Cancels what still runs and waits until all of it has ended, Ctrl-C or not."""
        with contextlib.suppress(RuntimeError):  # the loop is closed: nothing runs
            self._loop.call_soon_threadsafe(self._matrix.cancel)
        _join(self._thread)

    def _work(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            try:
                runner.run(self._matrix.run())
            except asyncio.CancelledError:
                pass
            except BaseExceptionGroup as group:
                self._queue.put(_most_telling(group))
            except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
                self._queue.put(error)
            finally:
                self._queue.put(None)


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


def _most_telling(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The harness' own error out of a group of things that fell together, else the group."""
    leaves = list(_leaves(group))
    told = [leaf for leaf in leaves if isinstance(leaf, HarnessError)]
    return told[0] if told else (leaves[0] if len(leaves) == 1 else group)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error

"""running_loop(): an event loop that runs in a thread between the calls of synchronous tests."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@contextlib.contextmanager
def running_loop() -> Iterator[Run]:
    """Runs coroutines, and goes on between them: else nobody reads what servers print."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

"""run_fast(): runs a coroutine in the fastest event loop that this platform has.

A module of its own, so that only what serves loads uvloop, and no command that lists or compares.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from functools import cache

_new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None = None  # asyncio's own
with contextlib.suppress(ImportError):  # there is none for Windows
    from uvloop import new_event_loop as _new_event_loop


@cache
def runner_of_this_process() -> asyncio.Runner:
    """What `run_fast` runs in; its event loop is the current one from now on.

    For what is made before there is anything to serve, such as an app whose factory is async:
    what that keeps of its loop is of the loop that serves it.
    """
    runner = asyncio.Runner(loop_factory=_new_event_loop)
    asyncio.set_event_loop(runner.get_loop())
    return runner


def run_fast(main: Coroutine[object, object, None]) -> None:
    """Runs `main` to its end, in uvloop where that is installed."""
    try:
        with runner_of_this_process() as runner:
            runner.run(main)
    finally:
        runner_of_this_process.cache_clear()

"""run_fast(): runs a coroutine in the fastest event loop that this platform has.

A module of its own, so that only what serves loads uvloop, and no command that lists or compares.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

_new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None = None  # asyncio's own
with contextlib.suppress(ImportError):  # there is none for Windows
    from uvloop import new_event_loop as _new_event_loop


def run_fast(main: Coroutine[object, object, None]) -> None:
    """Runs `main` to its end, in uvloop where that is installed."""
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        runner.run(main)

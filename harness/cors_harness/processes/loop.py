"""The fastest event loop that this platform has."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

_new_event_loop: Callable[[], asyncio.AbstractEventLoop] | None = None  # asyncio's own
with contextlib.suppress(ImportError):  # there is none for Windows
    from uvloop import new_event_loop as _new_event_loop


def run_fast(main: Coroutine[object, object, None]) -> None:
    """Runs `main` to its end."""
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        runner.run(main)

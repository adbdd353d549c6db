"""Engine: anything that opens a URL and can be heard; the seam behind which browsers differ."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from cors_harness.model.events import EngineVersion

Heard = Callable[[str], None]  # takes the engine's own words, one message at a time


class Tab(Protocol):
    """One opened page in a context of its own: no cookies, no caches from before.

    Attributes:
        lost: done, with a sentence, as soon as the page is known to be gone.
    """

    lost: asyncio.Future[str]

    async def close(self) -> None:
        """Closes the page and its context; idempotent, never raises for a dead engine."""


class Engine(Protocol):
    """A browser."""

    async def start(self) -> EngineVersion:
        """Starts it; raises EngineFailed when it does not come up."""

    async def open(self, url: str, heard: Heard) -> Tab:
        """Opens `url` in a fresh context; raises EngineFailed."""

    async def stop(self) -> None:
        """Ends it and only it; idempotent, never raises for a dead engine."""


def report_loss(lost: asyncio.Future[str], why: str) -> None:
    """Marks a tab as lost unless it already is (or its waiter went away)."""
    if not lost.done():
        lost.set_result(why)

"""telling_of_waiting(): a start that takes long says what it waits for, again and again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from cors_harness.model.events import Event, StillStarting
from cors_harness.run.cell_results import EmitEvent

TELL_S = 10  # a start that takes longer is told of


def ignore_event(_event: Event) -> None:
    """Takes an event that nobody wants."""


@asynccontextmanager
async def telling_of_waiting(
    waiting_for: Callable[[], tuple[str, ...]], emit: EmitEvent
) -> AsyncIterator[None]:
    """Emits StillStarting every TELL_S seconds of its block, with the names of `waiting_for`."""
    telling = asyncio.create_task(_tell(waiting_for, emit))
    try:
        yield
    finally:
        telling.cancel()


async def _tell(waiting_for: Callable[[], tuple[str, ...]], emit: EmitEvent) -> None:
    began = time.monotonic()
    while True:
        await asyncio.sleep(TELL_S)
        emit(StillStarting(waited_s=time.monotonic() - began, names=waiting_for()))

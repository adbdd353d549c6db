"""The hosts of reference servers: what hundreds of apps in one process may cost."""

import asyncio
import os
from typing import Any

import pytest

from cors_harness.serving.reference import asgi, wsgi
from cors_harness.serving.sockets import bind_loopback


class _Watched:
    """What waitress watches: notes that there was something for it."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        self.heard = 0

    def handle_read_event(self) -> None:
        self.heard += len(os.read(self.read, 10))


def test_wsgi_host_looks_at_one_thing_for_all_of_its_apps() -> None:
    quiet, loud = _Watched(), _Watched()
    watched: dict[int, Any] = {quiet.read: quiet, loud.read: loud}

    wsgi._watch_as_one(watched)
    (only,) = watched.values()
    os.write(loud.write, b"x")
    only.handle_read_event()

    assert (loud.heard, quiet.heard) == (1, 0)
    assert (only.readable(), only.writable()) == (True, False)


def test_asgi_server_ends_when_it_is_told_to_and_not_by_its_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asgi, "TICK_S", 3600)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        """Has no lifespan, and is never called."""
        raise NotImplementedError

    async def serve_and_end() -> None:
        server = asgi._Server(app, [bind_loopback()], frozenset())
        running = asyncio.create_task(server.run_to_end())
        await server.up.wait()
        await asyncio.sleep(0)  # its loop begins
        server.end()
        async with asyncio.timeout(30):
            await running

    asyncio.run(serve_and_end())

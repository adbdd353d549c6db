"""The hosts of reference servers: what hundreds of apps in one process may cost."""

import asyncio
import http.client
import os
from pathlib import Path
from typing import Any

import pytest

from cors_harness.serving.reference import asgi, wsgi
from cors_harness.serving.reference.servers import ReferenceServers
from cors_harness.serving.sockets import bind_loopback

# Apps that answer HEAD as they answer GET, in the ways that WSGI knows: a list, a generator that
# says what it answers only when it is read, and a file.
ANSWERS_HEAD = """
import io

def app(environ, start):
    headers = [("Content-Type", "text/plain")]
    match environ["PATH_INFO"]:
        case "/list":
            start("200 OK", headers)
            return [b"spoils"]
        case "/told":
            start("200 OK", [*headers, ("Content-Length", "6")])
            return [b"spo", b"ils"]
        case "/late":
            return late(start, [*headers, ("Content-Length", "6")])
        case "/file":
            start("200 OK", [*headers, ("Content-Length", "6")])
            wrap = environ.get("wsgi.file_wrapper", lambda file: iter(file.read, b""))
            return wrap(io.BytesIO(b"spoils"))

def late(start, headers):
    start("200 OK", headers)
    yield b"spoils"
"""


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


@pytest.mark.programs
@pytest.mark.parametrize("path", ["/list", "/told", "/late", "/file"])
def test_body_of_an_answer_to_head_does_not_come_before_the_next_answer(
    path: str, tmp_path: Path
) -> None:
    (tmp_path / "headed.py").write_text(ANSWERS_HEAD)
    head, get = asyncio.run(_on_one_connection(tmp_path, path))
    assert head == (200, "6", b"")
    assert get == (200, "6", b"spoils")


async def _on_one_connection(folder: Path, path: str) -> list[tuple[int, str | None, bytes]]:
    servers = ReferenceServers()
    try:
        served = await servers.start_app("headed:app", folder)
        return await asyncio.to_thread(_head_and_get, served.ports["http"], path)
    finally:
        await servers.stop()


def _head_and_get(port: int, path: str) -> list[tuple[int, str | None, bytes]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    answers = []
    for method in ("HEAD", "GET"):
        connection.request(method, path)
        response = connection.getresponse()
        answers.append((response.status, response.getheader("Content-Length"), response.read()))
    connection.close()
    return answers

"""Apps of aiohttp and Tornado on the framework's own server, and Sanic's, which is ASGI.

Two of their modules would start a server, on a port that is not free, if that were not left out.
"""

import asyncio
import json
from pathlib import Path

import pytest

from cors_harness.errors import ServerFailed
from cors_harness.serving.reference.servers import ReferenceServers

pytestmark = pytest.mark.programs

AIOHTTP = """
import asyncio
from aiohttp import web

async def create_app():
    app, made_in = web.Application(), asyncio.get_running_loop()

    async def seen(request):
        same_loop = asyncio.get_running_loop() is made_in
        return web.json_response([request.scheme, str(request.url), same_loop])

    app.router.add_get("/{tail:.*}", seen)
    return app

async def create_broken():
    return open_database()

def open_database():
    raise RuntimeError("no database")

web.run_app(create_app(), port=1)
"""
TORNADO = """
import asyncio, json
import tornado.ioloop, tornado.web

made_in = tornado.ioloop.IOLoop.current()

class Seen(tornado.web.RequestHandler):
    def get(self):
        request = self.request
        same_loop = tornado.ioloop.IOLoop.current() is made_in
        self.write(json.dumps([request.protocol, request.full_url(), same_loop]))

app = tornado.web.Application([(".*", Seen)])
app.listen(1)
tornado.ioloop.IOLoop.current().start()
"""
SANIC = """
import asyncio
from sanic import Sanic, json

app = Sanic("seen")

@app.before_server_start
async def start(app):
    app.ctx.started_in = asyncio.get_running_loop()

@app.get("/<path:path>")
async def seen(request, path):
    same_loop = asyncio.get_running_loop() is request.app.ctx.started_in
    return json([request.scheme, request.url, same_loop])
"""
FILES = {"in_aiohttp": AIOHTTP, "in_tornado": TORNADO, "in_sanic": SANIC}


@pytest.mark.parametrize(
    ("spec", "interface", "made_of", "schemes"),
    [
        ("in_aiohttp:create_app()", "aiohttp", "aiohttp", ("http", "https")),
        ("in_tornado:app", "tornado", "tornado", ("http", "https")),
        ("in_sanic:app", "asgi", "sanic", ("http",)),  # it does not look at the scheme of ASGI
    ],
)
def test_app_is_served_as_its_framework_serves_it(
    folder: Path, spec: str, interface: str, made_of: str, schemes: tuple[str, ...]
) -> None:
    async def main() -> None:
        servers = ReferenceServers()
        try:
            app = await servers.start_app(spec, folder)
            for scheme in schemes:
                url = f"{scheme}://shop.test/a%20b?c=d"
                assert app.interface == interface
                assert made_of in dict(app.versions)
                assert await seen_by(app.ports[scheme]) == [scheme, url, True]
        finally:
            await servers.stop()

    asyncio.run(main())


def test_factory_that_raises_while_it_is_awaited_shows_its_own_traceback(folder: Path) -> None:
    async def main() -> None:
        await ReferenceServers().start_app("in_aiohttp:create_broken()", folder)

    with pytest.raises(ServerFailed) as caught:
        asyncio.run(main())
    message = str(caught.value)
    assert "calling create_broken raised RuntimeError" in message
    assert "in open_database" in message
    assert "asyncio" not in message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


async def seen_by(port: int) -> list[object]:
    """What the app says of a request, twice on one connection: it must stay open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = ("GET /a%20b?c=d HTTP/1.1", "Host: shop.test", "", "")
    answers = []
    for _ in range(2):
        writer.write("\r\n".join(lines).encode())
        async with asyncio.timeout(30):
            head = await reader.readuntil(b"\r\n\r\n")
            answers.append(json.loads(await _body(head.lower(), reader)))
    writer.close()
    assert answers[0] == answers[1]
    return list(answers[0])


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    if b"content-length: " in head:
        return await reader.readexactly(int(head.partition(b"content-length: ")[2].split()[0]))
    size = int(await reader.readline(), 16)
    body = await reader.readexactly(size)
    await reader.readuntil(b"\r\n0\r\n\r\n")
    return body

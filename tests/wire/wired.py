"""A recorder in front of a server that a test writes by hand, on real sockets."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

from cors_harness.wire.recorder import Recorder

DEADLINE_S = 20
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Serve = Callable[[Reader, Writer], Awaitable[None]]


class Wired:
    """What a test needs at hand.

    Attributes:
        port: the recorder's front port.
    """

    def __init__(self, recorder: Recorder, port: int) -> None:
        self.recorder, self.port = recorder, port

    @contextlib.asynccontextmanager
    async def connection(self, port: int | None = None) -> AsyncIterator[tuple[Reader, Writer]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.port)
        try:
            yield reader, writer
        finally:
            await closed(writer)

    async def exchange(self, request: bytes, answer: bytes = OK) -> None:
        """Send `request` on a connection of its own, and read as many bytes as `answer` has."""
        async with self.connection() as (reader, writer):
            writer.write(request)
            assert await reader.readexactly(len(answer)) == answer


async def closed(writer: Writer) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def get(token: str, headers: bytes = b"") -> bytes:
    return b"GET /a?cell=%s HTTP/1.1\r\nHost: a:1\r\n%s\r\n" % (token.encode(), headers)


async def heads(reader: Reader) -> AsyncIterator[bytes]:
    """Every head that comes, until the other side ends."""
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            yield await reader.readuntil(b"\r\n\r\n")


def always(answer: bytes) -> Serve:
    """A server that sends `answer` to every head, and closes after the client."""

    async def serve(reader: Reader, writer: Writer) -> None:
        async for _ in heads(reader):
            writer.write(answer)

    return serve


def once(answer: bytes) -> Serve:
    """A server that sends `answer` to the first head and closes."""

    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)

    return serve


@contextlib.asynccontextmanager
async def serving(serve: Serve) -> AsyncIterator[int]:
    """The port of a server; every connection is closed when `serve` returns."""

    async def accept(reader: Reader, writer: Writer) -> None:
        try:
            await serve(reader, writer)
        finally:
            await closed(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@contextlib.asynccontextmanager
async def wired(serve: Serve) -> AsyncIterator[Wired]:
    recorder = Recorder()
    await recorder.start()
    try:
        async with serving(serve) as backend_port:
            yield Wired(recorder, await recorder.listen(backend_port, "server"))
    finally:
        await recorder.stop()


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run an async test with a deadline."""

    async def bounded() -> None:
        async with asyncio.timeout(DEADLINE_S):
            await test

    asyncio.run(bounded())

"""A recorder in front of a server that a test writes by hand, on real sockets."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any

from cors_harness.model.route import Address
from cors_harness.wire.recorder import Recorder

DEADLINE_S = 20
HI = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"  # and two bytes of the server's choice
OK = HI + b"hi"
CUT_SHORT = {
    "truncated": b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
    "truncated head": b"HTTP/1.1 404 Not",
    "no byte": b"",
    "garbage": b"hello\r\n\r\n",
    "until close": b"HTTP/1.1 200 OK\r\n\r\nhi",
}
FLOOD = 40 * 2**20  # more than the kernel's buffers of two connections take

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

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


def reset(writer: Writer) -> None:
    """Close so that the other side sees a reset connection."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()


def get(token: str, headers: bytes = b"") -> bytes:
    return b"GET /a?cell=%s HTTP/1.1\r\nHost: localhost:1\r\n%s\r\n" % (token.encode(), headers)


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


def answering(request: bytes, answer: bytes) -> Serve:
    """A server that answers to exactly these bytes, and otherwise closes."""

    async def serve(reader: Reader, writer: Writer) -> None:
        if await reader.readexactly(len(request)) == request:
            writer.write(answer)
            await reader.read()

    return serve


def flood(held_up: asyncio.Event) -> Serve:
    """A server that answers with FLOOD bytes, and sets `held_up` if they are not taken at once."""

    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % FLOOD)
        writer.write(bytes(FLOOD))
        sending = asyncio.ensure_future(writer.drain())
        done, _ = await asyncio.wait([sending], timeout=0.5)
        if not done:
            held_up.set()
        await sending

    return serve


async def break_off(reader: Reader, writer: Writer) -> None:
    """A server that begins to answer, and resets the connection once the client says `go`."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\nhi")
    await reader.readuntil(b"go")
    reset(writer)


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port on which nobody listens, and nobody else can either meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


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
            yield Wired(recorder, await recorder.listen(Address(port=backend_port), "server"))
    finally:
        await recorder.stop()


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run an async test with a deadline."""

    async def bounded() -> None:
        async with asyncio.timeout(DEADLINE_S):
            await test

    asyncio.run(bounded())

"""A server that closes a kept connection on which the next request is on its way already.

The servers here take that request, so that no test depends on who was first: a client sees the
same end either way.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from tests.wire.gate_client import PLAIN, Gated, gated
from tests.wire.http2_client import CANCEL, STATUS_OK, client
from tests.wire.tap_builders import HI, OK, Reader, Serve, Writer, closed, get, heads, reset, run

pytestmark = pytest.mark.usefixtures("patient_pool")

CLOSES = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"


class Heard:
    """A server whose connections answer once, and end at the second request.

    Attributes:
        connections: the request lines that each connection heard, in the order of connections.
    """

    def __init__(
        self, end: Callable[[Writer], object] = Writer.close, *, answers: int = 2**10
    ) -> None:
        """`end`: how a connection ends; `answers`: how many there are, on all connections."""
        self.connections: list[list[str]] = []
        self._end, self._answers = end, answers

    async def serve(self, reader: Reader, writer: Writer) -> None:
        heard: list[str] = []
        self.connections.append(heard)
        async for head in heads(reader):
            heard.append(head.decode().partition(" HTTP/")[0])
            if len(heard) > 1 or not self._answers:
                self._end(writer)
                return
            self._answers -= 1
            writer.write(OK)


Ask = Callable[..., Awaitable[bytes | None]]


@contextlib.asynccontextmanager
async def by_http2(gate: Gated) -> AsyncIterator[Ask]:
    """A browser by HTTP/2; an answer of None is a network error."""
    async with client(gate) as browser:

        async def ask(token: str, method: str = "GET", body: bytes = b"") -> bytes | None:
            path = b"/a?cell=" + token.encode()
            length = ((b"content-length", b"%d" % len(body)),) if body else ()
            number = browser.ask(path, *length, method=method.encode(), last=not body)
            if body:
                await browser.say(number, body)
            answer = await browser.answer(number)
            assert answer.reset in {None, CANCEL}
            return answer.body if answer.reset is None else None

        yield ask


@contextlib.asynccontextmanager
async def by_http1(gate: Gated) -> AsyncIterator[Ask]:
    """A browser by HTTP/1.1 that keeps its one connection."""
    async with gate.tunnel(PLAIN) as (reader, writer):

        async def ask(token: str, method: str = "GET", body: bytes = b"") -> bytes | None:
            length = b"Content-Length: %d\r\n" % len(body) if body else b""
            writer.write(get(token, length).replace(b"GET", method.encode(), 1) + body)
            try:
                return (await reader.readexactly(len(OK))).removeprefix(HI)
            except (asyncio.IncompleteReadError, ConnectionResetError):
                return None

        yield ask


either_protocol = pytest.mark.parametrize("browser", [by_http2, by_http1], ids=["h2", "http/1.1"])
either_end = pytest.mark.parametrize("end", [Writer.close, reset], ids=["end", "reset"])
Browser = Callable[[Gated], contextlib.AbstractAsyncContextManager[Ask]]


async def statuses(gate: Gated, tokens: Sequence[str]) -> list[list[int | None]]:
    return [[exchange.status for exchange in await gate.taken(token)] for token in tokens]


@either_end
@either_protocol
def test_request_that_a_kept_connection_loses_is_asked_again(
    browser: Browser, end: Callable[[Writer], object]
) -> None:
    server = Heard(end)

    async def test() -> None:
        async with gated(p=server.serve) as gate, browser(gate) as ask:
            assert [await ask("p.1"), await ask("p.2"), await ask("p.3")] == [b"hi"] * 3
            assert await statuses(gate, ["p.1", "p.2", "p.3"]) == [[200]] * 3
        lost = [["GET /a?cell=p.1", "GET /a?cell=p.2"], ["GET /a?cell=p.2", "GET /a?cell=p.3"]]
        assert server.connections == [*lost, ["GET /a?cell=p.3"]]

    run(test())


@either_protocol
@pytest.mark.parametrize(
    ("method", "body"), [("POST", b""), ("POST", b"{}"), ("PATCH", b"{}"), ("PUT", b"{}")]
)
def test_request_that_may_not_be_asked_again_has_a_connection_of_its_own(
    browser: Browser, method: str, body: bytes
) -> None:
    server = Heard()

    async def test() -> None:
        async with gated(p=server.serve) as gate, browser(gate) as ask:
            answers = [await ask("p.1"), await ask("p.2", method, body), await ask("p.3")]
            assert answers == [b"hi"] * 3
            assert await statuses(gate, ["p.1", "p.2", "p.3"]) == [[200]] * 3
        assert server.connections[1] == [f"{method} /a?cell=p.2"]
        assert sum(heard.count(f"{method} /a?cell=p.2") for heard in server.connections) == 1

    run(test())


@either_end
@either_protocol
def test_fresh_connection_that_ends_without_a_byte_is_a_failure(
    browser: Browser, end: Callable[[Writer], object]
) -> None:
    server = Heard(end, answers=1)

    async def test() -> None:
        async with gated(p=server.serve) as gate, browser(gate) as ask:
            assert [await ask("p.1"), await ask("p.2")] == [b"hi", None]
            assert await statuses(gate, ["p.1", "p.2"]) == [[200], [None]]
        again = ["GET /a?cell=p.2"]
        assert server.connections == [["GET /a?cell=p.1", *again], again]  # and not a third time

    run(test())


def breaks_off(heard: list[bytes]) -> Serve:
    async def serve(reader: Reader, writer: Writer) -> None:
        async for head in heads(reader):
            heard.append(head)
            if len(heard) > 1:
                writer.write(OK[:9])
                return
            writer.write(OK)

    return serve


@either_protocol
def test_answer_that_has_begun_is_the_answer(browser: Browser) -> None:
    heard: list[bytes] = []

    async def test() -> None:
        async with gated(p=breaks_off(heard)) as gate, browser(gate) as ask:
            assert [await ask("p.1"), await ask("p.2")] == [b"hi", None]
        assert len(heard) == 2

    run(test())


def test_end_of_a_server_that_owes_nothing_is_no_end_of_the_browsers_connection() -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def one_each(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await closed(writer)
        gone.put_nowait(None)

    async def test() -> None:
        async with gated(p=one_each) as gate, by_http1(gate) as ask:
            for n in range(9):
                assert await ask(f"p.{n}") == b"hi"
                await gone.get()

    run(test())


def test_end_that_a_server_announces_is_passed_on() -> None:
    async def once(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(CLOSES)

    async def test() -> None:
        async with gated(p=once) as gate, gate.tunnel(PLAIN) as (reader, writer):
            writer.write(get("p.1"))
            assert await reader.read() == CLOSES
            assert await statuses(gate, ["p.1"]) == [[200]]

    run(test())


def test_connection_whose_end_is_announced_is_left_to_nobody() -> None:
    connections: list[Writer] = []

    async def keep(reader: Reader, writer: Writer) -> None:
        connections.append(writer)
        async for _ in heads(reader):
            writer.write(CLOSES)

    async def test() -> None:
        async with gated(p=keep) as gate, client(gate) as browser, by_http1(gate) as ask:
            assert (await browser.get(b"/?cell=p.1")).headers[0] == STATUS_OK
            assert (await ask("p.2") or b"").startswith(b"HTTP/1.1 200 OK")
            assert (await browser.get(b"/?cell=p.3")).headers[0] == STATUS_OK
        assert len(connections) == 3

    run(test())

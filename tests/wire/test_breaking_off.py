"""Who ended a response before its end: the server, in which part of it, or the browser."""

import asyncio
import contextlib

import pytest
from tests.wire.gate_client import API, PLAIN, gated
from tests.wire.http2_client import client
from tests.wire.tap_builders import (
    Reader,
    Serve,
    Writer,
    break_off,
    get,
    once,
    reset,
    run,
    wired,
)

from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.wire.framing import HEAD_LIMIT, INTERIM_LIMIT

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
ENDS = {
    "a body until the end of the connection": (b"HTTP/1.1 200 OK\r\n\r\nhi", None),
    "no byte": (b"", ResponsePart.HEAD),
    "what is no HTTP": (b"hi, who is there?", ResponsePart.HEAD),
    "half a head": (b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Or", ResponsePart.HEAD),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", ResponsePart.BODY),
    "no body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", ResponsePart.BODY),
    "chunks before the last one": (CHUNKED + b"2\r\nhi\r\n", ResponsePart.BODY),
    "no chunk": (CHUNKED, ResponsePart.BODY),
    "what is no chunk": (CHUNKED + b"2\r\nhi\r\nxyz\r\n", ResponsePart.BODY),
}
ends = pytest.mark.parametrize(("answer", "part"), ENDS.values(), ids=ENDS)


@ends
def test_end_of_the_server_at_the_tap(answer: bytes, part: ResponsePart | None) -> None:
    async def test() -> None:
        async with wired(once(answer)) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1"))
            assert await reader.read() == answer
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert exchange.broke_off == part

    run(test())


@ends
def test_end_of_the_server_at_the_gate(answer: bytes, part: ResponsePart | None) -> None:
    async def test() -> None:
        async with gated(p=once(answer)) as gate, gate.tunnel(PLAIN) as (reader, writer):
            writer.write(get("p.1"))
            assert await reader.read() == answer
            (exchange,) = await gate.taken("p.1")
        assert exchange.broke_off == part

    run(test())


@ends
def test_end_of_the_server_by_http2(answer: bytes, part: ResponsePart | None) -> None:
    async def test() -> None:
        async with gated(p=once(answer)) as gate, client(gate) as browser:
            await browser.get(b"/?cell=p.1")
            (exchange,) = await gate.taken("p.1")
        assert exchange.broke_off == part

    run(test())


def test_reset_of_the_server_breaks_a_body_off_that_only_an_end_would_end() -> None:
    async def test() -> None:
        async with wired(break_off) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1"))
            await reader.readuntil(b"hi")
            writer.write(b"go")
            with pytest.raises(ConnectionResetError):
                await reader.read()
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert exchange.broke_off is ResponsePart.BODY

    run(test())


ENDLESS = b"HTTP/1.1 200 OK\r\n\r\nhi"


def closes_after_its_client(left: asyncio.Event, says: bytes = ENDLESS) -> Serve:
    """A server that says something without an end, and closes when the client has gone."""

    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(says)
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        left.set()

    return serve


async def left_at_the_tap(how: str, says: bytes = ENDLESS) -> Exchange:
    """What is recorded where a browser leaves, by an `end` or a `reset`, before the server does."""
    left = asyncio.Event()
    async with wired(closes_after_its_client(left, says)) as wire:
        async with wire.connection() as (reader, writer):
            writer.write(get("p.1"))
            await reader.readuntil(b"hi")
            if how == "reset":
                reset(writer)
        await left.wait()
        (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
    return exchange


@pytest.mark.parametrize("how", ["end", "reset"])
def test_browser_that_leaves_the_tap_is_not_the_server_that_breaks_off(how: str) -> None:
    async def test() -> None:
        assert_browser_left(await left_at_the_tap(how))

    run(test())


@pytest.mark.parametrize("how", ["end", "reset"])
def test_what_is_no_http_is_the_server_that_breaks_off_though_the_browser_leaves(how: str) -> None:
    async def test() -> None:
        exchange = await left_at_the_tap(how, b"SSH-2.0 hi")
        assert (exchange.status, exchange.broke_off) == (None, ResponsePart.HEAD)
        assert exchange.is_no_http

    run(test())


def test_browser_that_leaves_the_gate_is_not_the_server_that_breaks_off() -> None:
    left = asyncio.Event()

    async def test() -> None:
        async with gated(p=closes_after_its_client(left)) as gate:
            async with gate.tunnel(PLAIN) as (reader, writer):
                writer.write(get("p.1"))
                await reader.readuntil(b"hi")
            await left.wait()
            (exchange,) = await gate.taken("p.1")
        assert_browser_left(exchange)

    run(test())


def test_browser_that_resets_a_stream_is_not_the_server_that_breaks_off() -> None:
    left = asyncio.Event()

    async def test() -> None:
        async with gated(p=closes_after_its_client(left)) as gate, client(gate) as browser:
            number = browser.ask(b"/?cell=p.1")
            await browser.began(number).began.wait()
            browser.reset(number)
            await left.wait()
            (exchange,) = await gate.taken("p.1")
        assert exchange.origin == API
        assert_browser_left(exchange)

    run(test())


def assert_browser_left(exchange: Exchange) -> None:
    assert (exchange.body, exchange.complete, exchange.broke_off) == (b"hi", False, None)


INTERIM = b"HTTP/1.1 103 Early Hints\r\n\r\n"
EXCESSIVE = {
    "interim responses": (INTERIM_LIMIT * INTERIM, 103),
    "a head": (b"HTTP/1.1 200 OK\r\nX-Large: " + b"x" * HEAD_LIMIT, 200),
}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(("answer", "status"), EXCESSIVE.values(), ids=EXCESSIVE)
def test_what_does_not_end_is_cut_off_at_the_tap(answer: bytes, status: int) -> None:
    async def test() -> None:
        async with wired(for_ever(answer)) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1"))
            with pytest.raises(ConnectionResetError):
                await reader.read()
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert (exchange.status, exchange.complete, exchange.broke_off) == (status, False, None)

    run(test())


@pytest.mark.parametrize(("answer", "status"), EXCESSIVE.values(), ids=EXCESSIVE)
def test_what_does_not_end_is_cut_off_at_the_gate(answer: bytes, status: int) -> None:
    async def test() -> None:
        async with (
            gated(p=for_ever(answer)) as gate,
            gate.tunnel(PLAIN) as (reader, writer),
        ):
            writer.write(get("p.1"))
            with pytest.raises(ConnectionResetError):
                await reader.read()
            (exchange,) = await gate.taken("p.1")
        assert (exchange.status, exchange.complete, exchange.broke_off) == (status, False, None)

    run(test())


def test_interim_responses_below_the_limit_pass_with_each_response() -> None:
    answer = (INTERIM_LIMIT - 1) * INTERIM + OK

    async def test() -> None:
        async with wired(once(answer + answer)) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1") + get("p.2"))
            assert await reader.readexactly(2 * len(answer)) == 2 * answer

    run(test())


def for_ever(answer: bytes) -> Serve:
    """Sends it again and again, until nobody takes it any more."""

    async def serve(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(answer)
                await writer.drain()

    return serve

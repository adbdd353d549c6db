"""What the recorder gives back for exchanges on real sockets."""

import asyncio
import contextlib

import pytest
from tests.wire.tap_builders import (
    OK,
    Reader,
    Writer,
    always,
    get,
    heads,
    once,
    refusing_port,
    run,
    wired,
)

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Address
from cors_harness.wire.recorder import Recorder

HOST = b"Host: localhost\r\n"
NO_BODY = {
    "HEAD": (
        b"HEAD /?cell=p.1 HTTP/1.1\r\n%b\r\n" % HOST,
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n",
    ),
    "204": (get("p.1"), b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304": (get("p.1"), b"HTTP/1.1 304 Not Modified\r\n\r\n"),
}
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1\r\n!\r\n0\r\n\r\n"
ENDED_BY_SERVER = {
    "until close": (b"HTTP/1.1 200 OK\r\n\r\nhi", (200, b"hi", True)),
    "truncated": (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", (200, b"hi", False)),
    "truncated head": (b"HTTP/1.1 404 Not", (404, b"", False)),
    "no byte": (b"", (None, b"", False)),
    "garbage": (b"hello\r\n\r\n", (None, b"hello\r\n\r\n", False)),
}
PREFLIGHT = b"Origin: null\r\nAccess-Control-Request-Method: PUT\r\n"
KINDS = {
    "preflight": (b"OPTIONS", PREFLIGHT, ExchangeKind.PREFLIGHT),
    "no requested method": (b"OPTIONS", b"Origin: null\r\n", ExchangeKind.REQUEST),
    "no origin": (b"OPTIONS", b"Access-Control-Request-Method: PUT\r\n", ExchangeKind.REQUEST),
    "other method": (b"GET", PREFLIGHT, ExchangeKind.REQUEST),
}


async def taken(recorder: Recorder, cell: str = "p.1") -> Exchange:
    """The only exchange that `cell` has."""
    (exchange,) = (await recorder.take([cell]))[cell]
    return exchange


def test_exchange_has_every_field() -> None:
    answer = b"HTTP/1.1 201 Made\r\nx-B: 2\r\nX-b: 1\r\nContent-Length: 2\r\n\r\nhi"
    request = b"GET /a?cell=p.1 HTTP/1.1\r\nhOST: localhost:9\r\nA:  \x80 \r\na: \r\n\r\n"

    async def test() -> None:
        async with wired(always(answer)) as wire:
            await wire.exchange(request, answer)
            exchange = await taken(wire.recorder)
        assert 0 < exchange.t_ms < (exchange.end_ms or 0)
        assert exchange == Exchange(
            kind=ExchangeKind.REQUEST,
            role="server",
            origin="http://localhost:9",
            method="GET",
            target="/a?cell=p.1",
            request_headers=((b"hOST", b"localhost:9"), (b"A", b"\x80"), (b"a", b"")),
            status=201,
            response_headers=((b"x-B", b"2"), (b"X-b", b"1"), (b"Content-Length", b"2")),
            body_bytes=2,
            body=b"hi",
            complete=True,
            t_ms=exchange.t_ms,
            end_ms=exchange.end_ms,
            protocol="http/1.1",
        )

    run(test())


def test_odd_bytes_survive() -> None:
    odd = bytes(set(range(256)) - set(b"\n"))
    answer = b"HTTP/1.1 200 OK\r\nX: <%s>\r\nContent-Length: 256\r\n\r\n" % odd + bytes(range(256))

    async def test() -> None:
        async with wired(always(answer)) as wire:
            await wire.exchange(get("p.1"), answer)
            exchange = await taken(wire.recorder)
        assert exchange.response_headers[0] == (b"X", b"<%s>" % odd)
        assert exchange.body == bytes(range(256))

    run(test())


@pytest.mark.parametrize(("request_", "answer"), NO_BODY.values(), ids=NO_BODY.keys())
def test_response_without_body_is_complete(request_: bytes, answer: bytes) -> None:
    async def test() -> None:
        async with wired(always(answer)) as wire:
            await wire.exchange(request_ * 2, answer * 2)
            both = (await wire.recorder.take(["p.1"]))["p.1"]
        assert [(exchange.complete, exchange.body_bytes) for exchange in both] == [(True, 0)] * 2

    run(test())


def test_chunked_body_is_kept_without_its_coding() -> None:
    async def test() -> None:
        async with wired(always(CHUNKED)) as wire:
            await wire.exchange(get("p.1"), CHUNKED)
            exchange = await taken(wire.recorder)
        assert (exchange.body, exchange.body_bytes, exchange.complete) == (b"hi!", 3, True)

    run(test())


@pytest.mark.parametrize(
    ("answer", "expected"), ENDED_BY_SERVER.values(), ids=ENDED_BY_SERVER.keys()
)
def test_response_that_the_server_ends(answer: bytes, expected: tuple[object, ...]) -> None:
    async def test() -> None:
        async with wired(once(answer)) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1"))
            assert await reader.read() == answer
            exchange = await taken(wire.recorder)
        assert (exchange.status, exchange.body, exchange.complete) == expected

    run(test())


@pytest.mark.parametrize(("method", "headers", "kind"), KINDS.values(), ids=KINDS.keys())
def test_kind(method: bytes, headers: bytes, kind: ExchangeKind) -> None:
    async def test() -> None:
        async with wired(always(OK)) as wire:
            await wire.exchange(b"%s /?cell=p.1 HTTP/1.1\r\n%s%s\r\n" % (method, HOST, headers))
            assert (await taken(wire.recorder)).kind == kind

    run(test())


def test_request_body_is_kept() -> None:
    request = b"POST /?cell=p.1 HTTP/1.1\r\n%bContent-Length: 3\r\n\r\n\x00\r\n" % HOST

    async def test() -> None:
        async with wired(always(OK)) as wire:
            await wire.exchange(request)
            exchange = await taken(wire.recorder)
        assert (exchange.request_body, exchange.request_bytes) == (b"\x00\r\n", 3)

    run(test())


def test_pipelined_requests_get_their_own_responses() -> None:
    async def serve(reader: Reader, writer: Writer) -> None:
        async for head in heads(reader):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + head.split(b"=")[1][:1])

    async def test() -> None:
        async with wired(serve) as wire, wire.connection() as (reader, writer):
            writer.write(b"".join(get(str(n)) for n in range(5)))
            for n in range(5):
                assert (await reader.readuntil(b"\r\n\r\n%d" % n))[-1:] == b"%d" % n
            taken_by_token = await wire.recorder.take(list("01234"))
        assert {
            token: [exchange.body for exchange in exchanges]
            for token, exchanges in taken_by_token.items()
        } == {token: [token.encode()] for token in "01234"}

    run(test())


def test_hundred_tokens_at_once_stay_apart_and_in_order() -> None:
    tokens = [f"p.{n}" for n in range(100)]

    async def test() -> None:
        async with wired(always(OK)) as wire:

            async def talk(token: str) -> None:
                async with wire.connection() as (reader, writer):
                    for path in (b"OPTIONS /1", b"PUT /2", b"GET /3"):
                        request = b"%s?cell=%s HTTP/1.1\r\n%s\r\n" % (path, token.encode(), HOST)
                        writer.write(request[:12])
                        await writer.drain()
                        writer.write(request[12:])
                        await reader.readexactly(len(OK))

            await asyncio.gather(*map(talk, tokens))
            taken_by_token = await wire.recorder.take(tokens)
            assert await wire.recorder.strays() == ()
        assert list(taken_by_token) == tokens
        for token, exchanges in taken_by_token.items():
            assert [exchange.target for exchange in exchanges] == [
                f"/{n}?cell={token}" for n in (1, 2, 3)
            ]
            assert all(exchange.complete for exchange in exchanges)

    run(test())


def test_order_is_that_of_first_bytes() -> None:
    async def test() -> None:
        async with wired(always(OK)) as wire, wire.connection() as (reader, writer):
            begin, rest = get("p.1").split(b"?")
            async with wire.connection() as (tapped, first):
                # Only a whole head makes the server answer, so this one proves arrival.
                first.write(get("p.0") + begin)
                await tapped.readexactly(len(OK))
                writer.write(get("p.1", b"X: second\r\n"))
                await reader.readexactly(len(OK))
                first.write(b"?" + rest)
                await tapped.readexactly(len(OK))
            exchanges = (await wire.recorder.take(["p.1"]))["p.1"]
        assert [len(exchange.request_headers) for exchange in exchanges] == [1, 2]

    run(test())


def test_redirect_keeps_its_token_on_another_port() -> None:
    redirect = b"HTTP/1.1 302 Found\r\nLocation: http://o/b?cell=p.1\r\nContent-Length: 0\r\n\r\n"

    async def test() -> None:
        async with wired(always(redirect)) as wire, wired(always(OK)) as backend:
            other = await wire.recorder.listen(Address(port=backend.port), "other")
            await wire.exchange(get("p.1"), redirect)
            async with wire.connection(other) as (reader, writer):
                writer.write(b"GET /b?cell=p.1 HTTP/1.1\r\n%b\r\n" % HOST)
                await reader.readexactly(len(OK))
            exchanges = (await wire.recorder.take(["p.1"]))["p.1"]
        assert [(exchange.role, exchange.status) for exchange in exchanges] == [
            ("server", 302),
            ("other", 200),
        ]

    run(test())


def test_take_removes_and_later_exchanges_are_kept_anew() -> None:
    async def test() -> None:
        async with wired(always(OK)) as wire:
            counts = []
            for times in (2, 1, 0):
                for _ in range(times):
                    await wire.exchange(get("p.1"))
                counts.append(len((await wire.recorder.take(["p.1"]))["p.1"]))
        assert counts == [2, 1, 0]

    run(test())


def test_seen_removes_nothing() -> None:
    async def test() -> None:
        async with wired(always(OK)) as wire:
            await wire.exchange(get("p.1"))
            assert await wire.recorder.tokens_seen(["p.1", "p.2"]) == {"p.1"}
            assert (await taken(wire.recorder)).complete
            assert await wire.recorder.tokens_seen(["p.1", "p.2"]) == frozenset()

    run(test())


def test_strays_are_what_nobody_took() -> None:
    async def test() -> None:
        async with wired(always(OK)) as wire:
            await wire.exchange(get("p.1"))
            await wire.recorder.take(["p.1"])
            await wire.exchange(get("p.1", b"Late: 1\r\n"))
            await wire.exchange(b"GET /favicon.ico HTTP/1.1\r\n%b\r\n" % HOST)
            strays = await wire.recorder.strays()
            assert await wire.recorder.strays() == ()
        assert [stray.target for stray in strays] == ["/a?cell=p.1", "/favicon.ico"]
        assert strays[0].request_headers[1] == (b"Late", b"1")

    run(test())


def test_dropped_strays_are_counted() -> None:
    async def test() -> None:
        async with wired(always(OK)) as wire:
            await wire.exchange(b"GET / HTTP/1.1\r\n%b\r\n" % HOST * 103, OK * 103)
            assert len(await wire.recorder.strays()) == 100
            assert wire.recorder.strays_dropped == 3

    run(test())


def test_endless_body_is_taken_while_it_is_open() -> None:
    async def endless(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"x" * 999)
                await writer.drain()

    async def test() -> None:
        async with wired(endless) as wire:
            async with wire.connection() as (reader, writer):
                writer.write(get("p.1"))
                await reader.readexactly(100_000)
                exchange = await taken(wire.recorder)
            assert not exchange.complete
            assert exchange.body_bytes > 99_000
            assert exchange.body == b"x" * 64 * 1024

    run(test())


def test_server_that_is_not_there() -> None:
    async def test(port: int) -> None:
        async with wired(always(OK)) as wire:
            front = await wire.recorder.listen(Address(port=port), "server")
            async with wire.connection(front) as (reader, writer):
                writer.write(get("p.1")[:9])
                await writer.drain()
                writer.write(get("p.1")[9:])
                assert await reader.read() == b""
            exchange = await taken(wire.recorder)
        assert (exchange.status, exchange.complete, exchange.target) == (None, False, "/a?cell=p.1")

    with refusing_port() as port:
        run(test(port))


def test_server_that_answers_before_the_head_is_whole() -> None:
    too_late = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"

    async def impatient(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n")
        writer.write(too_late)

    async def test() -> None:
        async with wired(impatient) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1")[:-2])
            assert await reader.read() == too_late
            exchange = await taken(wire.recorder)
        assert (exchange.status, exchange.target) == (408, "/a?cell=p.1")

    run(test())


def test_calls_run_beside_each_other() -> None:
    tokens = [str(n) for n in range(50)]

    async def test() -> None:
        async with wired(always(OK)) as wire:
            for token in tokens:
                await wire.exchange(get(token))
            exchanges = await asyncio.gather(*(taken(wire.recorder, token) for token in tokens))
        assert [exchange.target for exchange in exchanges] == [
            f"/a?cell={token}" for token in tokens
        ]

    run(test())


def test_closed_port_answers_nobody_and_what_was_recorded_stays() -> None:
    async def test() -> None:
        async with wired(always(OK)) as wire:
            await wire.exchange(get("p.1"), OK)
            await wire.recorder.close_ports()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", wire.port)
            assert (await taken(wire.recorder)).status == 200

    run(test())

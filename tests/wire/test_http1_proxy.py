"""HTTP/1.1 through the gate: each request at its own server, every byte as it was."""

import asyncio

import pytest
from tests.wire.gate_client import API, PLAIN, Open, either_way, gated, plain
from tests.wire.tap_builders import (
    FLOOD,
    HI,
    OK,
    Reader,
    Serve,
    Writer,
    always,
    answering,
    flood,
    get,
    heads,
    run,
)

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange


def counting(name: bytes, peers: list[bytes]) -> Serve:
    """A server that answers with its name, and notes each connection."""

    async def serve(reader: Reader, writer: Writer) -> None:
        peers.append(name)
        async for _ in heads(reader):
            writer.write(HI + name)

    return serve


@pytest.mark.usefixtures("patient_pool")
@either_way
def test_requests_of_one_connection_go_where_their_tokens_say(open_: Open) -> None:
    peers: list[bytes] = []
    servers = {key: counting(key.encode() * 2, peers) for key in "pq"}

    async def test() -> None:
        async with gated(**servers) as gate, open_(gate) as (reader, writer):
            for n, key in enumerate("pqppqq"):
                writer.write(get(f"{key}.{n}"))
                assert await reader.readexactly(len(OK)) == HI + key.encode() * 2
            taken = [await gate.taken(f"{key}.{n}") for n, key in enumerate("pqppqq")]
        assert [exchange.body for (exchange,) in taken] == [
            b"pp",
            b"qq",
            b"pp",
            b"pp",
            b"qq",
            b"qq",
        ]
        assert sorted(peers) == [b"pp", b"qq"]

    run(test())


@either_way
def test_exchange_has_every_field(open_: Open) -> None:
    answer = b"HTTP/1.1 201 Made\r\nx-B: 2\r\nX-b: \xff\r\nContent-Length: 2\r\n\r\nhi"
    request = (
        b"PUT /a?cell=p.1 HTTP/1.1\r\nhOST: x\r\nA:  \x80 \r\nContent-Length: 3\r\n\r\n\x00\r\n"
    )

    async def test() -> None:
        async with gated(p=answering(request, answer)) as gate, open_(gate) as (reader, writer):
            writer.write(request)
            assert await reader.readexactly(len(answer)) == answer
            (exchange,) = await gate.taken("p.1")
        assert 0 < exchange.t_ms < (exchange.end_ms or 0)
        assert exchange == Exchange(
            kind=ExchangeKind.REQUEST,
            role="server",
            origin=PLAIN if open_ is plain else API,
            method="PUT",
            target="/a?cell=p.1",
            request_headers=((b"hOST", b"x"), (b"A", b"\x80"), (b"Content-Length", b"3")),
            request_bytes=3,
            request_body=b"\x00\r\n",
            status=201,
            response_headers=((b"x-B", b"2"), (b"X-b", b"\xff"), (b"Content-Length", b"2")),
            body_bytes=2,
            body=b"hi",
            t_ms=exchange.t_ms,
            end_ms=exchange.end_ms,
            protocol="http/1.1",
        )

    run(test())


@either_way
def test_large_bodies_pass_both_ways(open_: Open) -> None:
    size = 3_000_000
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
    request = b"PUT /?cell=p.1 HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)

    async def test() -> None:
        async with gated(p=answering(request, answer)) as gate, open_(gate) as (reader, writer):
            writer.write(request)
            assert await reader.readexactly(len(answer)) == answer
            (exchange,) = await gate.taken("p.1")
        assert (exchange.request_bytes, exchange.body_bytes) == (size, size)

    run(test())


def test_request_cut_into_bytes_goes_out_once_its_head_is_whole() -> None:
    async def test() -> None:
        server = answering(get("p.1"), OK)
        async with gated(p=server) as gate, gate.tunnel(PLAIN) as (reader, writer):
            for byte in get("p.1"):
                writer.write(bytes([byte]))
                await writer.drain()
            assert await reader.readexactly(len(OK)) == OK

    run(test())


def test_request_that_comes_early_waits_for_its_turn() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(reader: Reader, writer: Writer) -> None:
        async for _ in heads(reader):
            asked.set()
            await go_on.wait()
            writer.write(HI + b"pp")

    async def quick(reader: Reader, writer: Writer) -> None:
        async for _ in heads(reader):
            writer.write(HI + b"qq")

    async def test() -> None:
        async with gated(p=slow, q=quick) as gate, gate.tunnel(PLAIN) as (reader, writer):
            writer.write(get("p.1") + get("q.1") + get("p.2"))
            await asked.wait()
            assert await gate.recorder.tokens_seen(["q.1"]) == frozenset()
            go_on.set()
            assert await reader.readexactly(3 * len(OK)) == HI + b"pp" + HI + b"qq" + HI + b"pp"

    run(test())


def test_requests_without_a_server_are_closed_unheard_and_counted() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            for path in (b"/?cell=x.1", b"/favicon.ico"):
                async with gate.tunnel(PLAIN) as (reader, writer):
                    writer.write(b"GET %b HTTP/1.1\r\n\r\n" % path)
                    assert await reader.read() == b""
            why = "api.example.org:80 no server for this request"
            assert await gate.refused() == {why: 2}
            assert await gate.recorder.strays() == ()

    run(test())


def test_server_that_nobody_records() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            await gate.recorder.map_origins([gate.route(PLAIN, role=None)])
            async with gate.tunnel(PLAIN) as (reader, writer):
                for _ in range(2):
                    writer.write(get("p.1"))
                    assert await reader.readexactly(len(OK)) == OK
            assert await gate.taken("p.1") == ()

    run(test())


def test_after_switching_protocols_bytes_are_copied() -> None:
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"

    async def upgrade(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(switched)
        while data := await reader.read(99):
            writer.write(data)

    async def test() -> None:
        async with gated(p=upgrade) as gate, gate.tunnel(PLAIN) as (reader, writer):
            writer.write(get("p.1"))
            assert await reader.readexactly(len(switched)) == switched
            for data in (b"\x00\xff", get("q.1"), b"GET /"):
                writer.write(data)
                assert await reader.readexactly(len(data)) == data
            assert await gate.taken("q.1") == ()

    run(test())


def test_interim_responses_pass() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    async def test() -> None:
        async with gated(p=always(hints + OK)) as gate, gate.tunnel(PLAIN) as (reader, writer):
            for _ in range(2):
                writer.write(get("p.1"))
                assert await reader.readexactly(len(hints + OK)) == hints + OK

    run(test())


@either_way
def test_slow_client_holds_the_server_up(open_: Open) -> None:
    held_up = asyncio.Event()

    async def test() -> None:
        async with gated(p=flood(held_up)) as gate, open_(gate) as (reader, writer):
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(get("p.1"))
            await held_up.wait()
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(FLOOD)
            (exchange,) = await gate.taken("p.1")
        assert (exchange.body_bytes, exchange.complete) == (FLOOD, True)

    run(test())


def test_slow_server_holds_the_client_up() -> None:
    size = 40 * 2**20
    go_on = asyncio.Event()

    async def late(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await go_on.wait()
        await reader.readexactly(size)
        writer.write(OK)

    async def test() -> None:
        # Not in TLS: after start_tls asyncio's own drain() waits for nothing.
        async with gated(p=late) as gate, gate.tunnel(PLAIN) as (reader, writer):
            writer.write(b"PUT /?cell=p.1 HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size)
            writer.write(bytes(size))
            sending = asyncio.ensure_future(writer.drain())
            done, _ = await asyncio.wait([sending], timeout=0.5)
            go_on.set()
            assert not done
            await sending
            assert await reader.readexactly(len(OK)) == OK

    run(test())

"""Ends and resets by HTTP/1.1 through the gate: passed on as what they are, from either side."""

import asyncio

import pytest
from tests.wire.gate_client import PLAIN, Open, either_way, gated
from tests.wire.tap_builders import (
    CUT_SHORT,
    HI,
    OK,
    Reader,
    Writer,
    always,
    break_off,
    get,
    once,
    refusing_port,
    reset,
    run,
)


@either_way
@pytest.mark.parametrize("answer", CUT_SHORT.values(), ids=CUT_SHORT.keys())
def test_end_of_the_server_is_passed_on(answer: bytes, open_: Open) -> None:
    async def test() -> None:
        async with gated(p=once(answer)) as gate, open_(gate) as (reader, writer):
            writer.write(get("p.1"))
            assert await reader.read() == answer
            (exchange,) = await gate.taken("p.1")
        assert exchange.complete == (answer == CUT_SHORT["until close"])

    run(test())


@either_way
def test_reset_of_the_server_is_passed_on(open_: Open) -> None:
    async def test() -> None:
        async with gated(p=break_off) as gate, open_(gate) as (reader, writer):
            writer.write(b"PUT /?cell=p.1 HTTP/1.1\r\nContent-Length: 2\r\n\r\n")
            await reader.readuntil(b"hi")
            writer.write(b"go")
            with pytest.raises(ConnectionResetError):
                await reader.read()
            (exchange,) = await gate.taken("p.1")
        assert (exchange.body, exchange.complete) == (b"hi", False)

    run(test())


def test_server_that_is_not_there() -> None:
    async def test(port: int) -> None:
        async with gated(p=always(OK)) as gate:
            gate.ports["p"] = port
            await gate.recorder.map_origins([gate.route(PLAIN)])
            async with gate.tunnel(PLAIN) as (reader, writer):
                writer.write(get("p.1"))
                assert await reader.read() == b""
            (exchange,) = await gate.taken("p.1")
        assert (exchange.status, exchange.complete, exchange.target) == (None, False, "/a?cell=p.1")

    with refusing_port() as port:
        run(test(port))


def test_end_of_another_server_is_not_the_end_of_the_connection() -> None:
    go, gone = asyncio.Event(), asyncio.Event()

    async def leave(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HI + b"pp")
        await go.wait()
        writer.write_eof()
        await reader.read()
        gone.set()

    async def test() -> None:
        async with gated(p=leave, q=always(OK)) as gate, gate.tunnel(PLAIN) as (reader, writer):
            for token, answer in (("p.1", HI + b"pp"), ("q.1", OK)):
                writer.write(get(token))
                assert await reader.readexactly(len(OK)) == answer
            go.set()
            await gone.wait()
            writer.write(get("q.2"))
            assert await reader.readexactly(len(OK)) == OK

    run(test())


def test_client_that_ends_still_gets_its_answer() -> None:
    async def late(reader: Reader, writer: Writer) -> None:
        await reader.read()
        writer.write(OK)

    async def test() -> None:
        async with gated(p=late) as gate, gate.tunnel(PLAIN) as (reader, writer):
            writer.write(get("p.1"))
            writer.write_eof()
            assert await reader.read() == OK
            (exchange,) = await gate.taken("p.1")
        assert exchange.complete

    run(test())


@pytest.mark.parametrize("how", ["end", "reset"])
def test_client_that_leaves_is_missed_by_the_server(how: str) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def hang(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HI)
        try:
            await reader.read()
        except ConnectionResetError:
            seen.put_nowait("reset")
        else:
            seen.put_nowait("end")

    async def test() -> None:
        async with gated(p=hang) as gate:
            async with gate.tunnel(PLAIN) as (reader, writer):
                writer.write(get("p.1"))
                await reader.readexactly(len(HI))
                if how == "reset":
                    reset(writer)
            assert await seen.get() == how
            (exchange,) = await gate.taken("p.1")
        assert (exchange.status, exchange.complete) == (200, False)

    run(test())


def test_head_that_is_never_whole_is_recorded() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            async with gate.tunnel(PLAIN) as (reader, writer):
                writer.write(get("p.1")[:-2])
                writer.write_eof()
                assert await reader.read() == b""
            (exchange,) = await gate.taken("p.1")
        assert (exchange.target, exchange.status) == ("/a?cell=p.1", None)

    run(test())


def test_head_that_is_never_whole_and_has_no_server_is_counted_unheard() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            async with gate.tunnel(PLAIN) as (reader, writer):
                writer.write(get("p.1"))
                assert await reader.readexactly(len(OK)) == OK
                writer.write(get("x.1")[:-2])
                writer.write_eof()
                assert await reader.read() == b""
            assert await gate.refused() == {"api.example.org:80 no server for this request": 1}
            assert [stray.target for stray in await gate.recorder.strays()] == ["/a?cell=p.1"]

    run(test())

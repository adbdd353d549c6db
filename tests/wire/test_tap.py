"""Bytes, ends and resets pass the tap as they would without it."""

import asyncio

import pytest
from tests.wire.tap_builders import (
    FLOOD,
    OK,
    Reader,
    Writer,
    break_off,
    flood,
    get,
    reset,
    run,
    wired,
)


async def echo(reader: Reader, writer: Writer) -> None:
    """Send everything back once the client has ended, then close."""
    writer.write(await reader.read())


WIRES = {
    "not HTTP at all": b"\x16\x03\x01\x00\xff" * 9,
    "every byte": bytes(range(256)) * 4,
    "garbage after a request": get("p.1") + b"\x00" * 99 + b"\r\n\r\n",
    "megabytes": get("p.1") + bytes(range(256)) * 12_000,
}


@pytest.mark.parametrize("data", WIRES.values(), ids=WIRES.keys())
def test_bytes_pass_unchanged_both_ways(data: bytes) -> None:
    async def test() -> None:
        async with wired(echo) as wire, wire.connection() as (reader, writer):
            writer.write(data)
            writer.write_eof()
            assert await reader.read() == data

    run(test())


def test_bytes_pass_while_neither_side_has_ended() -> None:
    async def ping(reader: Reader, writer: Writer) -> None:
        while data := await reader.read(9):
            writer.write(data)

    async def test() -> None:
        async with wired(ping) as wire, wire.connection() as (reader, writer):
            for byte in b"\x00 not http \xff":
                writer.write(bytes([byte]))
                assert await reader.readexactly(1) == bytes([byte])

    run(test())


def test_client_end_reaches_the_server_and_the_answer_still_comes() -> None:
    async def late(reader: Reader, writer: Writer) -> None:
        await reader.read()
        writer.write(OK)

    async def test() -> None:
        async with wired(late) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1"))
            writer.write_eof()
            assert await reader.read() == OK
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert exchange.complete

    run(test())


def test_client_that_aborts_resets_the_server() -> None:
    how: asyncio.Queue[str] = asyncio.Queue()

    async def hang(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhi")
        try:
            await reader.read()
        except ConnectionResetError:
            how.put_nowait("reset")
        else:
            how.put_nowait("end")

    async def test() -> None:
        async with wired(hang) as wire:
            async with wire.connection() as (reader, writer):
                writer.write(get("p.1"))
                await reader.readuntil(b"hi")
                reset(writer)
            assert await how.get() == "reset"
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert (exchange.status, exchange.complete) == (200, False)

    run(test())


def test_client_that_leaves_early_ends_at_the_server() -> None:
    left = asyncio.Event()

    async def hang(reader: Reader, _writer: Writer) -> None:
        await reader.read()
        left.set()

    async def test() -> None:
        async with wired(hang) as wire:
            async with wire.connection() as (_, writer):
                writer.write(get("p.1"))
            await left.wait()
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert (exchange.status, exchange.complete) == (None, False)

    run(test())


def test_server_that_resets_resets_the_client() -> None:
    async def test() -> None:
        async with wired(break_off) as wire, wire.connection() as (reader, writer):
            writer.write(get("p.1"))
            await reader.readuntil(b"hi")
            writer.write(b"go")
            with pytest.raises(ConnectionResetError):
                await reader.read()
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert (exchange.body, exchange.complete) == (b"hi", False)

    run(test())


def test_slow_client_holds_the_server_up() -> None:
    held_up = asyncio.Event()

    async def test() -> None:
        async with wired(flood(held_up)) as wire, wire.connection() as (reader, writer):
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(get("p.1"))
            await held_up.wait()
            writer.transport.resume_reading()  # type: ignore[attr-defined]
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(FLOOD)
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert (exchange.body_bytes, exchange.complete) == (FLOOD, True)

    run(test())


CALLED = {
    "loopback": (b"Host: 127.0.0.1:8001\r\n", True),
    "a name of loopback": (b"X: y\r\nhost: App.localhost:8001 \r\n", True),
    "a name that leads here": (b"Host: rebound.example:8001\r\n", False),
    "a name that begins so": (b"Host: 127.0.0.1.example:8001\r\n", False),
    "another address": (b"Host: 192.0.2.1:8001\r\n", False),
    "nobody": (b"X: y\r\n", False),
    "nothing": (b"Host:\r\n", False),
}


@pytest.mark.parametrize(("fields", "is_answered"), CALLED.values(), ids=CALLED.keys())
def test_only_who_names_this_machine_is_answered(fields: bytes, is_answered: bool) -> None:
    asked: list[bytes] = []

    async def serve(reader: Reader, writer: Writer) -> None:
        if data := await reader.read(9):  # a connection may come to nothing
            asked.append(data)
            writer.write(OK)

    async def test() -> None:
        async with wired(serve) as wire, wire.connection() as (reader, writer):
            for piece in (b"POST /a?cell=p.1 HTTP/1.1\r\n", fields, b"\r\n"):
                writer.write(piece)
            try:
                answer = await reader.read(len(OK))
            except ConnectionResetError:
                answer = b""
            taken = await wire.recorder.take(["p.1"])
        assert (answer == OK, len(taken["p.1"]), len(asked)) == (is_answered,) * 3

    run(test())

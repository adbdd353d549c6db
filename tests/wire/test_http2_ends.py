"""Ends and resets by HTTP/2 through the gate: they end their own stream and no other."""

import asyncio

import pytest
from tests.wire.gate_client import API, gated
from tests.wire.http2_client import CANCEL, LARGE, STATUS_OK, client
from tests.wire.tap_builders import (
    CUT_SHORT,
    HI,
    OK,
    Reader,
    Writer,
    always,
    break_off,
    closed,
    once,
    refusing_port,
    run,
)

BROKEN = {
    **{name: answer for name, answer in CUT_SHORT.items() if name != "until close"},
    "switching protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "chunk size is garbage": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
def test_server_that_breaks_off_or_talks_nonsense_resets_its_stream_only(answer: bytes) -> None:
    async def test() -> None:
        async with gated(p=once(answer), q=always(OK)) as gate, client(gate) as browser:
            broken = await browser.get(b"/?cell=p.1")
            whole = await browser.get(b"/?cell=q.1")
            (exchange,) = await gate.taken("p.1")
        assert (broken.reset, whole.reset) == (CANCEL, None)
        assert exchange.complete == (exchange.status == 101)

    run(test())


def test_server_that_resets_its_connection_resets_the_stream() -> None:
    async def test() -> None:
        async with gated(p=break_off) as gate, client(gate) as browser:
            number = browser.ask(
                b"/?cell=p.1", (b"content-length", b"9"), method=b"PUT", last=False
            )
            await browser.began(number).began.wait()
            await browser.say(number, b"go", last=False)
            assert (await browser.answer(number)).reset == CANCEL
            (exchange,) = await gate.taken("p.1")
        assert (exchange.body, exchange.complete) == (b"hi", False)

    run(test())


def test_server_that_is_not_there_resets_the_stream_and_the_request_is_heard() -> None:
    async def test(port: int) -> None:
        async with gated(p=always(OK)) as gate:
            gate.ports["p"] = port
            await gate.recorder.map_origins([gate.route(API)])
            async with client(gate) as browser:
                assert (await browser.get(b"/?cell=p.1")).reset == CANCEL
            (exchange,) = await gate.taken("p.1")
        assert (exchange.status, exchange.complete, exchange.target) == (None, False, "/?cell=p.1")

    with refusing_port() as port:
        run(test(port))


@pytest.mark.parametrize("how", ["reset", "end of the connection"])
def test_browser_that_leaves_a_stream_ends_the_exchange_with_the_server(how: str) -> None:
    left = asyncio.Event()

    async def hang(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HI)
        await reader.read()
        left.set()

    async def test() -> None:
        async with gated(p=hang, q=always(OK)) as gate:
            async with client(gate) as browser:
                number = browser.ask(b"/?cell=p.1")
                await browser.began(number).began.wait()
                if how == "reset":
                    browser.reset(number)
                    await left.wait()
                    assert (await browser.get(b"/?cell=q.1")).headers[0] == STATUS_OK
            await left.wait()
            (exchange,) = await gate.taken("p.1")
        assert (exchange.status, exchange.complete) == (200, False)

    run(test())


def test_reset_in_the_same_turn_as_the_request_harms_no_other_stream() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, client(gate) as browser:
            for token in (b"p.1", b"x.1"):
                number = browser.h2.get_next_available_stream_id()
                names = (
                    (b":method", b"GET"),
                    (b":authority", b"x"),
                    (b":path", b"/?cell=" + token),
                )
                browser.h2.send_headers(number, names)
                browser.h2.send_data(number, b"x")
                browser.h2.reset_stream(number, CANCEL)
            assert (await browser.get(b"/?cell=p.2")).headers[0] == STATUS_OK

    run(test())


def test_server_that_answers_before_it_has_the_whole_request() -> None:
    async def test() -> None:
        async with gated(p=once(OK)) as gate, client(gate) as browser:
            number = browser.ask(b"/?cell=p.1", method=b"PUT", last=False)
            assert (await browser.answer(number)).headers[0] == STATUS_OK
            await browser.say(number, bytes(LARGE))
            assert (await browser.get(b"/?cell=p.2")).headers[0] == STATUS_OK

    run(test())


def test_connection_that_the_server_closed_is_not_used_again() -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def one_each(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await closed(writer)
        gone.put_nowait(None)

    async def test() -> None:
        async with gated(p=one_each) as gate, client(gate) as browser:
            for n in range(20):
                got = await browser.get(b"/?cell=p.%d" % n)
                assert (got.headers[0], got.reset) == (STATUS_OK, None)
                await gone.get()

    run(test())

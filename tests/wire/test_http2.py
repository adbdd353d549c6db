"""HTTP/2 through the gate: each stream a request to a server that speaks HTTP/1.1."""

import asyncio

import pytest
from tests.wire.gate_client import API, gated
from tests.wire.http2_client import CANCEL, LARGE, STATUS_OK, client
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
    heads,
    once,
    run,
)

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange


def test_exchange_is_recorded_as_it_was_sent_and_answered() -> None:
    sent = (
        b"GET /a?cell=p.1 HTTP/1.1\r\nhost: api.example.org\r\n"
        b"x-b: 2\r\norigin: null\r\nx-a: \xff\r\nx-b: \r\n\r\n"
    )
    answer = (
        b"HTTP/1.1 201 Made\r\nX-b: 2\r\nx-B:  1 \r\nConnection: keep-alive\r\nKeep-Alive: 5\r\n"
        b"X-a: \xff\x01\r\nX-b: \r\nContent-Length: 2\r\n\r\nhi"
    )
    headers = ((b"x-b", b"2"), (b"origin", b"null"), (b"x-a", b"\xff"), (b"x-b", b""))

    async def test() -> None:
        async with gated(p=answering(sent, answer)) as gate, client(gate) as browser:
            got = await browser.get(b"/a?cell=p.1", *headers)
            (exchange,) = await gate.taken("p.1")
        assert (got.headers, got.body) == (
            [
                (b":status", b"201"),
                (b"x-b", b"2"),
                (b"x-b", b"1"),
                (b"x-a", b"\xff\x01"),
                (b"x-b", b""),
                (b"content-length", b"2"),
            ],
            b"hi",
        )
        assert exchange == Exchange(
            kind=ExchangeKind.REQUEST,
            role="server",
            origin=API,
            method="GET",
            target="/a?cell=p.1",
            request_headers=((b"host", b"api.example.org"), *headers),
            status=201,
            response_headers=(
                (b"X-b", b"2"),
                (b"x-B", b"1"),
                (b"Connection", b"keep-alive"),
                (b"Keep-Alive", b"5"),
                (b"X-a", b"\xff\x01"),
                (b"X-b", b""),
                (b"Content-Length", b"2"),
            ),
            body_bytes=2,
            body=b"hi",
            t_ms=exchange.t_ms,
            end_ms=exchange.end_ms,
            protocol="h2",
        )

    run(test())


def test_preflight_is_known_by_its_headers() -> None:
    asks = ((b"origin", b"https://a.example"), (b"access-control-request-method", b"PUT"))

    async def test() -> None:
        async with gated(p=always(OK)) as gate, client(gate) as browser:
            await browser.get(b"/?cell=p.1", *asks, method=b"OPTIONS")
            (exchange,) = await gate.taken("p.1")
        assert exchange.kind == ExchangeKind.PREFLIGHT

    run(test())


def test_cookie_crumbs_are_recorded_as_sent_and_joined_for_the_server() -> None:
    sent = (
        b"GET /?cell=p.1 HTTP/1.1\r\nhost: api.example.org\r\n"
        b"a: 1\r\ncookie: x=1; y=2\r\nb: 2\r\n\r\n"
    )
    headers = ((b"a", b"1"), (b"cookie", b"x=1"), (b"b", b"2"), (b"cookie", b"y=2"))

    async def test() -> None:
        async with gated(p=answering(sent, OK)) as gate, client(gate) as browser:
            assert (await browser.get(b"/?cell=p.1", *headers)).headers[0] == STATUS_OK
            (exchange,) = await gate.taken("p.1")
        assert exchange.request_headers[1:] == headers

    run(test())


def test_streams_run_beside_each_other_and_go_where_their_tokens_say() -> None:
    all_requested = asyncio.Event()
    request_heads: list[bytes] = []

    def named(name: bytes) -> Serve:
        async def serve(reader: Reader, writer: Writer) -> None:
            async for head in heads(reader):
                request_heads.append(head)
                if len(request_heads) == 60:
                    all_requested.set()
                await all_requested.wait()
                writer.write(HI + name)

        return serve

    async def test() -> None:
        async with gated(p=named(b"pp"), q=named(b"qq")) as gate, client(gate) as browser:
            tokens = [f"{'pq'[n % 2]}.{n}" for n in range(60)]
            numbers = [browser.ask(f"/?cell={token}".encode()) for token in tokens]
            answers = [await browser.answer(number) for number in numbers]
            all_ = await gate.recorder.take(tokens)
        assert [answer.body for answer in answers] == [b"pp", b"qq"] * 30
        assert [got[0].body for got in all_.values()] == [b"pp", b"qq"] * 30

    run(test())


def test_large_body_with_a_length_reaches_the_server() -> None:
    sent = (
        b"PUT /?cell=p.1 HTTP/1.1\r\nhost: api.example.org\r\ncontent-length: %d\r\n\r\n" % LARGE
        + bytes(LARGE)
    )

    async def test() -> None:
        async with gated(p=answering(sent, OK)) as gate, client(gate) as browser:
            length = (b"content-length", b"%d" % LARGE)
            number = browser.ask(b"/?cell=p.1", length, method=b"PUT", last=False)
            await browser.say(number, bytes(LARGE))
            assert (await browser.answer(number)).headers[0] == STATUS_OK
            (exchange,) = await gate.taken("p.1")
        assert (exchange.request_bytes, exchange.request_body) == (LARGE, bytes(64 * 1024))

    run(test())


def test_large_body_waits_for_a_server_that_does_not_take_it_and_blocks_no_other() -> None:
    take = asyncio.Event()
    small = b"PUT /?cell=q.1 HTTP/1.1\r\nhost: api.example.org\r\ncontent-length: 5\r\n\r\nhello"

    async def late(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await take.wait()
        await reader.readexactly(10 * LARGE)
        writer.write(OK)

    async def test() -> None:
        async with gated(p=late, q=answering(small, OK)) as gate, client(gate) as browser:
            number, other = (
                browser.ask(path, (b"content-length", b"%d" % size), method=b"PUT", last=False)
                for path, size in ((b"/?cell=p.1", 10 * LARGE), (b"/?cell=q.1", 5))
            )
            saying = asyncio.ensure_future(browser.say(number, bytes(10 * LARGE)))
            await browser.held_up()
            await browser.say(other, b"hello")
            assert (await browser.answer(other)).headers[0] == STATUS_OK
            assert not saying.done()
            take.set()
            assert (await browser.answer(number)).headers[0] == STATUS_OK
            await saying

    run(test())


def test_body_without_a_length_is_chunked_for_the_server_only() -> None:
    sent = (
        b"PUT /?cell=p.1 HTTP/1.1\r\nhost: api.example.org\r\ntransfer-encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"
    )

    async def test() -> None:
        async with gated(p=answering(sent, OK)) as gate, client(gate) as browser:
            number = browser.ask(b"/?cell=p.1", method=b"PUT", last=False)
            await browser.say(number, b"hello", last=False)
            await browser.say(number, b"you")
            assert (await browser.answer(number)).headers[0] == STATUS_OK
            (exchange,) = await gate.taken("p.1")
        assert exchange.request_headers == ((b"host", b"api.example.org"),)
        assert (exchange.request_body, exchange.request_bytes) == (b"helloyou", 8)

    run(test())


def test_large_body_waits_for_a_browser_that_does_not_take_it_and_blocks_no_other() -> None:
    held_up = asyncio.Event()

    async def test() -> None:
        async with gated(p=flood(held_up), q=always(OK)) as gate, client(gate) as browser:
            browser.taking = False
            number = browser.ask(b"/?cell=p.1")
            await held_up.wait()
            assert (await browser.get(b"/?cell=q.1", method=b"HEAD")).headers[0] == STATUS_OK
            assert len(browser.began(number).body) < LARGE
            browser.take_all()
            assert len((await browser.answer(number)).body) == FLOOD
            (exchange,) = await gate.taken("p.1")
        assert (exchange.body_bytes, exchange.complete) == (FLOOD, True)

    run(test())


CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n"
    b"2\r\nhi\r\n0\r\n\r\n"
)


LENGTHLESS = {
    "chunked": always(CHUNKED),
    "until close": once(b"HTTP/1.1 200 OK\r\n\r\nhi"),
    "until close, of HTTP/1.0": once(b"HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhi"),
}


@pytest.mark.parametrize("serve", LENGTHLESS.values(), ids=LENGTHLESS.keys())
def test_body_comes_out_of_its_framing(serve: Serve) -> None:
    async def test() -> None:
        async with gated(p=serve) as gate, client(gate) as browser:
            for token in ("p.1", "p.2"):
                got = await browser.get(b"/?cell=" + token.encode())
                assert (got.headers, got.body, got.reset) == ([STATUS_OK], b"hi", None)
                (exchange,) = await gate.taken(token)
                assert (exchange.body, exchange.complete) == (b"hi", True)

    run(test())


def test_bytes_behind_a_response_are_nobody_s() -> None:
    async def test() -> None:
        async with gated(p=always(OK + OK)) as gate, client(gate) as browser:
            for n in range(3):
                got = await browser.get(b"/?cell=p.%d" % n)
                assert (got.body, got.reset) == (b"hi", None)

    run(test())


def test_response_of_length_0_is_whole() -> None:
    async def test() -> None:
        empty = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        async with gated(p=always(empty)) as gate, client(gate) as browser:
            got = await browser.get(b"/?cell=p.1")
            assert (got.headers, got.body) == ([STATUS_OK, (b"content-length", b"0")], b"")

    run(test())


NO_BODY = {
    "HEAD": (b"HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
    "204": (b"GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304": (b"GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
}


@pytest.mark.parametrize(("method", "answer"), NO_BODY.values(), ids=NO_BODY.keys())
def test_response_without_body_ends_with_its_head(method: bytes, answer: bytes) -> None:
    async def test() -> None:
        async with gated(p=always(answer)) as gate, client(gate) as browser:
            for _ in range(2):
                got = await browser.get(b"/?cell=p.1", method=method)
                assert (got.headers[0][1], got.body, got.reset) == (answer[9:12], b"", None)
            both = await gate.taken("p.1")
        assert [exchange.complete for exchange in both] == [True, True]

    run(test())


def test_interim_responses_come_before_the_response() -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    async def test() -> None:
        async with gated(p=always(b"HTTP/1.1 100 Continue\r\n\r\n" + hints + OK)) as gate:
            async with client(gate) as browser:
                got = await browser.get(b"/?cell=p.1")
            (exchange,) = await gate.taken("p.1")
        assert got.interim == [[(b":status", b"100")], [(b":status", b"103"), (b"link", b"</a>")]]
        assert (got.headers[0], exchange.status) == (STATUS_OK, 200)

    run(test())


def test_folded_header_becomes_one_line() -> None:
    async def test() -> None:
        answer = b"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 0\r\n\r\n"
        async with gated(p=always(answer)) as gate, client(gate) as browser:
            assert (b"x", b"a b") in (await browser.get(b"/?cell=p.1")).headers

    run(test())


def test_status_keeps_its_zeros() -> None:
    async def test() -> None:
        answer = b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"
        async with gated(p=always(answer)) as gate, client(gate) as browser:
            assert (await browser.get(b"/?cell=p.1")).headers[0] == (b":status", b"099")

    run(test())


def test_requests_without_a_server_are_reset_unheard_and_counted() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, client(gate) as browser:
            number = browser.ask(b"/?cell=x.1", method=b"PUT", last=False)
            assert (await browser.answer(number)).reset == CANCEL
            assert await gate.recorder.strays() == ()
            assert await gate.refused() == {"api.example.org:443 no server for this request": 1}
            assert (await browser.get(b"/?cell=p.1")).headers[0] == STATUS_OK

    run(test())


@pytest.mark.usefixtures("patient_pool")
def test_connections_to_a_server_are_used_again() -> None:
    accepted: list[Writer] = []

    async def keep(reader: Reader, writer: Writer) -> None:
        accepted.append(writer)
        async for _ in heads(reader):
            writer.write(OK)

    async def test() -> None:
        async with gated(p=keep) as gate, client(gate) as one, client(gate) as other:
            for n in range(20):
                await (one, other)[n % 2].get(b"/?cell=p.%d" % n)
        assert len(accepted) < 20

    run(test())


def test_what_is_no_http2_is_counted_and_closed() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, gate.secure(API, "h2") as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            await reader.read()
            ((why, count),) = (await gate.refused()).items()
        assert why.startswith("api.example.org:443 HTTP/2: ProtocolError")
        assert count == 1

    run(test())

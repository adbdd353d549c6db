"""What a server is told by X-Forwarded-*, and what is recorded all the same."""

import dataclasses
from collections.abc import Awaitable, Callable

import pytest
from tests.wire.gate_client import API, Gated, gated
from tests.wire.http2_client import client
from tests.wire.tap_builders import OK, Reader, Writer, run

from cors_harness.wire.forwarded import told_https

TOLD = {
    "nothing of its own": (
        b"GET /a HTTP/1.1\r\nHost: api.example.org\r\nA: b\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: api.example.org\r\nA: b\r\nX-Forwarded-Proto: https\r\n"
        b"X-Forwarded-Host: api.example.org\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n",
    ),
    "lies of the client, folded and with other signs": (
        b"GET /a HTTP/1.1\r\nhost: api.example.org:8443\r\nx-forwarded-proto: http\r\n"
        b"X-FORWARDED-FOR: 8.8.8.8,\r\n 9.9.9.9\r\nX_Forwarded_Host: evil\r\nX-Forwarded: a\r\n"
        b"\r\n",
        b"GET /a HTTP/1.1\r\nhost: api.example.org:8443\r\nX-Forwarded: a\r\n"
        b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: api.example.org:8443\r\n"
        b"X-Forwarded-For: 127.0.0.1\r\n\r\n",
    ),
    "bare line ends": (
        b"GET /a HTTP/1.1\nhost: a\n\n",
        b"GET /a HTTP/1.1\nhost: a\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\n"
        b"X-Forwarded-For: 127.0.0.1\r\n\n",
    ),
    "no host": (
        b"GET /a HTTP/1.0\r\n\r\n",
        b"GET /a HTTP/1.0\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n",
    ),
}


@pytest.mark.parametrize(("head", "told"), TOLD.values(), ids=TOLD)
def test_head_for_the_server(head: bytes, told: bytes) -> None:
    assert told_https(head) == told


class Hearing:
    """A server that answers once a connection, and notes every byte."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def serve(self, reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(2) if b"ontent-" in head else b""
        self.heard.append(head + body)
        writer.write(OK)


LIE = b"x-forwarded-for: 8.8.8.8\r\n"
ADDED = (
    b"X-Forwarded-Proto: https\r\nX-Forwarded-Host: api.example.org\r\n"
    b"X-Forwarded-For: 127.0.0.1\r\n\r\n{}"
)


async def by_http1(gate: Gated) -> None:
    async with gate.secure() as (reader, writer):
        writer.write(
            b"PUT /?cell=p.1 HTTP/1.1\r\nHost: api.example.org\r\nContent-Length: 2\r\n"
            + LIE
            + b"\r\n{}"
        )
        assert await reader.readexactly(len(OK)) == OK


async def by_http2(gate: Gated) -> None:
    async with client(gate) as browser:
        headers = ((b"content-length", b"2"), (b"x-forwarded-for", b"8.8.8.8"))
        number = browser.ask(b"/?cell=p.1", *headers, method=b"PUT", last=False)
        await browser.say(number, b"{}")
        assert (await browser.answer(number)).body == b"hi"


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("ask", [by_http1, by_http2], ids=["http/1.1", "h2"])
def test_server_is_told_and_the_record_has_what_the_browser_sent(
    ask: Callable[[Gated], Awaitable[None]], told: bool
) -> None:
    server = Hearing()

    async def test() -> None:
        async with gated(p=server.serve) as gate:
            route = gate.route(API)
            backends = {
                key: dataclasses.replace(backend, forwarded=told)
                for key, backend in route.by_key.items()
            }
            await gate.recorder.map_origins([dataclasses.replace(route, by_key=backends)])
            await ask(gate)
            (exchange,) = await gate.taken("p.1")
        (heard,) = server.heard
        assert (ADDED in heard, LIE in heard) == (told, not told)
        forwarded = [pair for pair in exchange.request_headers if b"forwarded" in pair[0].lower()]
        assert forwarded == [(b"x-forwarded-for", b"8.8.8.8")]
        assert exchange.request_body == b"{}"

    run(test())

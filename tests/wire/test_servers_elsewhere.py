"""Servers that are no port of ours on 127.0.0.1: in TLS, checked by their name, and on ::1."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from tests.wire.gate_client import API, gated
from tests.wire.http2_client import client
from tests.wire.tap_builders import (
    CUT_SHORT,
    FLOOD,
    OK,
    Reader,
    Serve,
    Wired,
    Writer,
    always,
    closed,
    get,
    once,
    run,
)

from cors_harness.model.route import Address, Backend, Route
from cors_harness.terms.origin import parse_origin
from cors_harness.wire.recorder import Recorder


@dataclass(slots=True, kw_only=True)
class Secure:
    """A TLS server with a certificate for localhost.

    Attributes:
        asked: the server name of each handshake.
        spoken: what ALPN came to, of each connection.
    """

    address: Address
    asked: list[str | None] = field(default_factory=list)
    spoken: list[str | None] = field(default_factory=list)


Serving = Callable[[Serve], AbstractAsyncContextManager[Secure]]


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Serves in TLS; the recorders that start later trust the authority."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return lambda serve: _serving(serve, authority)


@pytest.fixture
def untrusted() -> Serving:
    """Serves in TLS with a certificate of nobody's."""
    return lambda serve: _serving(serve, trustme.CA())


@contextlib.asynccontextmanager
async def _serving(serve: Serve, authority: trustme.CA) -> AsyncIterator[Secure]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert("localhost").configure_cert(context)
    secure = Secure(address=Address(port=0))
    context.sni_callback = lambda _tls, name, _context: secure.asked.append(name)

    async def accept(reader: Reader, writer: Writer) -> None:
        tls = writer.get_extra_info("ssl_object")
        secure.spoken.append(tls.selected_alpn_protocol())
        try:
            await serve(reader, writer)
        finally:
            await closed(writer)

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        secure.address = Address(port=port, tls_name="localhost")
        yield secure


@contextlib.asynccontextmanager
async def tapped(address: Address) -> AsyncIterator[Wired]:
    recorder = Recorder()
    await recorder.start()
    try:
        yield Wired(recorder, await recorder.listen(address, "server"))
    finally:
        await recorder.stop()


def test_bytes_pass_into_tls_unchanged_and_are_recorded(trusted: Serving) -> None:
    request = get("p.1", b"X-a:  \xff \r\nx-A: 2\r\n")

    received = bytearray()

    async def keep(reader: Reader, writer: Writer) -> None:
        received.extend(await reader.readexactly(len(request)))
        writer.write(OK)
        await reader.read()

    async def test() -> None:
        async with trusted(keep) as seen, tapped(seen.address) as wire:
            await wire.exchange(request)
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert received == request
        assert (seen.asked, seen.spoken) == (["localhost"], ["http/1.1"])
        assert (exchange.status, exchange.body, exchange.origin) == (
            200,
            b"hi",
            "http://localhost:1",
        )

    run(test())


@pytest.mark.parametrize("answer", CUT_SHORT.values(), ids=CUT_SHORT)
def test_end_of_a_server_in_tls_is_passed_on(trusted: Serving, answer: bytes) -> None:
    async def test() -> None:
        async with trusted(once(answer)) as secure, tapped(secure.address) as wire:
            async with wire.connection() as (reader, writer):
                writer.write(get("p.1"))
                assert await reader.read() == answer
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert exchange.complete == (answer == CUT_SHORT["until close"])

    run(test())


def test_end_of_the_client_closes_the_connection_in_tls(trusted: Serving) -> None:
    gone = asyncio.Event()

    async def wait(reader: Reader, _writer: Writer) -> None:
        await reader.read()
        gone.set()

    async def test() -> None:
        async with trusted(wait) as secure, tapped(secure.address) as wire:
            async with wire.connection() as (_, writer):
                writer.write(get("p.1"))
                await writer.drain()
            await gone.wait()

    run(test())


def test_megabytes_come_whole_out_of_tls(trusted: Serving) -> None:
    async def much(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % FLOOD)
        writer.write(bytes(FLOOD))
        await reader.read()

    async def test() -> None:
        async with trusted(much) as secure, tapped(secure.address) as wire:
            async with wire.connection() as (reader, writer):
                writer.write(get("p.1"))
                await reader.readuntil(b"\r\n\r\n")
                assert await reader.readexactly(FLOOD) == bytes(FLOOD)
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert (exchange.body_bytes, exchange.complete) == (FLOOD, True)

    run(test())


def test_server_whose_certificate_is_not_trusted_gets_no_request(untrusted: Serving) -> None:
    async def test() -> None:
        async with untrusted(always(OK)) as secure, tapped(secure.address) as wire:
            async with wire.connection() as (reader, writer):
                writer.write(get("p.1"))
                assert await reader.read() == b""
            (exchange,) = (await wire.recorder.take(["p.1"]))["p.1"]
        assert (secure.spoken, exchange.status) == ([], None)

    run(test())


@pytest.mark.usefixtures("patient_pool")
@pytest.mark.parametrize("alpn", ["http/1.1", "h2"])
def test_gate_leads_to_a_server_in_tls_which_sees_the_browsers_host(
    trusted: Serving, alpn: str
) -> None:
    received = bytearray()

    async def keep(reader: Reader, writer: Writer) -> None:
        for _ in range(2):
            received.extend(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK)
        await reader.read()

    async def test() -> None:
        async with trusted(keep) as seen, gated() as gate:
            origin = parse_origin(API)
            issued = gate.authority.issue(origin.host)
            route = Route(
                origin=origin,
                certificate=issued.certificate,
                key=issued.key,
                by_key={"p": Backend(address=seen.address, role="server")},
            )
            await gate.recorder.map_origins([route])
            if alpn == "h2":
                async with client(gate) as browser:
                    for number in (1, 2):
                        assert (await browser.get(b"/a?cell=p.%d" % number)).body == b"hi"
            else:
                async with gate.secure() as (reader, writer):
                    for number in (1, 2):
                        writer.write(get(f"p.{number}").replace(b"localhost:1", b"api.example.org"))
                        assert await reader.readexactly(len(OK)) == OK
            (exchange,) = await gate.taken("p.2")
        assert received.lower().count(b"host: api.example.org\r\n") == 2
        assert (seen.asked, seen.spoken) == (["localhost"], ["http/1.1"])  # one, used twice
        assert (exchange.status, exchange.origin, exchange.protocol) == (200, API, alpn)

    run(test())


def test_port_of_a_server_elsewhere_is_none_of_this_machine(trusted: Serving) -> None:
    """Who may reach shop.example.com:P through the gate may not reach 127.0.0.1:P as well."""

    async def test() -> None:
        async with trusted(always(OK)) as secure, gated() as gate:
            backend = Backend(address=secure.address, role="server")
            route = Route(origin=parse_origin("http://shop.example.com"), default=backend)
            await gate.recorder.map_origins([route])
            place = f"127.0.0.1:{secure.address.port}"
            with pytest.raises(AssertionError):
                async with gate.tunnel(f"http://{place}"):
                    pass
            assert await gate.refused() == {f"{place} not mapped": 1}

    run(test())


def test_server_on_the_other_localhost_is_reached() -> None:
    async def accept(reader: Reader, writer: Writer) -> None:
        await always(OK)(reader, writer)
        await closed(writer)

    async def test() -> None:
        async with await asyncio.start_server(accept, "::1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with tapped(Address(host="::1", port=port)) as wire:
                await wire.exchange(get("p.1"))

    run(test())

"""The user's server that runs already: where it is found, over TLS too, and what is said of it."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from tests.wire.tap_builders import (
    OK,
    Reader,
    Serve,
    Writer,
    always,
    once,
    refusing_port,
    run,
    serving,
)

from cors_harness.errors import ServerFailed
from cors_harness.model.route import Address
from cors_harness.serving.user.probe import stated_versions
from cors_harness.serving.user.server import UserUrl, reached
from cors_harness.terms.origin import parse_origin

SAYS = b"HTTP/1.1 503 Busy\r\nServer: nginx/1.22.1 (Debian)\r\nContent-Length: 0\r\n\r\n"


@contextlib.asynccontextmanager
async def secure(names: tuple[str, ...], folder: Path) -> AsyncIterator[int]:
    """The port of a TLS server with a certificate for `names`; `folder` gets `authority.pem`."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)

    async def accept(reader: Reader, writer: Writer) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context) as server:
        yield server.sockets[0].getsockname()[1]


def url(host: str, port: int, scheme: str = "http") -> str:
    return f"{scheme}://{host}:{port}"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "shop.localhost"])
def test_server_is_found_by_every_name_of_this_machine(host: str) -> None:
    async def test() -> None:
        async with serving(always(SAYS)) as port:
            server = await reached(parse_origin(url(host, port)))
            assert server.address == Address(host="127.0.0.1", port=port)
            assert server.versions == (("nginx", "1.22.1"),)

    run(test())


def test_server_that_listens_on_the_other_localhost_only_is_found() -> None:
    async def answer(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        writer.close()

    async def test() -> None:
        with refusing_port() as port:  # on 127.0.0.1, where somebody else might listen
            async with await asyncio.start_server(answer, "::1", port, family=socket.AF_INET6):
                for host in ("localhost", "[::1]"):
                    served = await reached(parse_origin(url(host, port)))
                    assert served.address == Address(host="::1", port=port)

    run(test())


def test_server_in_tls_is_found_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test() -> None:
        async with secure(("localhost",), tmp_path) as port:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
            served = await reached(parse_origin(url("localhost", port, "https")))
            assert served.address.tls_name == "localhost"

    run(test())


async def silence(reader: Reader, _writer: Writer) -> None:
    await reader.read()


async def bye(_reader: Reader, _writer: Writer) -> None:
    pass


async def at_once(reader: Reader, writer: Writer) -> None:
    await reader.read(1)
    writer.write(OK)


FAILURES: dict[str, tuple[str, Serve, list[str]]] = {
    "closes early": ("http", bye, ["closes the connection without an answer to GET /"]),
    "garbage": ("http", once(b"SSH-2.0-OpenSSH\r\n"), ["with no HTTP: b'SSH-2.0-OpenSSH"]),
    "hangs": ("http", silence, ["gives GET / no answer within 1 s"]),
    "speaks TLS": ("http", once(b"\x15\x03\x01\x00\x02\x02F"), ["does it speak https?"]),
    "speaks no TLS": ("https", at_once, ["does not speak TLS", "does it speak http?"]),
}


@pytest.mark.parametrize(("scheme", "serve", "phrases"), FAILURES.values(), ids=FAILURES)
def test_what_is_no_http_server_is_told(
    monkeypatch: pytest.MonkeyPatch, scheme: str, serve: Serve, phrases: list[str]
) -> None:
    monkeypatch.setattr("cors_harness.serving.user.probe.PATIENCE_S", 1)

    async def test() -> None:
        async with serving(serve) as port:
            with pytest.raises(ServerFailed, match="your server http") as caught:
                await reached(parse_origin(url("127.0.0.1", port, scheme)))
        assert [phrase for phrase in phrases if phrase not in str(caught.value)] == []

    run(test())


@pytest.mark.parametrize("banner", [b"SSH certificate", b"POP3 TLS", b"TLS certificate"])
def test_words_of_a_server_without_http_choose_no_hint(banner: bytes) -> None:
    """The hint comes from the cause, never from words that happen to stand in the message."""

    async def test() -> None:
        async with serving(once(banner)) as port:
            with pytest.raises(ServerFailed) as caught:
                await reached(parse_origin(url("127.0.0.1", port)))
        assert str(caught.value).endswith(f"answers GET / with no HTTP: {banner!r}")

    run(test())


def test_server_that_is_not_there_is_told() -> None:
    async def test(port: int) -> None:
        phrases = rf"http://localhost:{port} is not there: nobody listens(?s:.*)start it first"
        with pytest.raises(ServerFailed, match=phrases):
            await reached(parse_origin(url("localhost", port)))

    with refusing_port() as port:
        run(test(port))


def test_server_that_goes_is_missed() -> None:
    async def test() -> None:
        async with serving(always(OK)) as port:
            server = UserUrl(parse_origin(url("localhost", port)))
            await server.start()
            await server.look()
        with pytest.raises(ServerFailed, match=rf"http://localhost:{port} is not there any more"):
            await server.watch()

    run(test())


def test_server_too_busy_to_take_a_connection_is_still_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("cors_harness.serving.user.probe.PATIENCE_S", 0.2)

    async def test() -> None:
        async with serving(always(OK)) as port:
            server = UserUrl(parse_origin(url("127.0.0.1", port)))
            await server.start()
        with socket.create_server(("127.0.0.1", port), backlog=0) as busy:
            waiting = [socket.socket() for _ in range(3)]
            for client in waiting:  # nobody accepts them
                client.setblocking(False)
                client.connect_ex(busy.getsockname())
            await server.look()
            for client in waiting:
                client.close()

    run(test())


UNTRUSTED = {
    "unknown authority": (("localhost",), False, "unable to get local issuer certificate"),
    "another name": (("shop.example.com",), True, "Hostname mismatch"),
}


@pytest.mark.parametrize(("names", "known", "phrases"), UNTRUSTED.values(), ids=UNTRUSTED)
def test_certificate_that_does_not_hold_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    names: tuple[str, ...],
    known: bool,
    phrases: str,
) -> None:
    async def test() -> None:
        async with secure(names, tmp_path) as port:
            if known:
                monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
            with pytest.raises(ServerFailed, match=f"is not trusted: {phrases}") as caught:
                await reached(parse_origin(url("localhost", port, "https")))
        assert "SSL_CERT_FILE=FILE" in str(caught.value)

    run(test())


PRODUCTS = {
    "one": ("waitress/3.0", (("waitress", "3.0"),)),
    "several": ("Werkzeug/3.1.3 Python/3.11.2", (("werkzeug", "3.1.3"), ("python", "3.11.2"))),
    "a comment": ("nginx/1.22.1 (Debian)", (("nginx", "1.22.1"),)),
    "no version": ("gunicorn", ()),
    "nothing": ("", ()),
}


@pytest.mark.parametrize(("server", "versions"), PRODUCTS.values(), ids=PRODUCTS)
def test_versions_are_those_that_the_server_states(
    server: str, versions: tuple[tuple[str, str], ...]
) -> None:
    assert stated_versions(server) == versions

"""Who gets through the gate, and that nobody gets further than this machine."""

import asyncio
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.wire.gate_client import API, LOOPBACK, PLAIN, Gated, connect, gated
from tests.wire.tap_builders import DEADLINE_S, OK, always, closed, get, run, serving

from cors_harness.errors import ServerFailed
from cors_harness.model.route import Address, Backend, Route
from cors_harness.terms.origin import parse_origin
from cors_harness.wire.advertised import AdvertisedPorts
from cors_harness.wire.routes import GateClient
from cors_harness.wire.socks_gate import Gate
from cors_harness.wire.tap import Tap

NOT_ALLOWED = 2
OTHERS = {
    "name": ("example.net", 443),
    "other port": ("api.example.org", 8443),
    "sub-domain": ("x.api.example.org", 443),
    "trailing dot": ("api.example.org.", 443),
    "address": ("192.0.2.1", 80),
    "loopback port that nobody named": ("localhost", 9),
    "host that only looks like loopback": ("127.0.0.1.example.net", 9),
    "empty": ("", 80),
}
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "a.localhost", "127.8.9.1", "::1")


@pytest.mark.parametrize("address", OTHERS.values(), ids=OTHERS.keys())
def test_what_is_not_mapped_is_refused_and_counted(address: tuple[str, int]) -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            for _ in range(2):
                async with gate.connection() as (reader, writer):
                    assert await connect(reader, writer, *address) == NOT_ALLOWED
                    assert await reader.read() == b""
            assert await gate.refused() == {"{}:{} not mapped".format(*address): 2}
            assert await gate.refused() == {}

    run(test())


@pytest.mark.parametrize("host", LOOPBACK_NAMES)
def test_ports_of_the_tap_are_reached_by_loopback_names_and_recorded(host: str) -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            front = await gate.recorder.listen(Address(port=gate.ports["p"]), "third")
            async with gate.connection() as (reader, writer):
                assert await connect(reader, writer, host, front) == 0
                writer.write(get("p.1"))
                assert await reader.readexactly(len(OK)) == OK
            (exchange,) = await gate.taken("p.1")
        assert (exchange.role, exchange.origin, exchange.status) == (
            "third",
            "http://localhost:1",
            200,
        )

    run(test())


@pytest.mark.parametrize(
    ("named", "roles"), [("as a loopback port", ["page"]), ("as a backend", [])]
)
def test_other_ports_of_this_machine_are_reached_where_they_are_named(
    named: str, roles: list[str]
) -> None:
    async def test() -> None:
        async with gated() as gate, serving(always(OK)) as port:
            backend = Route(
                origin=parse_origin(PLAIN),
                default=Backend(address=Address(port=port), role="server"),
            )
            if named == "as a backend":
                await gate.recorder.map_origins([backend])
            else:
                await gate.recorder.map_origins([], page_ports=[port])
            async with gate.connection() as (reader, writer):
                assert await connect(reader, writer, "localhost", port) == 0
                writer.write(get("p.1"))
                assert await reader.readexactly(len(OK)) == OK
            assert [exchange.role for exchange in await gate.taken("p.1")] == roles

    run(test())


def test_mapped_origin_wins_over_a_loopback_port() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, serving(always(b"nobody")) as dev_server:
            origin = f"http://localhost:{dev_server}"
            await gate.recorder.map_origins([gate.route(origin)], page_ports=[dev_server])
            async with gate.tunnel(origin) as (reader, writer):
                writer.write(get("p.1"))
                assert await reader.readexactly(len(OK)) == OK
            (exchange,) = await gate.taken("p.1")
        assert (exchange.role, exchange.origin) == ("server", origin)

    run(test())


def test_gate_of_loopback_leads_to_ports_of_the_run_and_nowhere_else() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, serving(always(OK)) as stranger:
            front = await gate.recorder.listen(Address(port=gate.ports["p"]), "other")
            port = await gate.recorder.open_gate("firefox", only_loopback=True)
            assert port != gate.port
            mapped = ("api.example.org", 80)
            for address in (mapped, ("localhost", stranger), *OTHERS.values()):
                async with gate.connection(port) as (reader, writer):
                    assert await connect(reader, writer, *address) == NOT_ALLOWED
            assert (await gate.refused())["api.example.org:80 not mapped"] == 1
            async with gate.connection(port) as (reader, writer):
                assert await connect(reader, writer, "localhost", front) == 0
                writer.write(get("p.1"))
                assert await reader.readexactly(len(OK)) == OK
            assert [exchange.role for exchange in await gate.taken("p.1")] == ["other"]

    run(test())


def test_bytes_that_come_with_the_handshake_are_not_lost() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, gate.connection() as (reader, writer):
            name = b"api.example.org"
            hello = b"\x05\x01\x00\x05\x01\x00\x03%c%b\x00\x50" % (len(name), name)
            writer.write(hello + get("p.1"))
            assert (await reader.readexactly(12 + len(OK)))[12:] == OK

    run(test())


@pytest.mark.parametrize(("alpn", "agreed"), [("h2", "h2"), ("http/1.1", "http/1.1"), (None, None)])
def test_tls_has_the_certificate_of_the_host_and_agrees_on_a_protocol(
    alpn: str | None, agreed: str | None
) -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, gate.secure(alpn=alpn) as (_, writer):
            tls = writer.get_extra_info("ssl_object")
            assert tls.selected_alpn_protocol() == agreed
            assert tls.getpeercert()["subjectAltName"] == (("DNS", "api.example.org"),)

    run(test())


def test_expired_certificate_is_told_apart_by_the_alert() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            await gate.recorder.map_origins([gate.route(API, expired=True)])
            with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
                await asyncio.to_thread(shake_hands, gate.port, gate.trust())
            assert await refused(gate) == {"api.example.org:443 TLS alert certificate_expired": 1}

    run(test())


def test_unknown_authority_is_told_apart_by_the_alert() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
                await asyncio.to_thread(shake_hands, gate.port, ssl.create_default_context())
            assert await refused(gate) == {"api.example.org:443 TLS alert unknown_ca": 1}

    run(test())


def shake_hands(port: int, context: ssl.SSLContext) -> None:
    """As a browser does, with the alert that asyncio does not send."""
    host = "api.example.org"
    with socket.create_connection((LOOPBACK, port), DEADLINE_S) as connection:
        name = b"%c%b" % (len(host), host.encode())
        connection.sendall(b"\x05\x01\x00\x05\x01\x00\x03%b\x01\xbb" % name)
        for size in (2, 10):  # each comes in one piece
            assert len(connection.recv(size)) == size
        with context.wrap_socket(connection, server_hostname=host):
            pass


def test_what_is_no_tls_is_counted() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate, gate.tunnel(API) as (reader, writer):
            writer.write(get("p.1"))
            await reader.read()
            assert await refused(gate) == {"api.example.org:443 TLS: http request": 1}

    run(test())


def test_client_that_leaves_in_the_handshake_is_counted() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            async with gate.tunnel(API) as (_, writer):
                writer.write(b"\x16\x03\x01")
            why = "api.example.org:443 TLS: closed during the handshake"
            assert await refused(gate) == {why: 1}

    run(test())


async def refused(gate: Gated) -> dict[str, int]:
    """The first refusals that there are: an alert comes after the client has given up."""
    while not (refused := await gate.refused()):  # noqa: ASYNC110 - nothing else tells of it
        await asyncio.sleep(0)
    return dict(refused)


def test_replaced_map_counts_for_the_next_request_of_an_open_connection() -> None:
    async def test() -> None:
        async with gated(p=always(OK), q=always(OK)) as gate:
            async with gate.tunnel(PLAIN) as (reader, writer):
                writer.write(get("p.1"))
                await reader.readexactly(len(OK))
                await gate.recorder.map_origins([gate.route(PLAIN, role="other")])
                writer.write(get("p.1"))
                await reader.readexactly(len(OK))
                await gate.recorder.map_origins([])
                writer.write(get("p.1"))
                assert await reader.read() == b""
            exchanges = await gate.taken("p.1")
            why = "api.example.org:80 no server for this request"
            assert await gate.refused() == {why: 1}
        assert [exchange.role for exchange in exchanges] == ["server", "other"]

    run(test())


def test_everyone_has_a_gate_that_stays_on_its_port() -> None:
    async def test() -> None:
        async with gated() as gate:
            assert await gate.recorder.open_gate("firefox") == gate.port
            assert await gate.recorder.open_gate("webkit") != gate.port

    run(test())


def test_refusals_tell_who_asked() -> None:
    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            other = await gate.recorder.open_gate("webkit")
            for port in (gate.port, other, other):
                async with gate.connection(port) as (reader, writer):
                    assert await connect(reader, writer, "gone.example", 443) == NOT_ALLOWED
            counts = {refusal.client: refusal.count for refusal in await gate.recorder.refusals()}
            assert counts == {"firefox": 1, "webkit": 2}

    run(test())


def test_certificate_that_cannot_be_used_is_named_and_changes_nothing(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere.pem"

    async def test() -> None:
        async with gated(p=always(OK)) as gate:
            route = replace(gate.route(API), certificate=missing)
            with pytest.raises(ServerFailed, match=f"{API}: {missing}"):
                await gate.recorder.map_origins([route])
            async with gate.secure() as (reader, writer):
                writer.write(get("p.1"))
                assert await reader.readexactly(len(OK)) == OK

    run(test())


@contextmanager
def socket_calls() -> Iterator[list[tuple[str, Any]]]:
    """Every connection that is opened and every name that is looked up by this process."""
    calls: list[tuple[str, Any]] = []
    watching = True

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if watching and event == "socket.connect":
            calls.append((event, args[1]))
        elif watching and event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
            calls.append((event, args[0]))

    sys.addaudithook(hook)
    yield calls
    watching = False


def test_gate_connects_to_this_machine_only_and_looks_no_name_up() -> None:
    async def test() -> None:
        # In this process and on Python's own loop, where calls can be watched.
        gate = Gate(Tap(), AdvertisedPorts())
        async with serving(always(OK)) as port:
            default = Backend(address=Address(port=port), role="server")
            gate.routes.replace([Route(origin=parse_origin(PLAIN), default=default)], [port])
            gate_port = await gate.open(GateClient(engine="firefox"))
            with socket_calls() as calls:
                for host, asked in [*OTHERS.values(), ("api.example.org", 80), ("localhost", port)]:
                    reader, writer = await asyncio.open_connection(LOOPBACK, gate_port)
                    if await connect(reader, writer, host, asked) == 0:
                        writer.write(get("p.1"))
                        await reader.readexactly(len(OK))
                    await closed(writer)
            for server in gate._servers[GateClient("firefox")]:
                server.close()
        ours = [("socket.connect", (LOOPBACK, gate_port))] * (len(OTHERS) + 2)
        assert sorted(calls) == sorted([*ours, *[("socket.connect", (LOOPBACK, port))] * 2])

    run(test())

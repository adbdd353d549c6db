"""A recorder's gate in front of servers that a test writes by hand, and a client of it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import pytest
from tests.wire.tap_builders import Reader, Serve, Writer, closed, serving

from cors_harness.model.exchange import Exchange
from cors_harness.model.route import Address, Backend, Route
from cors_harness.serving.authority import Authority
from cors_harness.terms.origin import parse_origin
from cors_harness.wire.recorder import Recorder

API = "https://api.example.org"
PLAIN = "http://api.example.org"
LOOPBACK = "127.0.0.1"


@dataclass(slots=True, kw_only=True)
class Gated:
    """What a test needs at hand.

    Attributes:
        port: the gate's.
        ports: of the servers, by the key in the tokens that lead to them.
    """

    recorder: Recorder
    authority: Authority
    port: int
    ports: dict[str, int] = field(default_factory=dict)

    def route(self, origin: str, *, expired: bool = False, role: str | None = "server") -> Route:
        """`origin`, with every server behind it."""
        parsed = parse_origin(origin)
        issued = self.authority.issue(parsed.host, expired=expired) if parsed.is_secure else None
        return Route(
            origin=parsed,
            certificate=issued.certificate if issued else None,
            key=issued.key if issued else None,
            by_key={
                key: Backend(address=Address(port=port), role=role)
                for key, port in self.ports.items()
            },
        )

    async def taken(self, token: str) -> tuple[Exchange, ...]:
        return (await self.recorder.take([token]))[token]

    async def refused(self) -> Mapping[str, int]:
        """How often, by host and why."""
        refusals = await self.recorder.refusals()
        return {
            f"{refusal.host}:{refusal.port} {refusal.why}": refusal.count for refusal in refusals
        }

    def trust(self, alpn: str | None = None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.authority.ca_pem)
        if alpn:
            context.set_alpn_protocols([alpn])
        return context

    @contextlib.asynccontextmanager
    async def connection(self, port: int | None = None) -> AsyncIterator[tuple[Reader, Writer]]:
        """A connection to the gate, or to another one's `port`, nothing sent yet."""
        reader, writer = await asyncio.open_connection(LOOPBACK, port or self.port)
        try:
            yield reader, writer
        finally:
            await closed(writer)

    @contextlib.asynccontextmanager
    async def tunnel(self, origin: str) -> AsyncIterator[tuple[Reader, Writer]]:
        """A connection through the gate, without TLS whatever the scheme."""
        parsed = parse_origin(origin)
        async with self.connection() as (reader, writer):
            assert await connect(reader, writer, parsed.host, parsed.port) == 0
            yield reader, writer

    @contextlib.asynccontextmanager
    async def secure(
        self, origin: str = API, alpn: str | None = None
    ) -> AsyncIterator[tuple[Reader, Writer]]:
        """A connection through the gate in TLS."""
        async with self.tunnel(origin) as (reader, writer):
            host = parse_origin(origin).host
            await writer.start_tls(self.trust(alpn), server_hostname=host)
            yield reader, writer


Open = Callable[[Gated], AbstractAsyncContextManager[tuple[Reader, Writer]]]


def plain(gate: Gated) -> AbstractAsyncContextManager[tuple[Reader, Writer]]:
    return gate.tunnel(PLAIN)


def in_tls(gate: Gated) -> AbstractAsyncContextManager[tuple[Reader, Writer]]:
    return gate.secure()


either_way = pytest.mark.parametrize("open_", [plain, in_tls], ids=["plain", "TLS"])


async def connect(reader: Reader, writer: Writer, host: str, port: int) -> int:
    """Ask the gate for a name; gives the reply code of SOCKS."""
    name = host.encode()
    writer.write(b"\x05\x01\x00\x05\x01\x00\x03%c%b" % (len(name), name) + port.to_bytes(2))
    assert await reader.readexactly(2) == b"\x05\x00"
    reply = await reader.readexactly(10)
    assert (reply[0], reply[2:]) == (5, b"\x00\x01" + bytes(6))
    return reply[1]


@contextlib.asynccontextmanager
async def gated(**servers: Serve) -> AsyncIterator[Gated]:
    """A gate that maps API and PLAIN to `servers`, by key."""
    recorder, authority = Recorder(), Authority()
    await recorder.start()
    try:
        async with contextlib.AsyncExitStack() as stack:
            gate = Gated(
                recorder=recorder, authority=authority, port=await recorder.open_gate("firefox")
            )
            for key, serve in servers.items():
                gate.ports[key] = await stack.enter_async_context(serving(serve))
            await recorder.map_origins([gate.route(API), gate.route(PLAIN)])
            yield gate
    finally:
        await recorder.stop()
        authority.close()

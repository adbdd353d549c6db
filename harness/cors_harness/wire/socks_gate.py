"""Gate: a SOCKS5 proxy that knows a few origins, and lets nobody out of this machine.

A tunnel to a mapped origin ends here, in a Switch or an Http2; one to a port of this machine that
is allowed is passed on; any other is refused. No name is ever resolved.
"""

import asyncio
from typing import cast

from cors_harness.model.route import Route
from cors_harness.terms.origin import is_loopback
from cors_harness.wire.channel import Channel, ProtocolHandler, TlsChannel
from cors_harness.wire.http1_exchanges import HTTP_2
from cors_harness.wire.http1_proxy import Http1Proxy
from cors_harness.wire.http2 import Http2
from cors_harness.wire.mapped_origin import GateServices, MappedOrigin
from cors_harness.wire.routes import NOT_MAPPED, HostPort, Routes
from cors_harness.wire.socks import ACCEPTED, NOT_ALLOWED, Handshake
from cors_harness.wire.tap import BACKLOG, Tap
from cors_harness.wire.upstream import Pool


class _Visitor(asyncio.Protocol):
    """A connection until it has said where it wants to go."""

    def __init__(self, gate: "Gate", who: str) -> None:
        self._gate, self._who, self._handshake = gate, who, Handshake()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._gate.visitors.add(self)

    def data_received(self, data: bytes) -> None:
        handshake = self._handshake
        if answer := handshake.feed(data):
            self._transport.write(answer)
        if handshake.failed:
            self._transport.close()
        elif handshake.asked:
            self._lead_on(handshake.asked)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - either way
        self._gate.visitors.discard(self)

    def _lead_on(self, address: HostPort) -> None:
        protocol = self._gate.way(address, self._who, self._transport)
        self._transport.write(ACCEPTED if protocol else NOT_ALLOWED)
        if protocol is None:
            self._transport.close()
            return
        self._gate.visitors.discard(self)
        self._transport.set_protocol(protocol)
        if self._handshake.rest:
            protocol.data_received(self._handshake.rest)


class Gate:
    """The proxy's ports, what it maps, and the connections to the servers behind.

    A port for everyone who uses it: what was refused is told by who asked.

    Attributes:
        visitors: the connections that are open now; the loop alone would not keep them alive.
    """

    def __init__(self, tap: Tap) -> None:
        self.routes = Routes()
        self.visitors: set[asyncio.Protocol] = set()
        self._tap = tap
        self._means = GateServices(routes=self.routes, ledger=tap.ledger, pool=Pool())
        self._servers: dict[str, asyncio.Server] = {}

    async def open(self, who: str) -> int:
        """Listen on a port of 127.0.0.1 for `who`; gives it, the same one each time.

        Raises:
            OSError: no socket could be had.
        """
        if who not in self._servers:
            loop = asyncio.get_running_loop()
            self._servers[who] = await loop.create_server(
                lambda: _Visitor(self, who), "127.0.0.1", 0, backlog=BACKLOG
            )
        return cast("int", self._servers[who].sockets[0].getsockname()[1])

    def way(
        self, address: HostPort, who: str, transport: asyncio.Transport
    ) -> asyncio.Protocol | None:
        """What takes over a connection by which `who` asked for `address`; None: it is refused."""
        if route := self.routes.find(address):
            return self._channel(MappedOrigin(address, who, self._means), route, transport)
        host, port = address
        if is_loopback(host) and (front := self._front(port)):
            front.connection_made(transport)
            return front
        self.routes.refuse(address, who, NOT_MAPPED)
        return None

    def _front(self, port: int) -> asyncio.Protocol | None:
        """What passes a connection on to a port of this machine; None: it may not."""
        if front := self._tap.front_of(port):
            return front
        return self._tap.unrecorded(port) if self.routes.may_pass(port) else None

    def _channel(self, site: MappedOrigin, route: Route, transport: asyncio.Transport) -> Channel:
        def gone() -> None:
            self.visitors.discard(channel)

        def agreed(protocol: str | None) -> ProtocolHandler:
            return (Http2 if protocol == HTTP_2 else Http1Proxy)(channel, site)

        if route.origin.is_secure:
            context = self.routes.context(route)
            channel: Channel = TlsChannel(transport, gone, context, agreed, site.refuse)
        else:
            channel = Channel(transport, gone)
            channel.talk = Http1Proxy(channel, site)
        self.visitors.add(channel)
        return channel

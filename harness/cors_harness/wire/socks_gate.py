"""Gate: a SOCKS5 proxy that knows a few origins, and lets nobody out of this machine.

A tunnel to a mapped origin ends here, in an Http1Proxy or an Http2; one to a port of this machine
that is allowed is passed on; any other is refused. No name is ever resolved.
"""

import asyncio
from typing import cast

from cors_harness.model.route import Route
from cors_harness.terms.origin import is_loopback
from cors_harness.wire.channel import Channel, ProtocolHandler, TlsChannel
from cors_harness.wire.http1_exchanges import HTTP_2
from cors_harness.wire.http1_proxy import Http1Proxy
from cors_harness.wire.http2 import Http2
from cors_harness.wire.routes import NOT_MAPPED, GateServices, HostPort, MappedOrigin, Routes
from cors_harness.wire.socks import ACCEPTED, NOT_ALLOWED, Handshake
from cors_harness.wire.tap import BACKLOG, Tap
from cors_harness.wire.upstream import Pool


class _SocksConnection(asyncio.Protocol):
    """A connection to the proxy until it has asked for an address."""

    def __init__(self, gate: "Gate", client: str) -> None:
        self._gate, self._client, self._handshake = gate, client, Handshake()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._gate.connections.add(self)

    def data_received(self, data: bytes) -> None:
        handshake = self._handshake
        if answer := handshake.feed(data):
            self._transport.write(answer)
        if handshake.failed:
            self._transport.close()
        elif handshake.address:
            self._connect(handshake.address)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - either way
        self._gate.connections.discard(self)

    def _connect(self, address: HostPort) -> None:
        protocol = self._gate.protocol_for(address, self._client, self._transport)
        self._transport.write(ACCEPTED if protocol else NOT_ALLOWED)
        if protocol is None:
            self._transport.close()
            return
        self._gate.connections.discard(self)
        self._transport.set_protocol(protocol)
        if self._handshake.rest:
            protocol.data_received(self._handshake.rest)


class Gate:
    """The proxy's ports, what it maps, and the connections to the servers behind.

    A port for each client: so it is known whose connections were refused.

    Attributes:
        connections: the connections that are open now; the loop alone would not keep them alive.
    """

    def __init__(self, tap: Tap) -> None:
        self.routes = Routes()
        self.connections: set[asyncio.Protocol] = set()
        self._tap = tap
        self._services = GateServices(routes=self.routes, log=tap.log, pool=Pool())
        self._servers: dict[str, asyncio.Server] = {}

    async def open(self, client: str) -> int:
        """Listen on a port of 127.0.0.1 for `client`; gives it, the same one each time.

        Raises:
            OSError: no socket could be had.
        """
        if client not in self._servers:
            loop = asyncio.get_running_loop()
            self._servers[client] = await loop.create_server(
                lambda: _SocksConnection(self, client), "127.0.0.1", 0, backlog=BACKLOG
            )
        return cast("int", self._servers[client].sockets[0].getsockname()[1])

    def protocol_for(
        self, address: HostPort, client: str, transport: asyncio.Transport
    ) -> asyncio.Protocol | None:
        """What takes over the connection of `client` to `address`; None: it is refused."""
        if route := self.routes.find(address):
            return self._channel(MappedOrigin(address, client, self._services), route, transport)
        host, port = address
        if is_loopback(host) and (link := self._link_to(port)):
            link.connection_made(transport)
            return link
        self.routes.refuse(address, client, NOT_MAPPED)
        return None

    def _link_to(self, port: int) -> asyncio.Protocol | None:
        """What passes a connection on to a port of this machine; None: it may not."""
        if link := self._tap.recording_link(port):
            return link
        return self._tap.unrecorded_link(port) if self.routes.may_pass(port) else None

    def _channel(self, origin: MappedOrigin, route: Route, transport: asyncio.Transport) -> Channel:
        def gone() -> None:
            self.connections.discard(channel)

        def agreed(protocol: str | None) -> ProtocolHandler:
            return (Http2 if protocol == HTTP_2 else Http1Proxy)(channel, origin)

        if route.origin.is_secure:
            context = self.routes.context(route)
            channel: Channel = TlsChannel(transport, gone, context, agreed, origin.refuse)
        else:
            channel = Channel(transport, gone)
            channel.handler = Http1Proxy(channel, origin)
        self.connections.add(channel)
        return channel

"""Gate: a SOCKS5 proxy that knows a few origins, and lets nobody out of this machine.

A tunnel to a mapped origin ends here, in an Http1Proxy or an Http2; one to a port of this machine
that is allowed is passed on; so is one that a redirect leads to, to nobody who answers. Any other
is refused. No name is ever resolved. Pages that call nothing but ports of the run have a gate that
knows nothing else.
"""

import asyncio
import ssl
from typing import cast

from cors_harness.terms.origin import DEFAULT_PORTS, Origin, is_loopback
from cors_harness.wire.advertised import AdvertisedPorts
from cors_harness.wire.channel import Channel, ProtocolHandler, TlsChannel
from cors_harness.wire.elsewhere import Elsewhere
from cors_harness.wire.exchange_log import HostPort
from cors_harness.wire.http1_exchanges import HTTP_2
from cors_harness.wire.http1_proxy import Http1Proxy
from cors_harness.wire.http2 import Http2
from cors_harness.wire.routes import (
    NOT_MAPPED,
    PROTOCOLS,
    GateClient,
    GateServices,
    MappedOrigin,
    Routes,
    UnnamedOrigin,
)
from cors_harness.wire.socks import ACCEPTED, NOT_ALLOWED, Handshake
from cors_harness.wire.tap import BACKLOG, Tap
from cors_harness.wire.upstream import Pool


class _SocksConnection(asyncio.Protocol):
    """A connection to the proxy until it has asked for an address."""

    def __init__(self, gate: "Gate", client: GateClient) -> None:
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

    A port for each client: so it is known whose connections were refused, and whose requests those
    without a token are.

    Attributes:
        elsewhere: the origins that no scenario names.
        connections: the connections that are open now; the loop alone would not keep them alive.
    """

    def __init__(self, tap: Tap, advertised: AdvertisedPorts) -> None:
        """`advertised`: opens the ports of clients on other machines."""
        self.routes, self.elsewhere = Routes(), Elsewhere()
        self._advertised = advertised
        self.connections: set[asyncio.Protocol] = set()
        self._tap = tap
        self._services = GateServices(routes=self.routes, log=tap.log, pool=Pool())
        self._servers: dict[GateClient, tuple[asyncio.Server, ...]] = {}

    async def open(self, client: GateClient, *, advertised: bool = False) -> int:
        """Listen on a port of 127.0.0.1 for `client`; gives it, the same one each time.

        `advertised`: not there, but where browsers on other machines call.

        Raises:
            OSError: no socket could be had.
        """
        if client not in self._servers:
            loop = asyncio.get_running_loop()

            def connection() -> asyncio.Protocol:
                return _SocksConnection(self, client)

            if advertised:
                servers, _ = await self._advertised.guard(connection)
            else:
                servers = (await loop.create_server(connection, "127.0.0.1", 0, backlog=BACKLOG),)
            self._servers[client] = servers
        return cast("int", self._servers[client][0].sockets[0].getsockname()[1])

    def close(self, page: str) -> None:
        """Close the port of a page that has ended, and forget what it was bound to; idempotent."""
        self._tap.log.unbind(page)
        for client in [each for each in self._servers if each.page == page]:
            for server in self._servers.pop(client):
                server.close()

    def protocol_for(
        self, address: HostPort, client: GateClient, transport: asyncio.Transport
    ) -> asyncio.Protocol | None:
        """What takes over the connection of `client` to `address`; None: it is refused."""
        if client.only_loopback:
            return self._of_the_run(address, client, transport)
        if route := self.routes.find(address):
            context = self.routes.context(route) if route.origin.is_secure else None
            return self._channel(MappedOrigin(address, client, self._services), context, transport)
        host, port = address
        if is_loopback(host) and (link := self._link_to(port, client)):
            link.connection_made(transport)
            return link
        return self._elsewhere(address, client, transport)

    def _of_the_run(
        self, address: HostPort, client: GateClient, transport: asyncio.Transport
    ) -> asyncio.Protocol | None:
        """What passes a connection on to a port of the run, by a name of this machine."""
        host, port = address
        if is_loopback(host) and (link := self._link_to(port, client)):
            link.connection_made(transport)
            return link
        self.routes.refuse(address, client.engine, NOT_MAPPED)
        return None

    def _link_to(self, port: int, client: GateClient) -> asyncio.Protocol | None:
        """What passes a connection on to a port of this machine; None: it may not."""
        if link := self._tap.recording_link(port, client.name):
            return link
        if not self.routes.may_pass(port):
            return None
        return self._tap.link(port, self.routes.role_at(port), client.name)

    def _elsewhere(
        self, address: HostPort, client: GateClient, transport: asyncio.Transport
    ) -> Channel | None:
        """What takes a connection to where a redirect leads; None: it is refused."""
        scheme = self._tap.log.awaited_scheme(address, client.name) or ""
        backend = self.elsewhere.backend(scheme) if scheme in DEFAULT_PORTS else None
        if backend is None:
            self.routes.refuse(address, client.engine, NOT_MAPPED)
            return None
        host, port = address
        origin = Origin(scheme=scheme, host=host, port=port)
        context = self.elsewhere.context(host, list(PROTOCOLS)) if origin.is_secure else None
        unnamed = UnnamedOrigin(origin, backend, client, self._services)
        return self._channel(unnamed, context, transport)

    def _channel(
        self, origin: MappedOrigin, context: ssl.SSLContext | None, transport: asyncio.Transport
    ) -> Channel:
        """A channel that speaks for `origin`, in TLS if there is a context for that."""

        def gone() -> None:
            self.connections.discard(channel)

        def agreed(protocol: str | None) -> ProtocolHandler:
            return (Http2 if protocol == HTTP_2 else Http1Proxy)(channel, origin)

        if context is not None:
            channel: Channel = TlsChannel(transport, gone, context, agreed, origin.refuse)
        else:
            channel = Channel(transport, gone)
            channel.handler = Http1Proxy(channel, origin)
        self.connections.add(channel)
        return channel

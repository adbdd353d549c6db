"""Tap: listening sockets that pass every byte on to a server and record what passes.

Bytes are parsed before they are passed on, so whatever a browser or a server has seen is already
in the log. Ends and resets are passed on as what they are: an end of one direction, or a reset.
"""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic
from typing import cast

from cors_harness.model.route import Address
from cors_harness.terms.origin import is_loopback
from cors_harness.wire.channel import reset
from cors_harness.wire.exchange_log import ExchangeLog
from cors_harness.wire.http1_exchanges import Http1Exchanges, OpenExchange
from cors_harness.wire.upstream import connect, end

BACKLOG = 1024
HEAD_END = b"\r\n\r\n"
HEAD_LIMIT = 1024 * 1024  # a browser sends Host as the first header
BEGINS_REQUEST = re.compile(rb"[!#-'*+.^-z|~A-Z0-9-]+(?: |$)")
HOST = re.compile(rb"\r\nhost:[ \t]*([^\r\n]*?)(?::\d*)?[ \t]*\r\n", re.IGNORECASE)


class _LinkEnd(asyncio.Protocol, ABC):
    """One of the two sockets of a link; what both have in common."""

    exchanges: Http1Exchanges
    transport: asyncio.Transport
    peer: "_LinkEnd | None" = None
    ended = False  # no more bytes come from here
    _pass_on: Callable[[bytes], None]

    @abstractmethod
    def _end_input(self, *, clean: bool) -> None:
        """Record that no more bytes come from here."""

    def pause_writing(self) -> None:
        if self.peer and self.peer.is_reading():
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer and self.peer.is_reading():
            self.peer.transport.resume_reading()

    def is_reading(self) -> bool:
        return not self.ended and not self.transport.is_closing()

    def eof_received(self) -> bool:
        """Pass the end on, and keep the other direction until it ends too."""
        self.ended = True
        self._end_input(clean=True)
        if self.peer and not self.peer.transport.is_closing():
            end(self.peer.transport)
            if self.peer.ended:
                self.transport.close()
                self.peer.transport.close()
        return self.transport.can_write_eof()  # TLS has no end of one direction alone

    def connection_lost(self, exc: Exception | None) -> None:
        broke = exc is not None and not self.ended
        if not self.ended:
            self.ended = True
            self._end_input(clean=False)
        if self.peer and broke:
            reset(self.peer.transport)
        elif self.peer:
            self.peer.transport.close()


class _ServerSide(_LinkEnd):
    """The socket to the server."""

    def __init__(self, browser_side: "_BrowserSide") -> None:
        self._browser_side, self.exchanges = browser_side, browser_side.exchanges

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.peer, self._pass_on = self._browser_side, self._browser_side.transport.write
        self._browser_side.connected(self)

    def data_received(self, data: bytes) -> None:
        self.exchanges.from_server(data)
        if self.exchanges.is_excessive:
            self.transport.abort()
            reset(self._browser_side.transport)
            return
        self._pass_on(data)

    def _end_input(self, *, clean: bool) -> None:
        self.exchanges.server_ended(clean=clean)


class _BrowserSide(_LinkEnd):
    """The socket to the browser; what it sends before the server's socket is there is held."""

    def __init__(self, tap: "Tap", backend: Address, role: str | None, client: str = "") -> None:
        self._tap, self._backend, self._client = tap, backend, client
        self.exchanges = Http1Exchanges(role, self._record)
        self._unsent: list[bytes] = []  # pause_reading here has no effect on uvloop
        self._pass_on = self._unsent.append
        self._connecting: asyncio.Task[None] | None = None

    def _record(self, exchange: OpenExchange) -> None:
        exchange.client = self._client
        self._tap.log.add(exchange)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._tap.connections.add(self)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await connect(lambda: _ServerSide(self), self._backend)
        except OSError:
            self._refused()

    def _refused(self) -> None:
        """Record the one request that the browser sends, then close."""
        if self.ended or self.exchanges.count:
            self.transport.close()
        self._pass_on = self._close_after_request

    def _close_after_request(self, _data: bytes) -> None:
        if self.exchanges.count:
            self.transport.close()

    def connected(self, server_side: _ServerSide) -> None:
        """Pass on what came early, now that the server's socket is there."""
        self.peer, self._pass_on = server_side, server_side.transport.write
        if self.transport.is_closing():
            server_side.transport.abort()
            return
        if self._unsent:
            self._pass_on(b"".join(self._unsent))
        if self.ended:
            end(server_side.transport)

    def data_received(self, data: bytes) -> None:
        self.exchanges.from_client(data, monotonic())
        self._pass_on(data)

    def _end_input(self, *, clean: bool) -> None:  # noqa: ARG002 - no request body ends with it
        self.exchanges.client_ended()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tap.connections.discard(self)
        if self._connecting:
            self._connecting.cancel()
        super().connection_lost(exc)


class _Called(_BrowserSide):
    """One whose first request has to name this machine.

    A page of anybody's may have a name of its own for this machine, and would pass for the server's
    own. A browser keeps a connection to the name that it has opened it for.
    """

    _head: bytes | None = b""  # of the first request, until it is known whom it names

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head = data = self._head + data
            names_us = _names_this_machine(data)
            if names_us is None:
                return
            self._head = None
            if not names_us:
                self.transport.abort()
                return
        super().data_received(data)

    def eof_received(self) -> bool:
        if self._head:
            self._head = None
            self.transport.abort()
        return super().eof_received()


def _names_this_machine(head: bytes) -> bool | None:
    """Whether a request does, by the bytes that are here by now; None: not known yet.

    What is no request comes from no browser, and is passed on.
    """
    if not BEGINS_REQUEST.match(head):
        return True
    if host := HOST.search(head):
        return is_loopback(host[1].decode("latin-1").lower())
    return False if HEAD_END in head or len(head) > HEAD_LIMIT else None


class Tap:
    """The listening sockets of one recorder, and the log of what passed.

    Its process ends, and every socket with it.

    Attributes:
        connections: the connections that are open now; the loop alone would not keep them alive.
    """

    def __init__(self) -> None:
        self.log = ExchangeLog()
        self.connections: set[asyncio.Protocol] = set()
        self._servers: dict[int, asyncio.Server] = {}
        self._backends: dict[int, tuple[Address, str]] = {}

    async def listen(self, backend: Address, role: str) -> int:
        """Pass on to `backend` under the role `role`; gives the port of the tap's own.

        Raises:
            OSError: no socket could be had.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Called(self, backend, role), "127.0.0.1", 0, backlog=BACKLOG
        )
        port = cast("int", server.sockets[0].getsockname()[1])
        self._servers[port], self._backends[port] = server, (backend, role)
        return port

    def close_ports(self) -> None:
        """Close every port that `listen` opened; connections that are open stay open."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()
        self._backends.clear()

    def recording_link(self, port: int, client: str) -> asyncio.Protocol | None:
        """What the tap does with a connection of `client` to that port; None: it is not its own."""
        backend = self._backends.get(port)
        return _BrowserSide(self, *backend, client) if backend else None

    def link(self, port: int, role: str | None = None, client: str = "") -> asyncio.Protocol:
        """What passes a connection on to 127.0.0.1:`port`; without a role it records nothing."""
        return _BrowserSide(self, Address(port=port), role, client)

    def any_link(self, port: int, role: str | None) -> asyncio.Protocol:
        """What the tap does with a connection to that port; where it is not its own, as `link`."""
        return self.recording_link(port, "") or self.link(port, role)

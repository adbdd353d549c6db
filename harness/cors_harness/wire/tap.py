"""Tap: listening sockets that pass every byte on to a server and record what passes.

Bytes are parsed before they are passed on, so whatever a browser or a server has seen is already
in the ledger. Ends and resets are passed on as what they are: an end of one direction, or a reset.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from time import monotonic
from typing import cast

from cors_harness.model.route import Address
from cors_harness.wire.channel import reset
from cors_harness.wire.exchange_log import ExchangeLog
from cors_harness.wire.http1_exchanges import Http1Exchanges
from cors_harness.wire.upstream import connect, end

BACKLOG = 1024


class _End(asyncio.Protocol, ABC):
    """One of the two sockets of a link; what both have in common."""

    dialogue: Http1Exchanges
    transport: asyncio.Transport
    peer: "_End | None" = None
    ended = False  # no more bytes come from here
    _pass_on: Callable[[bytes], None]

    @abstractmethod
    def _over(self, *, clean: bool) -> None:
        """Tell the dialogue that no more bytes come from here."""

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
        self._over(clean=True)
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
            self._over(clean=False)
        if self.peer and broke:
            reset(self.peer.transport)
        elif self.peer:
            self.peer.transport.close()


class _Back(_End):
    """The socket to the server."""

    def __init__(self, front: "_Front") -> None:
        self._front, self.dialogue = front, front.dialogue

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.peer, self._pass_on = self._front, self._front.transport.write
        self._front.connected(self)

    def data_received(self, data: bytes) -> None:
        self.dialogue.from_server(data)
        self._pass_on(data)

    def _over(self, *, clean: bool) -> None:
        self.dialogue.server_ended(clean=clean)


class _Front(_End):
    """The socket to the browser; what it says before the server's socket is there is held."""

    def __init__(self, tap: "Tap", backend: Address, role: str | None) -> None:
        self._tap, self._backend = tap, backend
        self.dialogue = Http1Exchanges(role, tap.ledger.add)
        self._early: list[bytes] = []  # pause_reading here has no effect on uvloop
        self._pass_on = self._early.append
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._tap.fronts.add(self)
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await connect(lambda: _Back(self), self._backend)
        except OSError:
            self._refused()

    def _refused(self) -> None:
        """Hear the one request that the browser sends, then close."""
        if self.ended or self.dialogue.exchanges:
            self.transport.close()
        self._pass_on = self._close_once_heard

    def _close_once_heard(self, _data: bytes) -> None:
        if self.dialogue.exchanges:
            self.transport.close()

    def connected(self, back: _Back) -> None:
        """Pass on what came early, now that the server's socket is there."""
        self.peer, self._pass_on = back, back.transport.write
        if self.transport.is_closing():
            back.transport.abort()
            return
        if self._early:
            self._pass_on(b"".join(self._early))
        if self.ended:
            end(back.transport)

    def data_received(self, data: bytes) -> None:
        self.dialogue.from_client(data, monotonic())
        self._pass_on(data)

    def _over(self, *, clean: bool) -> None:  # noqa: ARG002 - a request has no until-close body
        self.dialogue.client_ended()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tap.fronts.discard(self)
        if self._connecting:
            self._connecting.cancel()
        super().connection_lost(exc)


class Tap:
    """The listening sockets of one recorder, and the ledger of what passed.

    It has no close: its process ends, and every socket with it.

    Attributes:
        fronts: the connections that are open now; the loop alone would not keep them alive.
    """

    def __init__(self) -> None:
        self.ledger = ExchangeLog()
        self.fronts: set[asyncio.Protocol] = set()
        self._servers: dict[int, asyncio.Server] = {}
        self._behind: dict[int, tuple[Address, str]] = {}

    async def listen(self, backend: Address, role: str) -> int:
        """Pass on to `backend` under the role `at`; gives the new front port.

        Raises:
            OSError: no socket could be had.
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Front(self, backend, role), "127.0.0.1", 0, backlog=BACKLOG
        )
        port = cast("int", server.sockets[0].getsockname()[1])
        self._servers[port], self._behind[port] = server, (backend, role)
        return port

    def front_of(self, port: int) -> asyncio.Protocol | None:
        """What the tap does with a connection to that port of its own; None: it is not its own."""
        behind = self._behind.get(port)
        return _Front(self, *behind) if behind else None

    def unrecorded(self, port: int) -> asyncio.Protocol:
        """What passes a connection on to 127.0.0.1:`port` and records nothing."""
        return _Front(self, Address(port=port), None)

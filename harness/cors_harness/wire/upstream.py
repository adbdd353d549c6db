"""Upstream: a connection to a server behind the gate; Pool: those that nobody uses just now.

A server may close a kept connection while the next request is on its way, and nobody can tell then
whether the request was carried out. So one connection carries several requests only where it does
no harm to ask again, as `is_repeatable` says; any other request has a connection of its own.
https://httpwg.org/specs/rfc9110.html#idempotent.methods
https://httpwg.org/specs/rfc9112.html#persistent.retrying.requests
"""

import asyncio
import contextlib
import select
import ssl
from collections.abc import Callable
from functools import cache
from typing import Protocol, cast

from cors_harness.model.route import Address
from cors_harness.processes.descriptors import SHORTAGE
from cors_harness.wire.channel import reset
from cors_harness.wire.http1_exchanges import HTTP_1


async def connect(protocol: Callable[[], asyncio.Protocol], address: Address) -> None:
    """Connects what `protocol` makes to `address`.

    Raises:
        OSError: nobody listens there, or the server's certificate does not hold.
    """
    loop = asyncio.get_running_loop()
    secure = address.tls_name is not None
    try:
        await loop.create_connection(
            protocol,
            address.host,
            address.port,
            ssl=trust() if secure else None,
            server_hostname=address.tls_name,
        )
    except OSError as error:
        SHORTAGE.look_at(error)
        raise


def end(transport: asyncio.Transport) -> None:
    """Send no more, but go on reading. TLS has no such end, so there it is the end of both."""
    if transport.is_closing():
        return
    if not transport.can_write_eof():
        transport.close()
        return
    with contextlib.suppress(OSError):
        transport.write_eof()


@cache  # loading the authorities takes some milliseconds
def trust() -> ssl.SSLContext:
    """What checks servers' certificates: the system's authorities, or those of SSL_CERT_FILE."""
    context = ssl.create_default_context()
    context.set_alpn_protocols([HTTP_1])
    return context


# A server's own limit is 2 s or more (gunicorn's, the shortest that is common): a connection is
# not given out again when the server may hang up on it in the same moment.
IDLE_S = 1.0


# https://httpwg.org/specs/rfc9110.html#method.overview
_IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"})


def is_repeatable(method: bytes, *, has_body: bool) -> bool:
    """Whether a request may be asked again: it is idempotent, and its head is all of it."""
    return method in _IDEMPOTENT and not has_body


class ResponseSink(Protocol):
    """The holder of an upstream, which takes what comes from its server."""

    def from_server(self, upstream: "Upstream", data: bytes) -> None:
        """The server has sent `data`."""

    def server_ended(self, upstream: "Upstream") -> None:
        """The server sends no more."""

    def server_lost(self, upstream: "Upstream") -> None:
        """The connection broke."""

    def server_refused(self, upstream: "Upstream") -> None:
        """No server listens there."""

    def server_holds_back(self, upstream: "Upstream", *, hold: bool) -> None:
        """The server takes no more for now (`hold`), or does again."""


class Upstream(asyncio.Protocol):
    """A connection to `address`; what is written before it stands is kept."""

    def __init__(self, address: Address, sink: ResponseSink) -> None:
        self.address, self.sink = address, sink
        self.idle_since = 0.0
        self.is_reused = False  # whether it carried a request before
        self.has_answered = False  # whether a byte came since it was given out
        self.ended = False  # nothing comes from the server any more
        self.busy = False  # the server takes no more for now
        self._unsent: list[bytes] = []
        self._is_ending = self._dropped = False
        self._transport: asyncio.Transport | None = None
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        try:
            await connect(lambda: self, self.address)
        except OSError:
            self.ended = True
            if not self._dropped:
                self.sink.server_refused(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what was written before the connection stood."""
        self._transport = cast("asyncio.Transport", transport)
        if self._dropped:
            self._transport.abort()
            return
        if self._unsent:
            self._transport.write(b"".join(self._unsent))
            self._unsent.clear()
        if self._is_ending:
            end(self._transport)

    def write(self, data: bytes) -> None:
        """Send `data` to the server."""
        if self._transport is None:
            self._unsent.append(data)
        elif not self._transport.is_closing():
            self._transport.write(data)

    def end(self) -> None:
        """Send no more, but go on reading."""
        self._is_ending = True
        if self._transport:
            end(self._transport)

    def drop(self, *, broke: bool = False) -> None:
        """Close, and tell the sink nothing more; `broke`: so that the server sees a reset."""
        self._dropped = self.ended = True
        if self._transport is None:
            self._connecting.cancel()
        elif broke:
            reset(self._transport)
        else:
            self._transport.close()

    def set_reading(self, *, reading: bool) -> None:
        """Read what the server sends, or let it wait; once the connection stands."""
        if self._transport is None or self.ended or self._transport.is_closing():
            return
        if reading:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    @property
    def may_be_stale(self) -> bool:
        """Whether its end may be that of an earlier request: no byte answers the present one."""
        return self.is_reused and not self.has_answered

    def is_silent(self) -> bool:
        """Whether nothing has come, no end either, that the loop has not handed on yet."""
        if self._transport is None or self._transport.is_closing() or self.ended:
            return False
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLIN)
        return not poll.poll(0)

    def data_received(self, data: bytes) -> None:
        """Give the bytes to the sink."""
        self.has_answered = True
        if not self._dropped:
            self.sink.from_server(self, data)

    def eof_received(self) -> bool:
        """Tell the sink; True keeps the other direction open, which TLS has no way to do."""
        if not self.ended:
            self.ended = True
            self.sink.server_ended(self)
        return not self._dropped and self._transport is not None and self._transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the sink."""
        if not self.ended:
            self.ended = True
            if exc is None:
                self.sink.server_ended(self)
            else:
                self.sink.server_lost(self)

    def pause_writing(self) -> None:
        """Tell the sink."""
        self.busy = True
        self.sink.server_holds_back(self, hold=True)

    def resume_writing(self) -> None:
        """Tell the sink."""
        self.busy = False
        self.sink.server_holds_back(self, hold=False)


class Pool:
    """Keeps open connections for the next repeatable request; the newest is given out first."""

    def __init__(self) -> None:
        self._idle: dict[Address, list[Upstream]] = {}
        self._sweeping: asyncio.TimerHandle | None = None

    def take(self, address: Address, sink: ResponseSink, *, fresh: bool = False) -> Upstream:
        """A connection to `address` for one request; `fresh`: one that nobody has used yet."""
        idle = [] if fresh else self._idle.get(address, [])
        while idle:
            upstream = idle.pop()
            if self._is_fresh(upstream):
                upstream.sink = sink
                upstream.is_reused, upstream.has_answered = True, False
                return upstream
            upstream.drop()
        return Upstream(address, sink)

    def give_back(self, upstream: Upstream) -> None:
        """Take a connection back that carried repeatable requests only, and owes no answer."""
        loop = asyncio.get_running_loop()
        upstream.sink, upstream.idle_since = self, loop.time()
        upstream.set_reading(reading=True)
        self._idle.setdefault(upstream.address, []).append(upstream)
        if self._sweeping is None:
            self._sweeping = loop.call_later(IDLE_S, self._sweep)

    def _sweep(self) -> None:
        """Close what nobody will get any more."""
        now, still_idle = asyncio.get_running_loop().time(), {}
        for address, idle in self._idle.items():
            fresh = [upstream for upstream in idle if now - upstream.idle_since < IDLE_S]
            for upstream in idle[: len(idle) - len(fresh)]:  # the oldest stand first
                upstream.drop()
            if fresh:
                still_idle[address] = fresh
        self._idle, self._sweeping = still_idle, None
        if still_idle:
            self._sweeping = asyncio.get_running_loop().call_later(IDLE_S, self._sweep)

    @staticmethod
    def _is_fresh(upstream: Upstream) -> bool:
        age = asyncio.get_running_loop().time() - upstream.idle_since
        return age < IDLE_S and upstream.is_silent()

    def _remove(self, upstream: Upstream) -> None:
        upstream.drop()
        idle = self._idle.get(upstream.address, [])
        if upstream in idle:
            idle.remove(upstream)

    def from_server(self, upstream: Upstream, data: bytes) -> None:  # noqa: ARG002 - unasked
        """Close: it answers no request."""
        self._remove(upstream)

    def server_ended(self, upstream: Upstream) -> None:
        """Forget it."""
        self._remove(upstream)

    server_lost = server_refused = server_ended

    def server_holds_back(self, upstream: Upstream, *, hold: bool) -> None:
        """Nothing is being sent."""

"""Channel: a browser's socket behind the gate, plain or in TLS, and who handles its bytes.

TLS is done here in memory rather than by the loop: so the reason of a failed handshake is known in
OpenSSL's words, and bytes that come early are not lost.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import struct
from abc import ABC, abstractmethod
from collections.abc import Callable

_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(.*)")
_CLOSED = "TLS: closed during the handshake"  # without an alert: WebKitGTK; Chromium its spares
_READ_SIZE = 64 * 1024  # a TLS record has 16 KiB at most
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def reset(transport: asyncio.Transport) -> None:
    """Closes so that the peer sees a reset connection, as it would without us between."""
    sock = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


def _reason(error: ssl.SSLError) -> str:
    """Why TLS failed: the alert that the browser sent, else what OpenSSL found."""
    reason = error.reason or str(error)
    alert = _ALERT.match(reason)
    return f"TLS alert {alert[1].lower()}" if alert else f"TLS: {reason.lower().replace('_', ' ')}"


class ProtocolHandler(ABC):
    """Takes the bytes of a browser from a channel, and answers by it: one for each protocol."""

    @abstractmethod
    def received(self, data: bytes) -> None:
        """The browser has sent `data`."""

    @abstractmethod
    def ended(self) -> None:
        """The browser sends no more; it may still read."""

    @abstractmethod
    def lost(self, *, broke: bool) -> None:
        """The channel is closed, for good; `broke`: by a reset."""

    @abstractmethod
    def hold_back(self, *, hold: bool) -> None:
        """The browser takes no more for now (`hold`), or does again."""


class Channel(asyncio.Protocol):
    """A plain channel; takes over a connected transport by `set_protocol`."""

    handler: ProtocolHandler

    def __init__(self, transport: asyncio.Transport, gone: Callable[[], None]) -> None:
        self.transport, self._gone = transport, gone
        self._input_ended = False

    def write(self, data: bytes) -> None:
        """Send `data` to the browser."""
        if not self.transport.is_closing():
            self.transport.write(data)

    def end(self) -> None:
        """Send no more, but go on reading."""
        if not self.transport.is_closing():
            with contextlib.suppress(OSError):
                self.transport.write_eof()

    def close(self) -> None:
        """Close, once all that was written has gone out."""
        self.transport.close()

    def reset(self) -> None:
        """Close so that the browser sees a reset connection."""
        reset(self.transport)

    def set_reading(self, *, reading: bool) -> None:
        """Read what the browser sends, or let it wait."""
        if self._input_ended or self.transport.is_closing():
            return
        if reading:
            self.transport.resume_reading()
        else:
            self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Give the bytes to the handler."""
        self.handler.received(data)

    def eof_received(self) -> bool:
        """Tell the handler; True keeps the other direction open."""
        self._end_input()
        return True

    def _end_input(self) -> None:
        if not self._input_ended:
            self._input_ended = True
            self.handler.ended()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler."""
        broke = exc is not None and not self._input_ended
        self._input_ended = True
        self._gone()
        self.handler.lost(broke=broke)

    def pause_writing(self) -> None:
        """Tell the handler."""
        self.handler.hold_back(hold=True)

    def resume_writing(self) -> None:
        """Tell the handler."""
        self.handler.hold_back(hold=False)


class _NoHandler(ProtocolHandler):
    """The handler of a channel whose handshake is not over: no byte belongs to a protocol yet."""

    def received(self, data: bytes) -> None: ...

    def ended(self) -> None: ...

    def lost(self, *, broke: bool) -> None: ...

    def hold_back(self, *, hold: bool) -> None: ...


class TlsChannel(Channel):
    """A channel in TLS.

    `agreed` is called with the protocol of ALPN (None: none) once the handshake is over, and sets
    the handler; `failed` with OpenSSL's reason when the handshake fails or an alert comes later.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        gone: Callable[[], None],
        context: ssl.SSLContext,
        agreed: Callable[[str | None], ProtocolHandler],
        failed: Callable[[str], None],
    ) -> None:
        super().__init__(transport, gone)
        self.handler = _NoHandler()
        self._agreed, self._failed = agreed, failed
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._ready = self._has_notified = self._has_begun = self._has_failed = False

    def write(self, data: bytes) -> None:
        """Send `data` to the browser, encrypted."""
        if not self.transport.is_closing():
            self._tls.write(data)
            self.transport.write(self._outgoing.read())

    def end(self) -> None:
        """Send no more, by close_notify and by the end of the socket, but go on reading."""
        self._notify()
        super().end()

    def close(self) -> None:
        """Close, after close_notify."""
        self._notify()
        super().close()

    def _notify(self) -> None:
        if self._ready and not self._has_notified:
            self._has_notified = True
            with contextlib.suppress(ssl.SSLError):  # it wants the browser's own close_notify
                self._tls.unwrap()
            self._flush()

    def data_received(self, data: bytes) -> None:
        """Go on with the handshake, or give the handler what was sent."""
        self._has_begun = True
        self._incoming.write(data)
        try:
            if self._ready or self._finish_handshake():
                self._read()
        except ssl.SSLError as error:
            self._fail(error)
        self._flush()

    def eof_received(self) -> bool:
        """Tell the handler."""
        self._end_input()
        return self._ready

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler; an end in the middle of the handshake is a failure of it."""
        if self._has_begun and not (self._ready or self._has_failed):
            self._report_failure(_CLOSED)
        super().connection_lost(exc)

    def _report_failure(self, why: str) -> None:
        self._has_failed = True
        self._failed(why)

    def _finish_handshake(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self._ready = True
        self.handler = self._agreed(self._tls.selected_alpn_protocol())
        return True

    def _read(self) -> None:
        data, ended = self._decrypt()
        if data:
            self.handler.received(data)
        if ended:
            self._end_input()

    def _decrypt(self) -> tuple[bytes, bool]:
        """What was sent, and whether close_notify came behind it."""
        pieces = []
        try:
            while piece := self._tls.read(_READ_SIZE):
                pieces.append(piece)
                if not (self._incoming.pending or self._tls.pending()):
                    return b"".join(pieces), False
        except ssl.SSLWantReadError:
            return b"".join(pieces), False
        except ssl.SSLZeroReturnError:
            pass
        return b"".join(pieces), True

    def _flush(self) -> None:
        if self._outgoing.pending and not self.transport.is_closing():
            self.transport.write(self._outgoing.read())

    def _fail(self, error: ssl.SSLError) -> None:
        self._report_failure(_reason(error))
        self._flush()
        self.transport.close()

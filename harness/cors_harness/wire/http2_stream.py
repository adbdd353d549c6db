"""Stream: one request by HTTP/2 and the exchange with a server by HTTP/1.1 that answers it."""

import re
from collections.abc import Iterable
from time import monotonic
from typing import Protocol

from cors_harness.model.route import Backend
from cors_harness.wire.forwarded import told_https
from cors_harness.wire.framing import FramedHeaders, Message, ResponseFramer
from cors_harness.wire.http1_exchanges import HTTP_2, OpenExchange, closes
from cors_harness.wire.routes import MappedOrigin
from cors_harness.wire.upstream import Upstream, is_repeatable

HeaderPair = tuple[bytes, bytes]

# Of one connection only, so they do not pass from one protocol to the other.
_CONNECTION_HEADERS = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
_FOLD = re.compile(rb"[ \t]*\r?\n[ \t]*")


class RequestHead:
    """The head of a request that came by HTTP/2.

    Attributes:
        method: as it was sent; b"" where there was none.
        recorded: as it was sent, in the form of HTTP/1.1, `host` first.
        sent: as an HTTP/1.1 server must have it: cookies joined, the body framed.
        chunked: whether `sent` announces chunks.
    """

    __slots__ = ("chunked", "method", "recorded", "sent")

    def __init__(self, headers: Iterable[HeaderPair], *, has_body: bool) -> None:
        pseudo: dict[bytes, bytes] = {}
        pairs: FramedHeaders = []
        for name, value in headers:
            if name[:1] == b":":
                pseudo[name] = value
            else:
                pairs.append((name, value))
        self.method = pseudo.get(b":method", b"")
        if b":authority" in pseudo:
            pairs.insert(0, (b"host", pseudo[b":authority"]))
        start = b"%b %b HTTP/1.1" % (self.method, pseudo.get(b":path", b""))
        self.recorded = _head(start, pairs)
        self.chunked = has_body and all(name != b"content-length" for name, _ in pairs)
        self.sent = self._for_server(start, pairs)

    def _for_server(self, start: bytes, pairs: FramedHeaders) -> bytes:
        crumbs = [value for name, value in pairs if name == b"cookie"]
        if len(crumbs) < 2 and not self.chunked:
            return self.recorded
        if len(crumbs) > 1:
            pairs = _with_one_cookie(pairs, crumbs)
        if self.chunked:
            pairs = [*pairs, (b"transfer-encoding", b"chunked")]
        return _head(start, pairs)


def _head(start: bytes, pairs: FramedHeaders) -> bytes:
    lines = [b"%b: %b\r\n" % pair for pair in pairs]
    return b"%b\r\n%b\r\n" % (start, b"".join(lines))


def _with_one_cookie(pairs: FramedHeaders, crumbs: list[bytes]) -> FramedHeaders:
    """`pairs` with the cookies joined in the place of the first.

    https://httpwg.org/specs/rfc9113.html#CompressCookie
    """
    at = next(index for index, (name, _) in enumerate(pairs) if name == b"cookie")
    others = [(name, value) for name, value in pairs if name != b"cookie"]
    return [*others[:at], (b"cookie", b"; ".join(crumbs)), *others[at:]]


def chunk(data: bytes) -> bytes:
    """`data` in chunked transfer coding."""
    return b"%x\r\n%b\r\n" % (len(data), data)


LAST_CHUNK = b"0\r\n\r\n"


def response_headers(response: Message) -> FramedHeaders | None:
    """The header list of a response for HTTP/2; None: its status line makes no sense.

    Names in lower case, as HTTP/2 has them, without those of the connection; everything else as
    the server sent it.
    """
    status = response.status
    if status is None:
        return None
    pairs = [(name.lower(), value) for name, value in response.headers]
    if any(name == b"transfer-encoding" for name, _ in pairs):
        pairs = [pair for pair in pairs if pair[0] != b"content-length"]
    kept = [pair for pair in pairs if pair[0] not in _CONNECTION_HEADERS]
    if b"\n " in response.head or b"\n\t" in response.head:
        kept = [(name, _FOLD.sub(b" ", value)) for name, value in kept]
    return [(b":status", b"%03d" % status), *kept]


_SWITCHING = 101  # what nobody can ask for by HTTP/2
_WAITING_LIMIT = 256 * 1024  # bytes that wait for a browser which does not take them


class Http2Writer(Protocol):
    """Takes what a stream has for the browser: the HTTP/2 connection."""

    def send_head(self, number: int, headers: FramedHeaders, *, last: bool) -> None:
        """Send a header list; `last`: and nothing more."""

    def send_body(self, stream: "Stream") -> None:
        """Send what waits in `stream`, as far as the browser takes it."""

    def reset(self, number: int) -> None:
        """Reset the stream, so that the browser sees a network error."""

    def acknowledge(self, number: int, size: int) -> None:
        """Let the browser send `size` more bytes of its body."""

    def forget(self, number: int) -> None:
        """Forget the stream."""


class Stream:
    """One request and its response.

    Attributes:
        number: of the stream.
        waiting: body bytes for the browser that were not sent yet.
        response_complete: whether the last of them has come.
        response_sent: whether the last of them was sent.
    """

    __slots__ = (
        "_again",
        "_chunked",
        "_exchange",
        "_framer",
        "_has_surplus",
        "_is_holding",
        "_origin",
        "_request_complete",
        "_response",
        "_server",
        "_unacknowledged",
        "_writer",
        "number",
        "response_complete",
        "response_sent",
        "waiting",
    )

    def __init__(self, number: int, writer: Http2Writer, origin: MappedOrigin) -> None:
        self.number, self._writer, self._origin = number, writer, origin
        self.waiting = bytearray()
        self.response_complete = self.response_sent = self._request_complete = self._chunked = False
        self._is_holding = False  # whether the server waits for the browser
        self._has_surplus = False  # whether the server sent more than its response
        self._unacknowledged = 0  # bytes of the request's body that the server does not take yet
        self._framer = ResponseFramer(with_pieces=True)
        self._response: Message | None = None
        self._exchange: OpenExchange | None = None
        self._server: Upstream | None = None
        self._again: tuple[Backend, bytes] | None = None  # of a repeatable request, its head

    def send_request(self, headers: FramedHeaders, now: float, *, has_body: bool) -> None:
        """Pass the request on; `now` as for the framers."""
        head = RequestHead(headers, has_body=has_body)
        backend = self._origin.backend(head.recorded)
        if backend is None:
            self._writer.reset(self.number)
            return
        self._record(Message(head.recorded, now), backend)
        self._framer.methods.append(head.method)
        self._chunked = head.chunked
        sent = told_https(head.sent) if backend.forwarded else head.sent
        if is_repeatable(head.method, has_body=has_body):
            self._again = backend, sent
        self._server = self._origin.connect(backend, self, fresh=self._again is None)
        self._server.write(sent)
        if not has_body:
            self.end_request()

    def _ask_again(self, upstream: Upstream) -> bool:
        """Ask on a fresh connection where the old one may have ended for an earlier request."""
        if self._again is None or not upstream.may_be_stale:
            return False
        backend, head = self._again
        self._server = self._origin.connect(backend, self, fresh=True)
        self._server.write(head)
        return True

    def _record(self, request: Message, backend: Backend) -> None:
        self._exchange = OpenExchange(backend.role, request, self._origin.serialized, HTTP_2)
        self._origin.record(self._exchange)

    def pass_on_body(self, data: bytes, size: int) -> None:
        """Pass a piece of the request's body on, which took `size` of the window."""
        if self._server is None or self._exchange is None:
            self._writer.acknowledge(self.number, size)
            return
        self._exchange.request.keep(data, 0, len(data))
        if data:
            self._server.write(chunk(data) if self._chunked else data)
        self._unacknowledged += size
        if not self._server.busy:
            self._acknowledge()

    def _acknowledge(self) -> None:
        if self._unacknowledged:
            self._writer.acknowledge(self.number, self._unacknowledged)
            self._unacknowledged = 0

    def end_request(self) -> None:
        """The request is all there."""
        self._request_complete = True
        if self._exchange:
            self._exchange.request.complete = True
        if self._chunked and self._server:
            self._server.write(LAST_CHUNK)
        self._finish()

    def abandon(self) -> None:
        """The browser wants no answer any more."""
        if self._server:
            self._server.drop()
            self._server = None
        self._acknowledge()  # the window of the connection is for all streams

    def from_server(self, _upstream: Upstream, data: bytes) -> None:
        """Take what the server sends."""
        while data and not self.response_complete:
            begun, size = self._framer.feed_one(data, monotonic())
            data = data[size:]
            if not self._take(begun):
                self._fail()
                return
        self._has_surplus = self._has_surplus or bool(data)
        self._writer.send_body(self)
        self._hold_server()
        self._finish()

    def _take(self, begun: list[Message]) -> bool:
        """Pass on the heads that came, keep the body; False: the server makes no sense."""
        for interim in self._framer.take_interim():
            self._send_head(interim)
        self.waiting += self._framer.take_body()
        if begun:
            self._response = begun[0]
            if self._exchange:
                self._exchange.response = begun[0]
        self.response_complete = self._response is not None and self._response.complete
        if begun and not self._send_head(begun[0]):
            return False
        return self.response_complete or not self._framer.lost

    def _send_head(self, message: Message) -> bool:
        headers = response_headers(message)
        if headers is None or message.status == _SWITCHING:
            return False
        self.response_sent = self.response_complete and not self.waiting
        self._writer.send_head(self.number, headers, last=self.response_sent)
        return True

    def _hold_server(self) -> None:
        held = len(self.waiting) > _WAITING_LIMIT
        if self._server and held != self._is_holding:
            self._is_holding = held
            self._server.set_reading(reading=not held)

    def window_opened(self) -> None:
        """The browser takes more."""
        self._writer.send_body(self)
        self._hold_server()
        self._finish()

    def _finish(self) -> None:
        """Leave the server to others and forget the stream, once they are done."""
        if self._request_complete and self.response_complete and self._server:
            self._release(self._server)
            self._server = None
        if self._request_complete and self.response_sent:
            self._writer.forget(self.number)

    def _release(self, server: Upstream) -> None:
        reusable = self._again and not (self._has_surplus or server.ended)
        if reusable and self._response and not closes(self._response):
            self._origin.give_back(server)
        else:
            server.drop()

    def _fail(self) -> None:
        self.abandon()
        self._writer.reset(self.number)

    def server_ended(self, upstream: Upstream) -> None:
        """Take the end of the server's connection: the end of the response too, or a failure."""
        self._end_response(upstream, clean=True)

    def server_lost(self, upstream: Upstream) -> None:
        """Let the browser see a network error."""
        self._end_response(upstream, clean=False)

    def _end_response(self, upstream: Upstream, *, clean: bool) -> None:
        upstream.drop()
        if self._ask_again(upstream):
            return
        self._server = None
        if self.response_complete:
            self._acknowledge()  # the rest of the request goes nowhere
            return
        for partial in self._framer.end(clean=clean):
            if self._exchange:
                self._exchange.response = partial
        if self._exchange and self._exchange.response is None:
            self._exchange.was_dropped = True
        self.response_complete = self._response is not None and self._response.complete
        if self.response_complete:
            self.window_opened()
        else:
            self._fail()

    def server_refused(self, _upstream: Upstream) -> None:
        """Let the browser see a network error; the request is recorded."""
        self._fail()

    def server_holds_back(self, upstream: Upstream, *, hold: bool) -> None:
        """Let the browser wait while the server does not read."""
        if not hold and upstream is self._server:
            self._acknowledge()

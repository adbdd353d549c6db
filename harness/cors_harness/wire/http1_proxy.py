"""Http1Proxy: HTTP/1.1 of one browser connection, each request to the server that its URL names.

Bytes go to the server and come back as they are. One request is under way at a time; what the
browser sends early waits. Connections to servers are not the browser's: each request gets one as
`Pool` says, and the end of one that owes nothing is no end of the browser's.
"""

from time import monotonic

from cors_harness.model.route import Backend
from cors_harness.wire.channel import Channel, ProtocolHandler
from cors_harness.wire.forwarded import told_https
from cors_harness.wire.framing import Message, RequestFramer
from cors_harness.wire.http1_exchanges import Http1Exchanges, OpenExchange, closes
from cors_harness.wire.routes import MappedOrigin
from cors_harness.wire.upstream import Upstream, is_repeatable


class Http1Proxy(ProtocolHandler):
    """Speaks HTTP/1.1 with a browser for an origin.

    A server stays until its response is complete; one that says that it closes, until it does.
    """

    def __init__(self, channel: Channel, origin: MappedOrigin) -> None:
        self._channel, self._origin = channel, origin
        self._framer = RequestFramer()
        self._unread = b""  # what no request under way has taken yet
        self._head = b""  # of a request that is not under way yet
        self._request: Message | None = None  # the one under way
        self._exchange: OpenExchange | None = None
        self._exchanges: Http1Exchanges | None = None
        self._server: Upstream | None = None
        self._opening = b""  # of the request under way, as the server gets it
        self._again: tuple[Backend, bytes] | None = None  # of a repeatable request, all of it
        self._ended = False
        self._is_over = False  # whether a server's end was passed on

    def received(self, data: bytes) -> None:
        """Pass on what has its turn, and keep the rest."""
        self._unread += data
        self._read_on()

    def _read_on(self) -> None:
        while self._unread and self._may_read():
            self._read()
        if self._ended and not self._unread:
            self._end_server()

    def _may_read(self) -> bool:
        """Whether more of the browser's bytes have their turn."""
        self._release_if_done()
        return self._request is None or not self._request.complete or self._is_raw()

    def _release_if_done(self) -> None:
        """Let go of a request that is over, and of its server unless that says it closes."""
        if self._request is None or not self._request.complete or not self._is_answered():
            return
        self._request = None
        response = self._exchange.response if self._exchange else None
        if self._server and not (self._server.ended or (response and closes(response))):
            self._leave(self._server)

    def _is_answered(self) -> bool:
        response = self._exchange.response if self._exchange else None
        return response is not None and response.complete and not self._is_raw()

    def _is_raw(self) -> bool:
        """Whether this is no HTTP, or no longer, so that bytes can only be copied."""
        return self._framer.lost or (self._exchanges is not None and self._exchanges.lost)

    def _read(self) -> None:
        if self._is_raw():
            data = self._take(len(self._unread))
            self._send(data, data)
            return
        begun, size = self._framer.feed_one(self._unread, monotonic())
        self._head += self._take(size)
        if begun and not self._begin(begun[0]):
            return
        if self._request:
            data, self._head = self._head, b""
            self._send(data, self._opening if begun else data)

    def _take(self, size: int) -> bytes:
        data, self._unread = self._unread[:size], self._unread[size:]
        return data

    def _send(self, data: bytes, to_server: bytes) -> None:
        """Record what the browser sent, and pass on what the server is to get of it."""
        if self._request and self._server and self._exchanges:
            self._exchanges.from_client(data, self._request.began)
            self._server.write(to_server)

    def _begin(self, request: Message) -> bool:
        """Give `request` a server; False: it gets none."""
        if self._is_over:
            self._give_up()
            self._channel.reset()  # as the server's closed socket would
            return False
        backend = self._origin.backend(request.head)
        if backend is None:
            self._give_up()
            self._channel.close()
            return False
        if self._server:
            self._leave(self._server)
        self._request = request
        self._opening = self._head
        if backend.forwarded and not self._framer.lost:
            self._opening = self._head.replace(request.head, told_https(request.head), 1)
        has_body = not request.complete or request.body_bytes > 0
        may_repeat = is_repeatable(request.method, has_body=has_body)
        self._again = (backend, self._opening) if may_repeat else None
        self._server = self._origin.connect(backend, self, fresh=not may_repeat)
        self._open_exchanges(backend.role)
        return True

    def _give_up(self) -> None:
        self._unread = self._head = b""

    def _leave(self, server: Upstream) -> None:
        """Leave a server to others, where its connection can be used again."""
        response = self._exchange.response if self._exchange else None
        is_idle = self._exchanges is not None and self._exchanges.idle and not server.ended
        if self._again and is_idle and response and not closes(response):
            self._origin.give_back(server)
        else:
            server.drop()
        self._server = None
        self._channel.set_reading(reading=True)  # whatever that server was holding up

    def _ask_again(self, upstream: Upstream) -> bool:
        """Ask on a fresh connection where the old one may have ended for an earlier request."""
        if self._again is None or not upstream.may_be_stale:
            return False
        upstream.drop()
        backend, request = self._again
        self._server = self._origin.connect(backend, self, fresh=True)
        self._server.write(request)
        if self._ended:
            self._server.end()
        return True

    def _open_exchanges(self, role: str | None) -> None:
        def began(exchange: OpenExchange) -> None:
            self._exchange = exchange
            self._origin.record(exchange)

        self._exchange = None
        self._exchanges = Http1Exchanges(role, began, self._origin.serialized)

    def ended(self) -> None:
        """Pass the browser's end on, behind everything that it sent."""
        self._ended = True
        self._read_on()

    def _end_server(self) -> None:
        self._record_partial_head()
        if self._server is None or self._server.ended:
            self._channel.close()
        else:
            self._server.end()

    def _record_partial_head(self) -> None:
        """Record what there is of a head that will never be whole."""
        for request in self._framer.abandon():
            if backend := self._origin.backend(request.head):
                self._open_exchanges(backend.role)
            else:
                self._give_up()
        if self._exchanges:
            self._exchanges.from_client(self._head, monotonic())
            self._exchanges.client_ended()
        self._head = b""

    def lost(self, *, broke: bool) -> None:
        """Pass the browser's end or reset on."""
        self._record_partial_head()
        if self._server:
            self._server.drop(broke=broke)

    def hold_back(self, *, hold: bool) -> None:
        """Let the server wait while the browser does not read."""
        if self._server:
            self._server.set_reading(reading=not hold)

    def from_server(self, upstream: Upstream, data: bytes) -> None:
        """Pass on what the server sends."""
        if self._exchanges:
            self._exchanges.from_server(data)
            if self._exchanges.is_excessive:
                upstream.drop()
                self._channel.reset()
                return
        self._channel.write(data)
        self._release_if_done()
        if self._unread:
            self._read_on()

    def server_ended(self, upstream: Upstream) -> None:
        """Pass the server's end on."""
        if self._ask_again(upstream):
            return
        if self._exchanges:
            self._exchanges.server_ended(clean=True)
        self._is_over = True
        if self._ended:
            self._channel.close()
        else:
            self._channel.end()

    def server_lost(self, upstream: Upstream) -> None:
        """Pass the server's reset on."""
        if self._ask_again(upstream):
            return
        if self._exchanges:
            self._exchanges.server_ended(clean=False)
        self._channel.reset()

    def server_refused(self, _upstream: Upstream) -> None:
        """Close: the request is recorded, and there is nobody to answer it."""
        self._channel.close()

    def server_holds_back(self, _upstream: Upstream, *, hold: bool) -> None:
        """Let the browser wait while the server does not read."""
        self._channel.set_reading(reading=not hold)

"""Switch: HTTP/1.1 of one browser connection, each request to the server that its URL names.

Bytes go to the server and come back as they are. One request is under way at a time; what the
browser says early waits.
"""

from time import monotonic

from cors_harness.model.route import Backend
from cors_harness.wire.channel import Channel, ProtocolHandler
from cors_harness.wire.framing import Message, RequestFramer
from cors_harness.wire.http1_exchanges import Http1Exchanges, OpenExchange
from cors_harness.wire.mapped_origin import MappedOrigin
from cors_harness.wire.upstream import Upstream


class Http1Proxy(ProtocolHandler):
    """Talks HTTP/1.1 for a site.

    The server of the last request stays this connection's own until another one is asked for:
    so its end and its reset are those of the connection.
    """

    def __init__(self, channel: Channel, site: MappedOrigin) -> None:
        self._channel, self._site = channel, site
        self._asking = RequestFramer()
        self._early = b""  # what no request under way has taken yet
        self._head = b""  # of a request that is not under way yet
        self._request: Message | None = None  # the one under way
        self._heard: OpenExchange | None = None
        self._dialogue: Http1Exchanges | None = None
        self._server: Upstream | None = None
        self._ended = False

    def received(self, data: bytes) -> None:
        """Pass on what has its turn, and keep the rest."""
        self._early += data
        self._go_on()

    def _go_on(self) -> None:
        while self._early and self._may_ask():
            self._ask()
        if self._ended and not self._early:
            self._say_no_more()

    def _may_ask(self) -> bool:
        """Whether more of the browser's bytes have their turn."""
        if self._request and self._request.complete and self._is_answered():
            self._request = None
        return self._request is None or not self._request.complete or self._is_raw()

    def _is_answered(self) -> bool:
        response = self._heard.response if self._heard else None
        return response is not None and response.complete and not self._is_raw()

    def _is_raw(self) -> bool:
        """Whether this is no HTTP, or no longer, so that bytes can only be copied."""
        return self._asking.lost or (self._dialogue is not None and self._dialogue.lost)

    def _ask(self) -> None:
        if self._is_raw():
            self._say(self._eat(len(self._early)))
            return
        fresh, eaten = self._asking.feed_one(self._early, monotonic())
        self._head += self._eat(eaten)
        if fresh and not self._begin(fresh[0]):
            return
        if self._request:
            data, self._head = self._head, b""
            self._say(data)

    def _eat(self, size: int) -> bytes:
        eaten, self._early = self._early[:size], self._early[size:]
        return eaten

    def _say(self, data: bytes) -> None:
        if self._request and self._server and self._dialogue:
            self._dialogue.from_client(data, self._request.began)
            self._server.write(data)

    def _begin(self, request: Message) -> bool:
        """Give `request` a server; False: it gets none."""
        if self._server and self._server.ended:
            self._give_up()
            self._channel.reset()  # as the server's closed socket would
            return False
        backend = self._site.backend(request.head)
        if backend is None:
            self._give_up()
            self._channel.close()
            return False
        self._use(backend)
        self._request = request
        return True

    def _give_up(self) -> None:
        self._early = self._head = b""

    def _use(self, backend: Backend) -> None:
        if self._server is None or self._server.address != backend.address:
            if self._server:
                self._leave(self._server)
            self._server = self._site.connect(backend, self)
        self._listen_in(backend.role)

    def _leave(self, server: Upstream) -> None:
        if self._dialogue and self._dialogue.idle:
            self._site.give_back(server)
        else:
            server.drop()

    def _listen_in(self, role: str | None) -> None:
        def began(heard: OpenExchange) -> None:
            self._heard = heard
            self._site.record(heard)

        self._heard = None
        self._dialogue = Http1Exchanges(role, began, self._site.origin)

    def ended(self) -> None:
        """Pass the browser's end on, behind everything that it said."""
        self._ended = True
        self._go_on()

    def _say_no_more(self) -> None:
        self._hear_out()
        if self._server is None or self._server.ended:
            self._channel.close()
        else:
            self._server.end()

    def _hear_out(self) -> None:
        """Record what there is of a head that will never be whole."""
        for request in self._asking.abandon():
            if backend := self._site.backend(request.head):
                self._listen_in(backend.role)
            else:
                self._give_up()
        if self._dialogue:
            self._dialogue.from_client(self._head, monotonic())
            self._dialogue.client_ended()
        self._head = b""

    def lost(self, *, broke: bool) -> None:
        """Pass the browser's end or reset on."""
        self._hear_out()
        if self._server:
            self._server.drop(broke=broke)

    def hold_back(self, *, hold: bool) -> None:
        """Let the server wait while the browser does not listen."""
        if self._server:
            self._server.listen(listen=not hold)

    def from_server(self, _upstream: Upstream, data: bytes) -> None:
        """Pass on what the server says."""
        if self._dialogue:
            self._dialogue.from_server(data)
        self._channel.write(data)
        if self._early:
            self._go_on()

    def server_ended(self, _upstream: Upstream) -> None:
        """Pass the server's end on."""
        if self._dialogue:
            self._dialogue.server_ended(clean=True)
        if self._ended:
            self._channel.close()
        else:
            self._channel.end()

    def server_lost(self, _upstream: Upstream) -> None:
        """Pass the server's reset on."""
        if self._dialogue:
            self._dialogue.server_ended(clean=False)
        self._channel.reset()

    def server_refused(self, _upstream: Upstream) -> None:
        """Close: the request was heard, and there is nobody to answer it."""
        self._channel.close()

    def server_holds_back(self, _upstream: Upstream, *, hold: bool) -> None:
        """Let the browser wait while the server does not listen."""
        self._channel.listen(listen=not hold)

"""Stream: one request by HTTP/2 and the exchange with a server by HTTP/1.1 that answers it."""

from typing import Protocol

from cors_harness.model.route import Backend
from cors_harness.wire.framing import FramedHeaders, Message, ResponseFramer
from cors_harness.wire.http1_exchanges import HTTP_2, OpenExchange
from cors_harness.wire.http2_heads import LAST_CHUNK, RequestHead, chunk, closes, response_headers
from cors_harness.wire.mapped_origin import MappedOrigin
from cors_harness.wire.upstream import Upstream

_SWITCHING = 101  # what nobody can ask for by HTTP/2
_ENOUGH = 256 * 1024  # bytes that wait for a browser which does not take them


class Http2Writer(Protocol):
    """What a stream says to the browser; the HTTP/2 connection."""

    def say_head(self, number: int, headers: FramedHeaders, *, last: bool) -> None:
        """Send a header list; `last`: and nothing more."""

    def say_body(self, stream: "Stream") -> None:
        """Send what waits in `stream`, as far as the browser takes it."""

    def break_off(self, number: int) -> None:
        """Reset the stream, so that the browser sees a network error."""

    def took(self, number: int, size: int) -> None:
        """Let the browser send `size` more bytes of its body."""

    def over(self, number: int) -> None:
        """Forget the stream."""


class Stream:
    """One request and its response.

    Attributes:
        number: of the stream.
        waiting: body bytes for the browser that were not sent yet.
        answered: whether the last of them has come.
        said: whether the last of them was sent.
    """

    __slots__ = (
        "_answering",
        "_answers",
        "_asked",
        "_chunked",
        "_heard",
        "_holding",
        "_owed",
        "_response",
        "_server",
        "_site",
        "_spoiled",
        "answered",
        "number",
        "said",
        "waiting",
    )

    def __init__(self, number: int, answers: Http2Writer, site: MappedOrigin) -> None:
        self.number, self._answers, self._site = number, answers, site
        self.waiting = bytearray()
        self.answered = self.said = self._asked = self._chunked = False
        self._holding = False  # whether the server waits for the browser
        self._spoiled = False  # whether the server said more than its response
        self._owed = 0  # bytes of the request's body that the server does not take yet
        self._answering = ResponseFramer(telling=True)
        self._response: Message | None = None
        self._heard: OpenExchange | None = None
        self._server: Upstream | None = None

    def ask(self, headers: FramedHeaders, now: float, *, has_body: bool) -> None:
        """Pass the request on; `now` as for the framers."""
        head = RequestHead(headers, has_body=has_body)
        backend = self._site.backend(head.recorded)
        if backend is None:
            self._answers.break_off(self.number)
            return
        self._record(Message(head.recorded, now), backend)
        self._answering.asked.append(head.method)
        self._chunked = head.chunked
        self._server = self._site.connect(backend, self)
        self._server.write(head.sent)
        if not has_body:
            self.asked()

    def _record(self, request: Message, backend: Backend) -> None:
        self._heard = OpenExchange(backend.role, request, self._site.origin, HTTP_2)
        self._site.record(self._heard)

    def body(self, data: bytes, size: int) -> None:
        """Pass a piece of the request's body on, which took `size` of the window."""
        if self._server is None or self._heard is None:
            self._answers.took(self.number, size)
            return
        self._heard.request.keep(data, 0, len(data))
        if data:
            self._server.write(chunk(data) if self._chunked else data)
        self._owed += size
        if not self._server.busy:
            self._pay()

    def _pay(self) -> None:
        if self._owed:
            self._answers.took(self.number, self._owed)
            self._owed = 0

    def asked(self) -> None:
        """The request is all there."""
        self._asked = True
        if self._heard:
            self._heard.request.complete = True
        if self._chunked and self._server:
            self._server.write(LAST_CHUNK)
        self._finish()

    def leave(self) -> None:
        """The browser wants no answer any more."""
        if self._server:
            self._server.drop()
            self._server = None
        self._pay()  # the window of the connection is everybody's

    def from_server(self, _upstream: Upstream, data: bytes) -> None:
        """Take what the server says."""
        while data and not self.answered:
            fresh, eaten = self._answering.feed_one(data)
            data = data[eaten:]
            if not self._take(fresh):
                self._fail()
                return
        self._spoiled = self._spoiled or bool(data)
        self._answers.say_body(self)
        self._hold_server()
        self._finish()

    def _take(self, fresh: list[Message]) -> bool:
        """Pass on the heads that came, keep the body; False: the server makes no sense."""
        for interim in self._answering.take_interim():
            self._say_head(interim)
        self.waiting += self._answering.take_body()
        if fresh:
            self._response = fresh[0]
            if self._heard:
                self._heard.response = fresh[0]
        self.answered = self._response is not None and self._response.complete
        if fresh and not self._say_head(fresh[0]):
            return False
        return self.answered or not self._answering.lost

    def _say_head(self, message: Message) -> bool:
        headers = response_headers(message)
        if headers is None or message.status == _SWITCHING:
            return False
        self.said = self.answered and not self.waiting
        self._answers.say_head(self.number, headers, last=self.said)
        return True

    def _hold_server(self) -> None:
        held = len(self.waiting) > _ENOUGH
        if self._server and held != self._holding:
            self._holding = held
            self._server.listen(listen=not held)

    def flowed(self) -> None:
        """The browser takes more."""
        self._answers.say_body(self)
        self._hold_server()
        self._finish()

    def _finish(self) -> None:
        """Leave the server to others and the stream to oblivion, once they are done."""
        if self._asked and self.answered and self._server:
            self._leave_server(self._server)
            self._server = None
        if self._asked and self.said:
            self._answers.over(self.number)

    def _leave_server(self, server: Upstream) -> None:
        reusable = not (self._spoiled or server.ended or self._response is None)
        if reusable and self._response and not closes(self._response):
            self._site.give_back(server)
        else:
            server.drop()

    def _fail(self) -> None:
        self.leave()
        self._answers.break_off(self.number)

    def server_ended(self, upstream: Upstream) -> None:
        """Take the end of the server's connection: the end of the response too, or a failure."""
        self._over(upstream, clean=True)

    def server_lost(self, upstream: Upstream) -> None:
        """Let the browser see a network error."""
        self._over(upstream, clean=False)

    def _over(self, upstream: Upstream, *, clean: bool) -> None:
        upstream.drop()
        self._server = None
        if self.answered:
            self._pay()  # what the browser still says of its request is heard by nobody
            return
        for partial in self._answering.end(clean=clean):
            if self._heard:
                self._heard.response = partial
        self.answered = self._response is not None and self._response.complete
        if self.answered:
            self.flowed()
        else:
            self._fail()

    def server_refused(self, _upstream: Upstream) -> None:
        """Let the browser see a network error; the request was heard."""
        self._fail()

    def server_holds_back(self, upstream: Upstream, *, hold: bool) -> None:
        """Let the browser wait while the server does not listen."""
        if not hold and upstream is self._server:
            self._pay()

"""Http1Exchanges: the exchanges of one connection, from the bytes of its two directions."""

import re
from collections import deque
from collections.abc import Callable
from time import monotonic

from cors_harness.wire.framing import Message, RequestFramer, ResponseFramer

HTTP_1 = "http/1.1"
HTTP_2 = "h2"

_CLOSES = re.compile(rb"\Ahttp/1\.0|\nconnection:[^\n]*\bclose\b")  # in lower case


def closes(response: Message) -> bool:
    """Whether the server may close the connection behind this response."""
    return _CLOSES.search(response.head.lower()) is not None


class OpenExchange:
    """A request and, once its head came, the response; both may still grow.

    Attributes:
        role: of the origin that is asked; None: nothing that goes there is recorded.
        origin: what the browser addressed; None: what its Host header names, over http.
        protocol: what the browser spoke, as ALPN names it.
        client: of the gate, whose request it is; empty: nobody knows.
        was_dropped: whether the server has ended the connection without a byte for it, while the
            browser still waited.
    """

    __slots__ = ("client", "origin", "protocol", "request", "response", "role", "was_dropped")

    def __init__(
        self, role: str | None, request: Message, origin: str | None = None, protocol: str = HTTP_1
    ) -> None:
        self.role, self.request, self.origin, self.protocol = role, request, origin, protocol
        self.response: Message | None = None
        self.client = ""
        self.was_dropped = False


class Http1Exchanges:
    """Pairs requests with responses in their order; hands each exchange on as it begins.

    An exchange begins when its request's head is whole, or when the connection is over and no
    more of the head will come.

    Attributes:
        count: how many have begun.
    """

    __slots__ = (
        "_began",
        "_client_has_ended",
        "_origin",
        "_request_framer",
        "_response_framer",
        "_role",
        "_waiting",
        "count",
    )

    def __init__(
        self, role: str | None, began: Callable[[OpenExchange], None], origin: str | None = None
    ) -> None:
        self._role, self._began, self._origin = role, began, origin
        self._request_framer, self._response_framer = RequestFramer(), ResponseFramer()
        self._waiting: deque[OpenExchange] = deque()
        self._client_has_ended = False
        self.count = 0

    @property
    def idle(self) -> bool:
        """Whether every message that began is over, and every request has its response."""
        return not (self._waiting or self._request_framer.busy or self._response_framer.busy)

    @property
    def lost(self) -> bool:
        """Whether this is no HTTP, or no longer."""
        return self._request_framer.lost or self._response_framer.lost

    @property
    def is_excessive(self) -> bool:
        """Whether the server sends what the connection is to be cut for."""
        return self._response_framer.is_excessive

    def from_client(self, data: bytes, now: float) -> None:
        """Take bytes on their way to the server; `now` in seconds of any clock."""
        if begun := self._request_framer.feed(data, now):
            self._open(begun)

    def from_server(self, data: bytes) -> None:
        """Take bytes on their way to the client."""
        if not self._waiting and not self._response_framer.busy:
            # An answer to a head that is not whole, such as 408 or 431: the server gave it up.
            self._open(self._request_framer.abandon())
        for response in self._response_framer.feed(data, monotonic()):
            self._pair(response)

    def client_ended(self) -> None:
        """The client sends no more, and wants no more."""
        self._client_has_ended = True
        self._open(self._request_framer.end(clean=True))

    def server_ended(self, *, clean: bool) -> None:
        """The server sends no more; `clean`: it closed, and the connection did not break."""
        awaited = not self._client_has_ended
        for response in self._response_framer.end(clean=clean, awaited=awaited):
            self._pair(response)
        for exchange in self._waiting:
            exchange.was_dropped = awaited

    def _open(self, requests: list[Message]) -> None:
        for request in requests:
            exchange = OpenExchange(self._role, request, self._origin)
            self.count += 1
            self._waiting.append(exchange)
            self._response_framer.methods.append(request.method)
            self._began(exchange)

    def _pair(self, response: Message) -> None:
        if self._waiting:
            self._waiting.popleft().response = response
        if response.status == 101:
            self._request_framer.abandon()

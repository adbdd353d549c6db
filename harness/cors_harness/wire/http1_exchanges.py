"""Dialogue: the exchanges of one connection, from the bytes of its two directions."""

from collections import deque
from collections.abc import Callable

from cors_harness.wire.framing import Message, RequestFramer, ResponseFramer

HTTP_1 = "http/1.1"
HTTP_2 = "h2"


class OpenExchange:
    """A request and, once its head came, the response; both may still grow.

    Attributes:
        role: of the origin that is asked; None: nothing that goes there is recorded.
        origin: what the browser addressed; None: what its Host header says, over http.
        protocol: what the browser spoke, as ALPN names it.
    """

    __slots__ = ("origin", "protocol", "request", "response", "role")

    def __init__(
        self, role: str | None, request: Message, origin: str | None = None, protocol: str = HTTP_1
    ) -> None:
        self.role, self.request, self.origin, self.protocol = role, request, origin, protocol
        self.response: Message | None = None


class Http1Exchanges:
    """Pairs requests with responses in their order; hands each exchange on as it begins.

    An exchange begins when its request's head is whole, or when the connection is over and no
    more of the head will come.
    """

    __slots__ = ("_answering", "_asking", "_at", "_began", "_origin", "_waiting", "exchanges")

    def __init__(
        self, role: str | None, began: Callable[[OpenExchange], None], origin: str | None = None
    ) -> None:
        self._at, self._began, self._origin = role, began, origin
        self._asking, self._answering = RequestFramer(), ResponseFramer()
        self._waiting: deque[OpenExchange] = deque()
        self.exchanges = 0

    @property
    def idle(self) -> bool:
        """Whether every message that began is over, and every request has its response."""
        return not (self._waiting or self._asking.busy or self._answering.busy)

    @property
    def lost(self) -> bool:
        """Whether this is no HTTP, or no longer."""
        return self._asking.lost or self._answering.lost

    def from_client(self, data: bytes, now: float) -> None:
        """Take bytes on their way to the server; `now` in seconds of any clock."""
        if fresh := self._asking.feed(data, now):
            self._open(fresh)

    def from_server(self, data: bytes) -> None:
        """Take bytes on their way to the client."""
        if not self._waiting and not self._answering.busy:
            # An answer to a head that is not whole, such as 408 or 431: the server gave it up.
            self._open(self._asking.abandon())
        for response in self._answering.feed(data):
            self._pair(response)

    def client_ended(self) -> None:
        """The client sends no more."""
        self._open(self._asking.end(clean=True))

    def server_ended(self, *, clean: bool) -> None:
        """The server sends no more; `clean`: it closed, and the connection did not break."""
        for response in self._answering.end(clean=clean):
            self._pair(response)

    def _open(self, requests: list[Message]) -> None:
        for request in requests:
            heard = OpenExchange(self._at, request, self._origin)
            self.exchanges += 1
            self._waiting.append(heard)
            self._answering.asked.append(request.method)
            self._began(heard)

    def _pair(self, response: Message) -> None:
        if self._waiting:
            self._waiting.popleft().response = response
        if response.status == 101:
            self._asking.abandon()

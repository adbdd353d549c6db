"""Heads: requests and responses of HTTP/2 in the form of HTTP/1.1, and back.

https://httpwg.org/specs/rfc9113.html#HttpFraming
"""

import re
from collections.abc import Iterable

from cors_harness.wire.framing import FramedHeaders, Message

HeaderPair = tuple[bytes, bytes]

# Of one connection only, so they do not pass from one protocol to the other.
_CONNECTION_HEADERS = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)
_FOLD = re.compile(rb"[ \t]*\r?\n[ \t]*")
_CLOSES = re.compile(rb"\Ahttp/1\.0|\nconnection:[^\n]*\bclose\b")  # in lower case


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


def closes(response: Message) -> bool:
    """Whether the server may close the connection behind this response."""
    return _CLOSES.search(response.head.lower()) is not None

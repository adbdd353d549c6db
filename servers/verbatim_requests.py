"""RequestReader: cuts the requests of one HTTP/1.1 connection out of its bytes.

Own code, because browsers send what strict parsers refuse: `patch`, `CHICKEN` and any other token
are methods. Bodies are read and dropped.
https://httpwg.org/specs/rfc9112.html#message.body.length
"""

import re
from dataclasses import dataclass

_HEAD_END = b"\r\n\r\n"
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[^\r\n]*\r\n")
_LAST_CHUNK_END = re.compile(rb"(?:[^\r\n]+\r\n)*\r\n")  # trailer fields, then the empty line


class BadRequest(Exception):  # noqa: N818 - named as the status
    """The bytes are no HTTP/1.x request; nothing after them on the connection can be trusted."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request without its body.

    Attributes:
        target: as sent, `/api/data?cell=3.1`.
        headers: lower-case names; of repeated names the last value.
        lines: every header line as (lower-case name, value), in order.
    """

    method: str
    target: str
    version: str
    headers: dict[str, str]
    lines: tuple[tuple[str, str], ...] = ()

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The value of a header, by name in any case; repeated ones are joined; None: absent.

        https://fetch.spec.whatwg.org/#concept-header-list-get
        """
        values = [value for key, value in self.lines if key == name.lower()]
        return ", ".join(values) if values else None

    @property
    def wants_close(self) -> bool:
        """Whether the client ends the connection after the response."""
        connection = self.headers.get("connection", "").lower()
        return "close" in connection or (self.version == "HTTP/1.0" and "keep" not in connection)


class RequestReader:
    """Feed it bytes, then take requests until it has none."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Adds bytes as they came off the socket."""
        self._buffer += data

    def next_request(self) -> Request | None:
        """The next request once its whole body is there; None: more bytes are needed.

        Raises:
            BadRequest: the bytes are no HTTP/1.x request.
        """
        end = self._buffer.find(_HEAD_END)
        if end < 0:
            return None
        request = _parse_head(self._buffer[:end].decode("latin-1"))
        body_end = _body_end(self._buffer, end + len(_HEAD_END), request.headers)
        if body_end is None:
            return None
        del self._buffer[:body_end]
        return request


def _parse_head(head: str) -> Request:
    request_line, *lines = head.lstrip("\r\n").split("\r\n")
    match request_line.split(" "):
        case [method, target, "HTTP/1.1" | "HTTP/1.0" as version]:
            pairs = (line.partition(":") for line in lines)
            named = tuple((name.lower(), value.strip(" \t")) for name, _, value in pairs)
            return Request(method, target, version, dict(named), named)
        case _:
            raise BadRequest(f"no request line: {request_line!r}")


def _body_end(data: bytearray, start: int, headers: dict[str, str]) -> int | None:
    """Index after the body that begins at `start`; None while it is incomplete."""
    if "transfer-encoding" in headers:
        return _chunked_end(data, start)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadRequest(f"no Content-Length: {length!r}")
    end = start + int(length)
    return end if len(data) >= end else None


def _chunked_end(data: bytearray, start: int) -> int | None:
    """https://httpwg.org/specs/rfc9112.html#chunked.encoding ."""
    while size := _CHUNK_SIZE.match(data, start):
        length = int(size[1], 16)
        if length == 0:
            last = _LAST_CHUNK_END.match(data, size.end())
            return last.end() if last else None
        start = size.end() + length + 2
    return None

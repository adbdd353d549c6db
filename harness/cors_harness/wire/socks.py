"""Handshake: the server's side of SOCKS5 up to the request, without a socket.

Only CONNECT, and only without authentication, which is what browsers ask a local proxy for.
https://www.rfc-editor.org/rfc/rfc1928
"""

import ipaddress
from collections.abc import Callable

ACCEPTED = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
NOT_ALLOWED = b"\x05\x02" + ACCEPTED[2:]
_NO_SUCH_COMMAND = b"\x05\x07" + ACCEPTED[2:]
_NO_SUCH_ADDRESS_TYPE = b"\x05\x08" + ACCEPTED[2:]
_NO_AUTHENTICATION = b"\x05\x00"
_NO_METHOD = b"\x05\xff"

_CONNECT = 1
_DOMAIN = 3
_ADDRESS_LENGTHS = {1: 4, 4: 16}


def _host_of(address: bytes) -> str:
    """A packed IPv4 or IPv6 address as the host of a URL: `127.0.0.1`, `[::1]`."""
    parsed = ipaddress.ip_address(address)
    return f"[{parsed}]" if parsed.version == 6 else str(parsed)


def _host_named(name: bytes) -> str:
    """A name as the host of a URL; some browsers send an IPv6 address as one: `::1`."""
    text = name.decode("latin-1").lower()
    try:
        return _host_of(ipaddress.ip_address(text).packed)
    except ValueError:
        return text


class Handshake:
    """Reads what a client sends until it has asked for an address.

    Attributes:
        address: host, in lower case and as a URL has it, and port; None: not yet.
        failed: it will never ask for one; its connection is to be closed.
        rest: what came behind the request; the answer to the request is the caller's to send.
    """

    __slots__ = ("_step", "address", "failed", "rest")

    def __init__(self) -> None:
        self.address: tuple[str, int] | None = None
        self.failed, self.rest = False, b""
        self._step: Callable[[], bytes | None] = self._greeting

    def feed(self, data: bytes) -> bytes:
        """Take what the client sends; gives what to answer."""
        self.rest += data
        answers = b""
        while not (self.address or self.failed) and (answer := self._step()) is not None:
            answers += answer
        return answers

    def _greeting(self) -> bytes | None:
        if self.rest[:1] not in {b"", b"\x05"}:
            return self._fail(b"")  # an HTTP proxy's client, say
        if len(self.rest) < 2 or len(self.rest) < 2 + self.rest[1]:
            return None
        methods = self._take(2 + self.rest[1])[2:]
        if 0 not in methods:
            return self._fail(_NO_METHOD)
        self._step = self._request
        return _NO_AUTHENTICATION

    def _request(self) -> bytes | None:
        if len(self.rest) < 5:
            return None
        command, kind = self.rest[1], self.rest[3]
        if self.rest[0] != 5 or command != _CONNECT:
            return self._fail(_NO_SUCH_COMMAND)
        if kind == _DOMAIN:
            return self._address(5, self.rest[4], _host_named)
        if kind in _ADDRESS_LENGTHS:
            return self._address(4, _ADDRESS_LENGTHS[kind], _host_of)
        return self._fail(_NO_SUCH_ADDRESS_TYPE)

    def _address(self, start: int, length: int, decode: Callable[[bytes], str]) -> bytes | None:
        if len(self.rest) < start + length + 2:
            return None
        packed = self._take(start + length + 2)[start:]
        self.address = decode(packed[:length]), int.from_bytes(packed[length:], "big")
        return b""

    def _take(self, length: int) -> bytes:
        taken, self.rest = self.rest[:length], self.rest[length:]
        return taken

    def _fail(self, answer: bytes) -> bytes:
        self.failed = True
        return answer

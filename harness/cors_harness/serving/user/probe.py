"""probe(): one HTTP request by which the harness sees whether a server is there, or why not."""

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from cors_harness.model.route import Address

PATIENCE_S = 10  # a server that thinks longer about its first answer is asked again
MOST_BYTES = 64 * 1024
SHOWN_BYTES = 60
HTTP = b"HTTP/"
TLS_ALERT = b"\x15\x03"  # what a server says that was expecting TLS

LOOPBACK = ("127.0.0.1", "::1")  # either may be what a server takes `localhost` for

ProgramVersions = tuple[tuple[str, str], ...]

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_SERVER = re.compile(rb"\r\nserver:[ \t]*([^\r\n]*)", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation:[ \t]*([^\r\n]*)", re.IGNORECASE)
_KEPT = (_SERVER, _LOCATION)
# https://httpwg.org/specs/rfc9110.html#rfc.section.5.6.2 and #field.server
_PRODUCT = re.compile(r"(?<!\S)([\w.+-]+)/([\w.+-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An HTTP response began.

    Attributes:
        server: the value of its `Server` header; empty where it has none.
        location: of its `Location` header, likewise.
    """

    status: int
    server: str = ""
    location: str = ""


class Silence(Enum):
    """Why no HTTP response came, as the end of a sentence that begins with the server's name."""

    NOT_THERE = "is not there: {detail}"
    UNTRUSTED = "has a certificate that is not trusted: {detail}"
    NO_TLS = "does not speak TLS, or not ours ({detail})"
    ONLY_TLS = "speaks TLS; expected plain HTTP"
    SLOW = "gives GET {path} no answer within {patience} s"
    CLOSED = "closes the connection without an answer to GET {path}"
    NO_HTTP = "answers GET {path} with no HTTP: {detail}"


FINAL = frozenset((Silence.UNTRUSTED, Silence.NO_TLS, Silence.ONLY_TLS, Silence.NO_HTTP))


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """No HTTP response.

    Attributes:
        path: what was asked for.
        detail: what the system, TLS or the server itself said of it; may be empty.
    """

    cause: Silence
    path: str = "/"
    detail: str = ""

    @property
    def listens(self) -> bool:
        """Whether somebody took the connection."""
        return self.cause is not Silence.NOT_THERE

    @property
    def is_final(self) -> bool:
        """Whether asking again would not help."""
        return self.cause in FINAL

    @property
    def why(self) -> str:
        """The cause in words, with its details."""
        return self.cause.value.format(path=self.path, detail=self.detail, patience=PATIENCE_S)


Probed = Answered | Silent


@dataclass(frozen=True, slots=True, kw_only=True)
class UpServer:
    """A server that is up.

    Attributes:
        versions: (product, version) as its `Server` header has them.
        frameworks: as ServerVersion has them.
    """

    address: Address
    versions: ProgramVersions
    frameworks: tuple[str, ...] | None = None


async def probe(address: Address, path: str = "/", request: bytes | None = None) -> Probed:
    """Asks `address` for `path` and looks at the head of the response.

    `request`: the whole request, for `path`; None: a plain GET.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _probe(address, path, request)
    except TimeoutError:
        return Silent(cause=Silence.SLOW, path=path)


async def refuses(address: Address) -> bool:
    """Whether nobody listens at `address`; a server there sees an empty connection.

    One that is too busy to take it is there, as is one that the network leads to only now and then.
    """
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection(address.host, address.port)
        writer.close()
    except ConnectionRefusedError:
        return True
    except OSError:  # TimeoutError is one
        return False
    return False


async def _probe(address: Address, path: str, request: bytes | None) -> Probed:
    try:
        reader, writer = await asyncio.open_connection(
            address.host,
            address.port,
            ssl=ssl.create_default_context() if address.tls_name is not None else None,
            server_hostname=address.tls_name,
        )
    except ssl.SSLCertVerificationError as error:
        return Silent(cause=Silence.UNTRUSTED, detail=error.verify_message)
    except ssl.SSLError as error:
        return Silent(cause=Silence.NO_TLS, detail=error.reason or str(error))
    except OSError as error:
        return Silent(cause=Silence.NOT_THERE, detail=_reason(error))
    try:
        writer.write(request or _plain_get(address, path))
        return _read(await _head(reader), path)
    finally:
        writer.close()


def _plain_get(address: Address, path: str) -> bytes:
    host = address.tls_name or address.host
    name = f"[{host}]" if ":" in host else host
    head = f"GET {path} HTTP/1.1\r\nHost: {name}:{address.port}\r\nConnection: close\r\n\r\n"
    return head.encode()


def _reason(error: OSError) -> str:
    match error:
        case ConnectionRefusedError():
            return "nobody listens on that port"
        case socket.gaierror():
            return "there is no such host"
        case _:
            return error.strerror or str(error)


async def _head(reader: asyncio.StreamReader) -> bytes:
    """What the server sent, as far as it may be the head of a response."""
    head = b""
    with suppress(OSError):
        while b"\r\n\r\n" not in head and len(head) < MOST_BYTES:
            read = await reader.read(MOST_BYTES)
            head += read
            if not read or not head.startswith(HTTP[: len(head)]):
                break
    return head


def _read(head: bytes, path: str) -> Probed:
    if status := _STATUS.match(head):
        server, location = (
            match[1].decode("latin-1").strip() if match else ""
            for match in (each.search(head.partition(b"\r\n\r\n")[0]) for each in _KEPT)
        )
        return Answered(status=int(status[1]), server=server, location=location)
    if head.startswith(TLS_ALERT):
        return Silent(cause=Silence.ONLY_TLS, path=path)
    if not head:
        return Silent(cause=Silence.CLOSED, path=path)
    return Silent(cause=Silence.NO_HTTP, path=path, detail=repr(head[:SHOWN_BYTES]))


def stated_versions(server: str) -> ProgramVersions:
    """The products of a `Server` header that state a version: `nginx/1.22.1 (Debian)`."""
    return tuple((name.lower(), version) for name, version in _PRODUCT.findall(server))

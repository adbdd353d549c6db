"""Probed: what came of one HTTP request, by which the harness sees whether a server is there."""

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass

from cors_harness.model.route import Address

PATIENCE_S = 10  # a server that thinks longer about its first answer is asked again
MOST_BYTES = 64 * 1024
SHOWN_BYTES = 60
HTTP = b"HTTP/"
TLS_ALERT = b"\x15\x03"  # what a server says that was expecting TLS

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_SERVER = re.compile(rb"\r\nserver:[ \t]*([^\r\n]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An HTTP response began.

    Attributes:
        server: the value of its `Server` header; empty where it has none.
    """

    status: int
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """No HTTP response.

    Attributes:
        why: ends a sentence that begins with the server's name.
        listens: whether somebody took the connection.
        for_good: asking again would not help.
    """

    why: str
    listens: bool = True
    for_good: bool = False


Probed = Answered | Silent


async def probe(address: Address, path: str = "/") -> Probed:
    """Asks `address` for `path` and looks at the head of the response."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _probe(address, path)
    except TimeoutError:
        return Silent(why=f"gives GET {path} no answer within {PATIENCE_S} s")


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


async def _probe(address: Address, path: str) -> Probed:
    host = address.tls_name or address.host
    name = f"[{host}]" if ":" in host else host
    try:
        reader, writer = await asyncio.open_connection(
            address.host,
            address.port,
            ssl=ssl.create_default_context() if address.tls_name is not None else None,
            server_hostname=address.tls_name,
        )
    except ssl.SSLCertVerificationError as error:
        why = f"has a certificate that is not trusted: {error.verify_message}"
        return Silent(why=why, for_good=True)
    except ssl.SSLError as error:
        why = f"does not speak TLS, or not ours ({error.reason or error})"
        return Silent(why=why, for_good=True)
    except OSError as error:
        return Silent(why=f"is not there: {_said(error)}", listens=False)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: {name}:{address.port}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        return _read(await _head(reader), path)
    finally:
        writer.close()


def _said(error: OSError) -> str:
    match error:
        case ConnectionRefusedError():
            return "nobody listens on that port"
        case socket.gaierror():
            return "there is no such host"
        case _:
            return error.strerror or str(error)


async def _head(reader: asyncio.StreamReader) -> bytes:
    """What the server said, as far as it may be the head of a response."""
    said = b""
    with suppress(OSError):
        while b"\r\n\r\n" not in said and len(said) < MOST_BYTES:
            read = await reader.read(MOST_BYTES)
            said += read
            if not read or not said.startswith(HTTP[: len(said)]):
                break
    return said


def _read(said: bytes, path: str) -> Probed:
    if status := _STATUS.match(said):
        server = _SERVER.search(said.partition(b"\r\n\r\n")[0])
        name = server[1].decode("latin-1").strip() if server else ""
        return Answered(status=int(status[1]), server=name)
    if said.startswith(TLS_ALERT):
        return Silent(why="speaks TLS; expected plain HTTP", for_good=True)
    if not said:
        return Silent(why=f"closes the connection without an answer to GET {path}")
    return Silent(why=f"answers GET {path} with no HTTP: {said[:SHOWN_BYTES]!r}", for_good=True)


# https://httpwg.org/specs/rfc9110.html#rfc.section.5.6.2 and #field.server
_PRODUCT = re.compile(r"(?<!\S)([\w.+-]+)/([\w.+-]+)")

LOOPBACK = ("127.0.0.1", "::1")  # either may be what a server takes `localhost` for

HeaderPairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpServer:
    """A server that is up.

    Attributes:
        versions: (product, version) as its `Server` header has them.
    """

    address: Address
    versions: HeaderPairs


def said_versions(server: str) -> HeaderPairs:
    """The products of a `Server` header that state a version: `nginx/1.22.1 (Debian)`."""
    return tuple((name.lower(), version) for name, version in _PRODUCT.findall(server))

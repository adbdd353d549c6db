"""A small SOCKS5 proxy in whose world some names exist; it is their authority, too."""

import asyncio
import contextlib
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme

EXPIRED, STRANGE = "expired.example.org", "strange.example.org"  # with certificates of that kind
LONG_AGO = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 2, 1, tzinfo=UTC))
NAME, ADDRESS_4, ADDRESS_6 = 3, 1, 4  # the kinds of addresses in SOCKS5
GRANTED, REFUSED = b"\5\0\0\1\0\0\0\0\0\0", b"\5\2\0\1\0\0\0\0\0\0"
HEAD = "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A response; its header lines end in CRLF."""

    body: str
    status: str = "200 OK"
    headers: str = "content-type: text/html\r\naccess-control-allow-origin: *\r\n"

    def encoded(self) -> bytes:
        body = self.body.encode()
        head = HEAD.format(status=self.status, length=len(body), headers=self.headers)
        return head.encode() + body


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the proxy was asked to connect to."""

    kind: int
    host: str
    port: int


class Net:
    """The proxy and the servers behind it, on loopback.

    Attributes:
        port: the proxy's.
        asked: connections that it was asked for, refused ones too.
        requests: `https://host:port/target`, as they came.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        """Takes answers by `scheme://host:port/path`."""
        self.port = 0
        self.asked: list[Asked] = []
        self.requests: list[str] = []
        self._answers = answers
        self._authority = trustme.CA()
        self._tls: dict[str, ssl.SSLContext] = {}
        self._writers: set[StreamWriter] = set()

    @property
    def proxy(self) -> str:
        return f"socks5://127.0.0.1:{self.port}"

    def write_authority(self, folder: Path) -> Path:
        path = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(path))
        return path

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for writer in self._writers:
            if not writer.is_closing():  # a TLS transport that has closed has nothing to abort
                writer.transport.abort()

    async def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError, EOFError):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        asked = await _greet(reader, writer)
        self.asked.append(asked)
        scheme = "https" if asked.port == 443 else "http"
        origin = f"{scheme}://{asked.host}:{asked.port}"
        if not any(url.startswith(f"{origin}/") for url in self._answers):
            writer.write(REFUSED)
            return
        writer.write(GRANTED)
        if scheme == "https":
            await writer.start_tls(self._context(asked.host))
        while True:
            await self._answer(origin, reader, writer)

    async def _answer(self, origin: str, reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode()
        self.requests.append(origin + target)
        answer = self._answers.get(origin + target.split("?")[0], Answer(body="", status="404 No"))
        writer.write(answer.encoded())

    def _context(self, host: str) -> ssl.SSLContext:
        if host not in self._tls:
            self._tls[host] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority = trustme.CA() if host == STRANGE else self._authority
            since, until = LONG_AGO if host == EXPIRED else (None, None)
            issued = authority.issue_cert(host, not_before=since, not_after=until)
            issued.configure_cert(self._tls[host])
        return self._tls[host]


async def _greet(reader: StreamReader, writer: StreamWriter) -> Asked:
    _, count = await reader.readexactly(2)
    await reader.readexactly(count)
    writer.write(b"\5\0")
    _, _, _, kind = await reader.readexactly(4)
    if kind == NAME:
        length = (await reader.readexactly(1))[0]
        host = (await reader.readexactly(length)).decode()
    else:
        octets = await reader.readexactly(4 if kind == ADDRESS_4 else 16)
        host = str(ip_address(octets))
    port = int.from_bytes(await reader.readexactly(2), "big")
    return Asked(kind=kind, host=host, port=port)

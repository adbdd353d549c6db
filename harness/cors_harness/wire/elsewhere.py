"""Elsewhere: origins that no scenario names; a request that a redirect leads there is recorded.

Nobody answers it: what the real server would say is not known here, and nothing leaves the machine.
"""

import asyncio
import ssl
from typing import TYPE_CHECKING, cast

from cors_harness.model.route import Address, Backend
from cors_harness.terms.role import ELSEWHERE

if TYPE_CHECKING:
    import trustme

HEAD_END = b"\r\n\r\n"


class _Nobody(asyncio.Protocol):
    """A server that takes the head of a request and closes without a byte."""

    def __init__(self) -> None:
        self._end = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._end = (self._end + data)[-len(HEAD_END) - len(data) :]
        if HEAD_END in self._end:
            self._transport.close()


class Elsewhere:
    """Certificates for such origins, and the one server behind them all."""

    def __init__(self) -> None:
        self._authority: trustme.CA | None = None
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._server: asyncio.Server | None = None

    async def open(self, certificate: str, key: str) -> None:
        """Take requests from now on, for https as the authority with this certificate and key.

        Both are PEM; empty: https is not taken.

        Raises:
            OSError: no socket could be had.
        """
        if certificate:
            import trustme  # noqa: PLC0415 - a third of the start; most runs have no real origins

            self._authority = trustme.CA.from_pem(certificate.encode(), key.encode())
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(_Nobody, "127.0.0.1", 0)

    def backend(self, scheme: str) -> Backend | None:
        """The server that does not answer, for an origin of that scheme; None: it is not taken."""
        if self._server is None or (scheme == "https" and self._authority is None):
            return None
        port = self._server.sockets[0].getsockname()[1]
        return Backend(address=Address(port=port), role=ELSEWHERE)

    def context(self, host: str, protocols: list[str]) -> ssl.SSLContext:
        """What a TLS server needs for `host`, as a URL has it; only after `open`."""
        if host not in self._contexts and self._authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(host.strip("[]")).configure_cert(context)
            context.set_alpn_protocols(protocols)
            self._contexts[host] = context
        return self._contexts[host]

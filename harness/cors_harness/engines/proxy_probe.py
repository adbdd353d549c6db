"""ProxyProbe: whether a browser goes through the SOCKS proxy that it was given, tried out.

A driver may take the capability and do nothing with it: WebKitWebDriver 2.50 does. Its pages would
go past the gate, to whatever the names of real origins lead to.
"""

import asyncio
from typing import Self

URL = "http://cors-harness.test/"  # https://www.rfc-editor.org/rfc/rfc6761#section-6.2
SOCKS5 = b"\x05"
SEEN_S = 5


class ProxyProbe:
    """A proxy on 127.0.0.1 that notes whether anybody speaks SOCKS to it, and closes.

    Attributes:
        proxy: its URL, as PageOptions has it.
    """

    def __init__(self) -> None:
        self.proxy = ""
        self._was_asked = asyncio.Event()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        self.proxy = f"socks5://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def why_not_used(self) -> str:
        """Why it counts as not used; empty: it was asked, by now or in a moment.

        Drivers answer before their browser has gone anywhere.
        """
        try:
            async with asyncio.timeout(SEEN_S):
                await self._was_asked.wait()
        except TimeoutError:
            return "its driver takes one and does not use it"
        return ""

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if await reader.read(1) == SOCKS5:
                self._was_asked.set()
        except ConnectionError:
            pass
        finally:
            writer.close()

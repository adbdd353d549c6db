"""granian for an ASGI app, in the event loop of a program of ours."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server


def serve(app: Any, sockets: Sequence[socket.socket]) -> None:
    """Serves for ever on the addresses of `sockets`, which it shares; it takes no sockets."""
    asyncio.run(_serve(app, [each.getsockname() for each in sockets]))


async def _serve(app: Any, addresses: Sequence[tuple[str, int]]) -> None:
    # No static files: what granian sends by itself has no CORS headers.
    async with asyncio.TaskGroup() as group:
        for address, port in addresses:
            server = Server(app, address=address, port=port, interface=Interfaces.ASGI)
            group.create_task(server.serve())

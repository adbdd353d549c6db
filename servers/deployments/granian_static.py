"""granian for an ASGI app, with the app's static files served by granian itself.

Faster than the app, and without it: what comes from /static has no CORS headers, so fonts, JSON and
modules from there are blocked on other origins, while all the rest works.
"""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server

STATIC = Path(__file__).with_name("static")


def serve(app: Any, sockets: Sequence[socket.socket]) -> None:
    """Serves for ever on the addresses of `sockets`, which it shares; it takes no sockets."""
    asyncio.run(_serve(app, [each.getsockname() for each in sockets]))


async def _serve(app: Any, addresses: Sequence[tuple[str, int]]) -> None:
    async with asyncio.TaskGroup() as group:
        for address, port in addresses:
            server = Server(
                app,
                address=address,
                port=port,
                interface=Interfaces.ASGI,
                static_path_mount=[STATIC],
                static_path_route=["/static"],
            )
            group.create_task(server.serve())

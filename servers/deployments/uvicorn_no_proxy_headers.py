"""uvicorn for an ASGI app, behind a proxy that it does not listen to.

The app takes requests that came over https for http, and sends browsers there when a path lacks its
slash at the end: mixed content, blocked. `--no-proxy-headers`, or `--forwarded-allow-ips` with an
address that the proxy no longer has, come to the same.
"""

import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application


def serve(app: "ASGI3Application", sockets: list[socket.socket]) -> None:
    """Serves until it is told to stop."""
    config = uvicorn.Config(app, proxy_headers=False, timeout_keep_alive=3600, access_log=False)
    uvicorn.Server(config).run(sockets)

"""uvicorn for an ASGI app, behind a proxy on the same machine."""

import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application


def serve(app: "ASGI3Application", sockets: list[socket.socket]) -> None:
    """Serves until it is told to stop; `uvicorn.run` does the same for one address."""
    config = uvicorn.Config(
        app,
        # Only this one may say under which scheme and for whom it asks.
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        # Seconds that an idle connection is kept: longer than the proxy in front keeps it.
        timeout_keep_alive=3600,
        access_log=False,
        # No limit_concurrency: it counts idle connections too, and the 503 has no CORS headers.
    )
    uvicorn.Server(config).run(sockets)

"""uvicorn for an ASGI app, with a limit meant for requests that counts connections.

Browsers keep several open. Over the limit uvicorn answers 503 by itself: without the app, without
CORS headers, so that an overload looks like a CORS error. A limit of 1 shows it at once.
"""

import socket
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application


def serve(app: "ASGI3Application", sockets: list[socket.socket]) -> None:
    """Serves until it is told to stop."""
    config = uvicorn.Config(
        app,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        timeout_keep_alive=3600,
        access_log=False,
        limit_concurrency=1,
    )
    uvicorn.Server(config).run(sockets)

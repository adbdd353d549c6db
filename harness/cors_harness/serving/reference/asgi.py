"""The ASGI host: uvicorn, one server object for every app, all on one event loop.

A server object for each, so that each app gets the lifespan that uvicorn gives it anywhere else.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import uvicorn

from cors_harness.processes.loop import run_fast
from cors_harness.serving.sockets import bind_loopback, port_of

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

# A connection that the server drops while the browser reuses it makes the browser send again:
# a second request on the wire that no scenario asked for. So nobody hangs up first.
IDLE_S = 24 * 3600


def swallow_late_errors(app: "ASGI3Application", scheme: str | None) -> "ASGI3Application":
    """`app`, whose exceptions behind a whole response are logged and go no further.

    Starlette sends its 500 and raises all the same; uvicorn then drops the connection, and the
    browser may send the request of the next cell on it twice, which is then judged for that.
    A user's app is no exception: what it sends is not touched, and what it raises is in the log.

    Args:
        app: any ASGI app.
        scheme: the one that browsers use; None: the connection to the server tells it.
    """

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        is_complete = False

        async def sending(message: Any) -> None:
            nonlocal is_complete
            await send(message)
            is_end = message["type"] == "http.response.body" and not message.get("more_body")
            is_complete = is_complete or is_end

        if scheme is not None and scope["type"] == "http":
            scope["scheme"] = scheme
        try:
            await app(scope, receive, sending)
        except Exception:
            if not is_complete:
                raise
            logging.getLogger("uvicorn.error").exception("Exception behind a whole response")

    return answer


class _Server(uvicorn.Server):
    """A server whose `up` is set once it serves."""

    def __init__(self, app: "ASGI3Application", scheme: str) -> None:
        super().__init__(
            uvicorn.Config(
                swallow_late_errors(app, scheme),
                http="httptools",
                ws="none",
                access_log=False,
                log_config=None,
                timeout_keep_alive=IDLE_S,
            )
        )
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


def serve(
    apps: "Mapping[str, ASGI3Application]",
    report: Callable[[Mapping[str, int]], None],
    secure: frozenset[str],
) -> None:
    """Serves every app on a port of its own; reports the ports and does not return.

    Apps whose key is in `secure` are told that their URLs have the scheme `https`.
    """
    schemes = {key: "https" if key in secure else "http" for key in apps}
    run_fast(_serve({key: _Server(app, schemes[key]) for key, app in apps.items()}, report))


async def _serve(
    servers: Mapping[str, _Server], report: Callable[[Mapping[str, int]], None]
) -> None:
    sockets = {key: bind_loopback() for key in servers}
    async with asyncio.TaskGroup() as group:
        for key, server in servers.items():
            group.create_task(server.serve([sockets[key]]))
        for server in servers.values():
            await server.up.wait()
        report({key: port_of(listener) for key, listener in sockets.items()})

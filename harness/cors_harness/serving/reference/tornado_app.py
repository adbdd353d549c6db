"""The Tornado host: Tornado's own HTTPServer, one for each app, on one event loop.

https://www.tornadoweb.org/en/stable/httpserver.html
"""

import asyncio
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from cors_harness.processes.loop import run_fast
from cors_harness.serving.reference.orderly_end import OrderlyEnd
from cors_harness.serving.sockets import bind_loopback, port_of

IDLE_S = 24 * 3600  # as in asgi.py: nobody hangs up on a browser


def serve(
    apps: Mapping[str, Any],
    report: Callable[[Mapping[str, int]], None],
    secure: frozenset[str],
    end: OrderlyEnd,
) -> None:
    """Serves every app on a port of its own; reports the ports and returns at the `end`.

    Apps whose key is in `secure` are told that their URLs have the scheme `https`.
    """
    run_fast(end.cancels(_serve(apps, report, secure)))


async def _serve(
    apps: Mapping[str, Any], report: Callable[[Mapping[str, int]], None], secure: frozenset[str]
) -> None:
    tornado: Any = importlib.import_module("tornado.httpserver")  # here: only its apps need it
    sockets = {key: bind_loopback() for key in apps}
    for key, app in apps.items():
        scheme = "https" if key in secure else "http"
        server = tornado.HTTPServer(app, protocol=scheme, idle_connection_timeout=IDLE_S)
        server.add_socket(sockets[key])
    report({key: port_of(listener) for key, listener in sockets.items()})
    await asyncio.get_running_loop().create_future()

"""The aiohttp host: aiohttp's own server, a runner for each `web.Application`, on one event loop.

https://docs.aiohttp.org/en/stable/web_advanced.html#application-runners
"""

import asyncio
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from cors_harness.processes.loop import run_fast
from cors_harness.serving.sockets import BACKLOG, bind_loopback, port_of

IDLE_S = 24 * 3600  # as in asgi.py: nobody hangs up on a browser


def serve(
    apps: Mapping[str, Any],
    report: Callable[[Mapping[str, int]], None],
    secure: frozenset[str],
) -> None:
    """Serves every app on a port of its own; reports the ports and does not return.

    Apps whose key is in `secure` are told that their URLs have the scheme `https`.
    """
    run_fast(_serve(apps, report, secure))


async def _serve(
    apps: Mapping[str, Any], report: Callable[[Mapping[str, int]], None], secure: frozenset[str]
) -> None:
    web: Any = importlib.import_module("aiohttp.web")  # here, as only its apps need it
    runners = {
        key: web.AppRunner(app, access_log=None, keepalive_timeout=IDLE_S)
        for key, app in apps.items()
    }
    sockets = {key: bind_loopback() for key in apps}
    try:
        for key, runner in runners.items():
            await runner.setup()
            if key in secure:
                _tell_of_https(runner.server)
            await web.SockSite(runner, sockets[key], backlog=BACKLOG).start()
        report({key: port_of(listener) for key, listener in sockets.items()})
        await asyncio.get_running_loop().create_future()
    finally:
        for runner in runners.values():
            await runner.cleanup()


def _tell_of_https(server: Any) -> None:
    """Makes requests with the scheme `https`, which aiohttp takes from the connection only."""
    make_request = server.request_factory

    def make(*arguments: Any) -> Any:
        return make_request(*arguments).clone(scheme="https")

    server.request_factory = make

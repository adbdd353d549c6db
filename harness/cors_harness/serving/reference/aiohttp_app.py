"""The aiohttp host: aiohttp's own server, a runner for each `web.Application`, on one event loop.

An app on several ports has one runner: it starts once, and its cleanup runs at the end.

https://docs.aiohttp.org/en/stable/web_advanced.html#application-runners
"""

import asyncio
import importlib
from collections.abc import Callable, Mapping
from typing import Any

from cors_harness.errors import ServerFailed
from cors_harness.processes.loop import run_fast
from cors_harness.serving.reference.orderly_end import OrderlyEnd
from cors_harness.serving.sockets import BACKLOG, bind_loopback, port_of

IDLE_S = 24 * 3600  # as in asgi.py: nobody hangs up on a browser
DRAIN_S = 1  # as there


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
    web: Any = importlib.import_module("aiohttp.web")  # here, as only its apps need it
    runners = {
        id(app): web.AppRunner(
            app, access_log=None, keepalive_timeout=IDLE_S, shutdown_timeout=DRAIN_S
        )
        for app in apps.values()
    }
    sockets = {key: bind_loopback() for key in apps}
    ports = {key: port_of(listener) for key, listener in sockets.items()}
    secure_ports = frozenset(ports[key] for key in secure)
    try:
        for runner in runners.values():
            await _started(runner)
            _tell_of_https(runner.server, secure_ports)
        for key, app in apps.items():
            await web.SockSite(runners[id(app)], sockets[key], backlog=BACKLOG).start()
        report(ports)
        await asyncio.get_running_loop().create_future()
    finally:
        for runner in runners.values():
            await runner.cleanup()


async def _started(runner: Any) -> None:
    """Runs the app's startup; raises ServerFailed with the app's own traceback."""
    try:
        await runner.setup()
    except Exception as exc:
        from cors_harness.serving.user.app import own_traceback  # noqa: PLC0415 - for this only

        raise ServerFailed(f"its startup (on_startup) failed:\n{own_traceback(exc)}") from exc


def _tell_of_https(server: Any, ports: frozenset[int]) -> None:
    """Makes requests to these ports with the scheme `https`; aiohttp asks the connection only."""
    make_request = server.request_factory

    def make(*arguments: Any) -> Any:
        request = make_request(*arguments)
        address = request.transport and request.transport.get_extra_info("sockname")
        is_secure = bool(address) and address[1] in ports
        return request.clone(scheme="https") if is_secure else request

    server.request_factory = make

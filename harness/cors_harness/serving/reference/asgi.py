"""The ASGI host: uvicorn, one server object for every app, all on one event loop.

A server object for each, so that each app gets the lifespan that uvicorn gives it anywhere else,
its state and its shutdown too. An app on several ports is one server: it starts once.
"""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import uvicorn

from cors_harness.errors import ServerFailed
from cors_harness.processes.loop import run_fast
from cors_harness.serving.reference.orderly_end import OrderlyEnd
from cors_harness.serving.sockets import bind_loopback, port_of

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application

# A connection that the server drops while the browser reuses it makes the browser send again:
# a second request on the wire that no scenario asked for. So nobody hangs up first.
IDLE_S = 24 * 3600
DRAIN_S = 1  # for calls that still run at the end; their clients have gone
REASON_S = 1  # until an app that has said that its startup failed also raises why
TICK_S = 1.0  # uvicorn's own tenth of one wakes hundreds of servers thousands of times a second


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


class _Hosted:
    """An app as uvicorn gets it: it is told the scheme of its port, and its startup is heard."""

    def __init__(self, app: "ASGI3Application", secure_ports: frozenset[int]) -> None:
        """`secure_ports`: those on which browsers call it by https."""
        self._app, self._secure_ports = swallow_late_errors(app, None), secure_ports
        self._message, self._raised = "", ""
        self._lifespan_is_over = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers as the app does."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if scope["type"] == "http":
            scope["scheme"] = "https" if scope["server"][1] in self._secure_ports else "http"
        await self._app(scope, receive, send)

    async def why_not_started(self) -> str:
        """Why its startup failed: its own traceback, else what it said, else nothing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REASON_S):
                await self._lifespan_is_over.wait()
        return self._raised or self._message

    async def _live(self, scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "lifespan.startup.failed":
                self._message = message.get("message", "").strip()
                self._note(sys.exc_info()[1])  # some handle what was raised by this message
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as exc:
            self._note(exc)
            raise
        finally:
            self._lifespan_is_over.set()

    def _note(self, exc: BaseException | None) -> None:
        from cors_harness.serving.user.app import own_traceback  # noqa: PLC0415 - for this only

        if exc is not None:
            self._raised = own_traceback(exc)


class _Server(uvicorn.Server):
    """A server for one app; `up` is set once it serves, or its startup has failed."""

    def __init__(
        self, app: "ASGI3Application", sockets: list[socket.socket], secure: frozenset[int]
    ) -> None:
        self._hosted, self._sockets = _Hosted(app, secure), sockets
        super().__init__(
            uvicorn.Config(
                self._hosted,
                http="httptools",
                ws="none",
                access_log=False,
                log_config=None,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=DRAIN_S,
            )
        )
        self.up, self._ends = asyncio.Event(), asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit:  # how newer ones say that the app's startup has failed
            self.should_exit = True
        self.up.set()

    async def main_loop(self) -> None:
        """Serves until `end`; keeps the `date` of the responses right meanwhile."""
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._ends.wait()

    def end(self) -> None:
        """Has `run_to_end` come to its end."""
        self.should_exit = True
        self._ends.set()

    async def run_to_end(self) -> None:
        """Serves until `end`."""
        await self.serve(self._sockets)

    async def check_started(self) -> None:
        """Waits until it serves; raises ServerFailed where the app's startup has failed."""
        await self.up.wait()
        if self.lifespan.should_exit:
            why = await self._hosted.why_not_started() or "it gave no reason"
            raise ServerFailed(f"its startup (ASGI lifespan) failed:\n{why}")


def serve(
    apps: "Mapping[str, ASGI3Application]",
    report: Callable[[Mapping[str, int]], None],
    secure: frozenset[str],
    end: OrderlyEnd,
) -> None:
    """Serves every app on a port of its own; reports the ports and returns at the `end`.

    Apps whose key is in `secure` are told that their URLs have the scheme `https`.

    Raises:
        ServerFailed: the startup of an app failed; its traceback is in the text.
    """
    run_fast(end.cancels(_serve(apps, report, secure)))


async def _serve(
    apps: "Mapping[str, ASGI3Application]",
    report: Callable[[Mapping[str, int]], None],
    secure: frozenset[str],
) -> None:
    sockets = {key: bind_loopback() for key in apps}
    ports = {key: port_of(listener) for key, listener in sockets.items()}
    secure_ports = frozenset(ports[key] for key in secure)
    servers = [
        _Server(app, [sockets[key] for key in apps if apps[key] is app], secure_ports)
        for app in {id(app): app for app in apps.values()}.values()
    ]
    running = [asyncio.ensure_future(server.run_to_end()) for server in servers]
    try:
        for server in servers:
            await server.check_started()
        report(ports)
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for server, task in zip(servers, running, strict=True):
            server.end()
            if not server.up.is_set():  # its app has not started, and may never
                task.cancel()
        await asyncio.wait(running)

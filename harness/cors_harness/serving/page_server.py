"""PageServer: the page origin; serves the runner page and takes in what it saw, nothing else."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cors_harness.errors import HarnessError
from cors_harness.serving.sockets import bind_loopback

IDLE_S = 24 * 3600  # see serving.asgi: nobody hangs up on a browser
PAGE_FOLDER = Path(__file__).parent / "page"
Payload = dict[str, Any]  # JSON of the runner page, see page/runner.js


class PageSession(Protocol):
    """One opened runner page: what it asks for and hands in."""

    def hello(self, agent: str) -> Payload:
        """The page is there; answers how many cells it runs at a time."""

    def next(self) -> Payload:
        """Answers with the next cells, none when all are handed out."""

    async def report(self, data: Payload) -> Payload:
        """Takes in which cells began and what the finished ones saw."""

    async def mark(self, data: Payload) -> Payload:
        """Takes in a finished step that is not its cell's last."""

    async def over(self) -> Payload:
        """The page has run everything it got."""


Handler = Callable[[PageSession, Payload], Awaitable[Payload]]


async def _hello(session: PageSession, data: Payload) -> Payload:
    return session.hello(data["agent"])


async def _next(session: PageSession, _: Payload) -> Payload:
    return session.next()


async def _report(session: PageSession, data: Payload) -> Payload:
    return await session.report(data)


async def _mark(session: PageSession, data: Payload) -> Payload:
    return await session.mark(data)


async def _over(session: PageSession, _: Payload) -> Payload:
    return await session.over()


HANDLERS: Mapping[str, Handler] = {
    "hello": _hello,
    "next": _next,
    "report": _report,
    "mark": _mark,
    "over": _over,
}


class PageServer:
    """Serves the runner page on one loopback port, under every host name that leads there.

    Attributes:
        sessions: open pages by their id; a page without a session gets 410 Gone.
        port: set by `start`.
    """

    def __init__(self) -> None:
        self.sessions: dict[str, PageSession] = {}
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    def bind(self) -> int:
        """Takes a free port and keeps it; the origin is known before anything is served."""
        self._socket: socket.socket = bind_loopback()
        self.port = int(self._socket.getsockname()[1])
        return self.port

    async def start(self) -> None:
        """Begins to serve on the bound port."""
        config = uvicorn.Config(
            self._app(),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=IDLE_S,
        )
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))

    async def stop(self) -> None:
        """Stops serving; open connections are closed. Idempotent."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = self._server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._server = None

    def _app(self) -> Starlette:
        routes = [
            Route(f"/harness/{name}", self._endpoint(name), methods=["POST"]) for name in HANDLERS
        ]
        return Starlette(routes=[*routes, Mount("/harness", StaticFiles(directory=PAGE_FOLDER))])

    def _endpoint(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            session = self.sessions.get(request.query_params.get("session", ""))
            if session is None:
                return JSONResponse({"error": "this session is over"}, status_code=410)
            try:
                return JSONResponse(await HANDLERS[name](session, await request.json()))
            except HarnessError as error:  # whoever watches what failed ends the run
                return JSONResponse({"error": str(error)}, status_code=503)

        return answer

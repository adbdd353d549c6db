"""PageServer: the page origin; serves the runner page and takes in what it saw, nothing else."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cors_harness.errors import HarnessError
from cors_harness.serving.sockets import bind_loopback, port_of

IDLE_S = 24 * 3600  # see serving.asgi: nobody hangs up on a browser
PAGE_FOLDER = Path(__file__).parent
MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript"}
Payload = dict[str, Any]  # JSON of the runner page, see page/runner.js


PageReply = Callable[[Payload], Awaitable[Payload]]
PageReplies = Mapping[
    str, PageReply
]  # what one opened page may post to, by the last part of the path


class PageServer:
    """Serves the runner page on loopback, under every host name that leads there.

    Attributes:
        sessions: what open pages may post to, by the id of the page's session; a page without one
            gets 410 Gone.
        port: set by `bind`.
        public_port: one more, for pages that count as public ones; see LaunchOptions.public_ports.
    """

    def __init__(self) -> None:
        self.sessions: dict[str, PageReplies] = {}
        self.port = self.public_port = 0
        self._files = {file.name: file.read_bytes() for file in PAGE_FOLDER.iterdir()}
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    def bind(self) -> None:
        """Takes free ports and keeps them; the origins are known before anything is served."""
        self._sockets = [bind_loopback(), bind_loopback()]
        self.port, self.public_port = map(port_of, self._sockets)

    async def start(self) -> None:
        """Begins to serve on the bound ports."""
        config = uvicorn.Config(
            self._app(),
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_keep_alive=IDLE_S,
        )
        self._trouble: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=self._sockets))

    async def watch(self) -> None:
        """Comes back only by raising what went wrong in answering a page: a bug of ours."""
        raise await self._trouble

    async def stop(self) -> None:
        """Stops serving; open connections are closed. Idempotent."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = self._server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._server = None

    def _app(self) -> Starlette:
        # An origin typed with a slash at its end leads to a path with two.
        places = ("/harness/{name}", "//harness/{name}")
        posts = [Route(place, self._answer, methods=["POST"]) for place in places]
        return Starlette(routes=[*posts, *(Route(place, self._file) for place in places)])

    async def _file(self, request: Request) -> Response:
        """A file of the page; out of memory, as threads that read files outlive a killed loop."""
        name = request.path_params["name"]
        if name not in self._files:
            return Response("there is no such file", status_code=404)
        return Response(self._files[name], media_type=MEDIA_TYPES[Path(name).suffix])

    async def _answer(self, request: Request) -> Response:
        response = await self._reply(request)
        twin = f"http://{request.headers.get('host', '')}"
        if request.headers.get("origin") == twin:  # the page may have learnt HSTS for itself
            response.headers["Access-Control-Allow-Origin"] = twin
        return response

    async def _reply(self, request: Request) -> Response:
        try:
            body = await request.body()  # before all of it is here the session may be over
        except ClientDisconnect:  # a browser that died over it, say; nobody reads the response
            return Response(status_code=400)
        answers = self.sessions.get(request.query_params.get("session", ""))
        if answers is None:
            return JSONResponse({"error": "this session is over"}, status_code=410)
        try:
            return JSONResponse(await answers[request.path_params["name"]](json.loads(body)))
        except HarnessError as error:  # whoever watches what failed ends the run
            return JSONResponse({"error": str(error)}, status_code=503)
        except Exception as error:  # noqa: BLE001 - raised by `watch`
            if not self._trouble.done():
                self._trouble.set_result(error)
            return JSONResponse({"error": repr(error)}, status_code=500)

"""PageServer: the page origin; serves the runner page and takes in what it saw, nothing else.

Only requests that name a host of its own get an answer, and only posts with the token of the run. A
page of anybody's may have a name for this machine; the token it cannot have: that comes to our page
in the fragment of its URL, which stands in no request and in no `Referer`.

It is a plain ASGI app: a framework here would tie every user's app to the versions that we need.
"""

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from cors_harness.errors import HarnessError
from cors_harness.serving.sockets import bind_loopback, port_of
from cors_harness.terms.origin import is_loopback
from cors_harness.text.json_values import MIB, JsonError, JsonLimits, json_value

# Many cells with a million characters of a body each; none has so much.
LIMITS = JsonLimits(most_bytes=256 * MIB)
IDLE_S = 24 * 3600  # see serving/reference/asgi.py: nobody hangs up on a browser
TOKEN_BYTES = 32
PAGE_FOLDER = Path(__file__).parent
MEDIA_TYPES = {".html": "text/html", ".js": "text/javascript"}
# An origin typed with a slash at its end leads to a path with two.
PATH = re.compile(r"//?harness/(?P<name>[^/]+)")

Payload = dict[str, Any]  # JSON of the runner page, see page/runner.js
PageReply = Callable[[Payload], Awaitable[Payload]]
PageReplies = Mapping[str, PageReply]  # by the last part of the path that a page posts to


class PostRefused(HarnessError):  # noqa: N818 - reads as what happened
    """Somebody who knows a page's session posts what no page does."""

    def __init__(self, name: str, why: object) -> None:
        super().__init__(
            f"a page posts to /harness/{name} what no page of cors-harness does: {why}\n"
            "  somebody else posts in its name, or this is a mistake of cors-harness"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResponse:
    """What a browser gets.

    Attributes:
        media_type: value of Content-Type.
        allow_origin: value of Access-Control-Allow-Origin; empty: there is none.
    """

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"
    allow_origin: str = ""

    def messages(self) -> tuple[Payload, Payload]:
        """The response as ASGI sends it."""
        fields = {
            "content-type": self.media_type,
            "content-length": str(len(self.body)),
            "access-control-allow-origin": self.allow_origin,
        }
        headers = [(name.encode(), value.encode()) for name, value in fields.items() if value]
        return (
            {"type": "http.response.start", "status": self.status, "headers": headers},
            {"type": "http.response.body", "body": self.body},
        )


class PageServer:
    """Serves the runner page on loopback, under the names of loopback and of `hosts`.

    Attributes:
        hosts: values of Host by which its pages on real origins, and browsers on other machines,
            call it.
        sessions: what open pages may post to, by the id of the page's session; a page without one
            gets 410 Gone.
        port: set by `bind`.
        public_port: one more, for pages that count as public ones; see LaunchOptions.public_ports.
    """

    def __init__(self) -> None:
        self.hosts: frozenset[str] = frozenset()
        self._token = secrets.token_urlsafe(TOKEN_BYTES)
        self.sessions: dict[str, PageReplies] = {}
        self.port = self.public_port = 0
        self._files = {
            file.name: file.read_bytes()
            for file in PAGE_FOLDER.iterdir()
            if file.suffix in MEDIA_TYPES
        }
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    def bind(self) -> None:
        """Takes free ports and keeps them; the origins are known before anything is served."""
        self._sockets = [bind_loopback(), bind_loopback()]
        self.port, self.public_port = map(port_of, self._sockets)

    def url(self, origin: str, session: str, page: str = "runner.html") -> str:
        """The URL of a page on `origin` that posts to a session, with the token of the run."""
        return f"{origin}/harness/{page}?session={session}#{self._token}"

    async def start(self) -> None:
        """Begins to serve on the bound ports."""
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_keep_alive=IDLE_S,
        )
        self._trouble: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=self._sockets))

    async def watch(self) -> None:
        """Raises what went wrong in answering a page; never returns.

        Raises PostRefused where a page posted what none does; all else is a bug of ours.
        """
        raise await self._trouble

    async def stop(self) -> None:
        """Stops serving; open connections are closed. Idempotent."""
        if self._server is None or self._task is None:
            return
        self._server.should_exit = self._server.force_exit = True
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._server = None

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        path = PATH.fullmatch(scope["path"])
        if path is None or not self._is_called(_host(scope)):
            response = PageResponse(status=404, body=b"Not Found")
        elif scope["method"] == "POST":
            response = await self._answer(path["name"], scope, receive)
        elif scope["method"] in {"GET", "HEAD"}:
            response = self._file(path["name"])
        else:
            response = PageResponse(status=405, body=b"Method Not Allowed")
        for message in response.messages():
            await send(message)

    def _is_called(self, host: str) -> bool:
        """Whether a request with that Host is for this server, and not for whoever has it so."""
        name, _, port = host.rpartition(":")
        is_own_port = port in {str(self.port), str(self.public_port)}
        return host in self.hosts or (is_own_port and is_loopback(name))

    def _has_token(self, scope: Any) -> bool:
        token = _parameter(scope, "token").encode("utf-8", "replace")
        return secrets.compare_digest(token, self._token.encode())

    def _file(self, name: str) -> PageResponse:
        """A file of the page; out of memory, as threads that read files outlive a killed loop."""
        if name not in self._files:
            return PageResponse(status=404, body=b"there is no such file")
        media_type = f"{MEDIA_TYPES[Path(name).suffix]}; charset=utf-8"
        return PageResponse(status=200, body=self._files[name], media_type=media_type)

    async def _answer(self, name: str, scope: Any, receive: Any) -> PageResponse:
        if not self._has_token(scope):
            return PageResponse(status=404, body=b"Not Found")
        body = await _body(receive)  # before all of it is here the session may be over
        if body is None:  # a browser that died over it, say; nobody reads the response
            return PageResponse(status=400, body=b"")
        response = await self._reply(name, _parameter(scope, "session"), body)
        twin = f"http://{_host(scope)}"
        is_twin = _header(scope, b"origin") == twin  # the page may have learnt HSTS for itself
        return replace(response, allow_origin=twin) if is_twin else response

    async def _reply(self, name: str, session: str, body: bytes) -> PageResponse:
        replies = self.sessions.get(session)
        if replies is None:
            return _json(410, {"error": "this session is over"})
        try:
            return _json(200, await _answered(name, replies, body))
        except PostRefused as error:
            self._tell(error)
            return _json(400, {"error": str(error)})
        except asyncio.CancelledError:
            if self._server is not None and not self._server.should_exit:
                raise
            return _json(410, {"error": "this run is over"})  # uvicorn would log a traceback
        except HarnessError as error:  # whoever watches what failed ends the run
            return _json(503, {"error": str(error)})
        except Exception as error:  # noqa: BLE001 - raised by `watch`
            self._tell(error)
            return _json(500, {"error": repr(error)})

    def _tell(self, error: Exception) -> None:
        """Has `watch` raise it."""
        if not self._trouble.done():
            self._trouble.set_result(error)


async def _answered(name: str, replies: PageReplies, body: bytes) -> Payload:
    """What the session answers to a post; raises PostRefused where it knows no such one."""
    if name not in replies:
        raise PostRefused(name, "there is no such path")
    try:
        return await replies[name](json_value(body, LIMITS))
    except JsonError as error:
        raise PostRefused(name, error) from None


def _json(status: int, data: Payload) -> PageResponse:
    body = json.dumps(data).encode()
    return PageResponse(status=status, body=body, media_type="application/json")


def _parameter(scope: Any, name: str) -> str:
    """A parameter of the query; empty: there is none."""
    query = parse_qs(str(scope["query_string"], "latin-1"))
    return query.get(name, [""])[-1]


def _header(scope: Any, name: bytes) -> str:
    """The last header of a lower-case name; empty: there is none."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(name, b"").decode("latin-1")


def _host(scope: Any) -> str:
    return _header(scope, b"host").lower()


async def _body(receive: Any) -> bytes | None:
    """The request body; None where the browser went before its end. Of too much the beginning."""
    chunks: list[bytes] = []
    left = LIMITS.most_bytes + 1
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b"")[:left])
        left -= len(chunks[-1])
        if not message.get("more_body"):
            return b"".join(chunks)

"""A small WebDriver endpoint on loopback: it answers as it is told, and remembers its sessions."""

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from cors_harness.engine_kinds.table import kind_of
from cors_harness.engines.remote_sessions import RemoteSessions
from cors_harness.engines.webdriver import WebDriverEndpoint
from cors_harness.model.remote import Remote, remote_of

SESSION = "3f2a-1"
NOT_MATCHED = {"error": "session not created", "message": "Failed to match", "stacktrace": "#0"}
JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A response of the endpoint: a WebDriver value, or bytes in its place."""

    value: object = None
    status: int = 200
    raw: bytes | None = None

    def encoded(self) -> bytes:
        if self.raw is not None:
            return self.raw
        body = json.dumps({"value": self.value}).encode()
        head = f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body


REFUSED = Reply(value=NOT_MATCHED, status=500)
Answer = Callable[[str, str, Any], Awaitable[Reply]]  # of method, path and the JSON that was sent


@dataclass
class Endpoint:
    """An endpoint with one browser.

    Attributes:
        answer: what it answers; None: as a driver of Safari that has no BiDi.
        asked: the capabilities that sessions were asked to have.
        commands: `GET /session/{id}/url` and the like, as they came.
        open: ids of the sessions that have not been deleted.
        authorization: the header, as it came last.
    """

    answer: Answer | None = None
    asked: list[JsonObject] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    authorization: str = ""
    port: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def remote(self, name: str = "safari", **capabilities: Any) -> Remote:
        """The remote browser that is had here."""
        return remote_of(name, f"http://me:s3cret-Key@127.0.0.1:{self.port}", capabilities)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while head := await _head(reader):
                method, path, _ = head.split("\r\n")[0].split(" ")
                headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:])
                self.authorization = headers.get("authorization", "")
                data = await reader.readexactly(int(headers.get("content-length", "0")))
                self.commands.append(f"{method} {path}")
                reply = await self._reply(method, path, json.loads(data or b"null"))
                writer.write(reply.encoded())
                await writer.drain()
                if reply.raw is not None:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the test is over
        finally:
            writer.close()

    async def _reply(self, method: str, path: str, sent: Any) -> Reply:
        if (method, path) == ("POST", "/session"):
            self.asked.append(sent["capabilities"]["alwaysMatch"])
        if method == "DELETE":
            self.open.remove(path.split("/")[2])
            return Reply()
        reply = await (self.answer or self._as_safari)(method, path, sent)
        if (method, path) == ("POST", "/session") and isinstance(reply.value, dict):
            self.open += [reply.value["sessionId"]] if "sessionId" in reply.value else []
        return reply

    async def _as_safari(self, method: str, path: str, _sent: Any) -> Reply:
        if (method, path) != ("POST", "/session"):
            return Reply(value={"ready": True} if path == "/status" else "about:blank")
        return REFUSED if "webSocketUrl" in self.asked[-1] else begun(f"{len(self.asked)}")


def begun(session_id: str = SESSION, **capabilities: Any) -> Reply:
    """A session of Safari that has begun."""
    safari = {"browserName": "Safari", "browserVersion": "26.1", "platformName": "macOS"}
    return Reply(value={"sessionId": session_id, "capabilities": {**safari, **capabilities}})


def sessions_of(endpoint: WebDriverEndpoint, remote: Remote) -> RemoteSessions:
    """The sessions of a remote browser, none of which has begun."""
    kind = kind_of(remote.name)
    assert kind is not None
    return RemoteSessions(endpoint, remote, kind)


async def _head(reader: StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode().removesuffix("\r\n\r\n")
    except asyncio.IncompleteReadError:
        return ""

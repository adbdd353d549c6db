"""WebDriverEndpoint: the commands of classic WebDriver, over HTTP, to one endpoint.

https://w3c.github.io/webdriver/#endpoints
"""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx2

from cors_harness.errors import EngineFailed
from cors_harness.model.remote import Remote
from cors_harness.text.problems import shown

ALIVE_S = 20
COMMAND_S = 60
WATCH_S = 2
SESSION_S = 330  # a Selenium Grid keeps a request for a session for 300 s in its queue
MOST_BYTES = 16 * 1024 * 1024
MESSAGE_CHARACTERS = 400
OPTIONAL_ERRORS = frozenset(
    {"invalid argument", "session not created", "unknown error", "unsupported operation"}
)
"""Errors of New Session after which asking for less may help."""
GONE = frozenset({"invalid session id", "no such window", "tab crashed", "unknown error"})
"""Errors of the simplest command after which a session shows its page no more.

The last one is what a Selenium Grid says of a node that it does not reach.
"""


SESSION_ID = re.compile(r"(?<=/session/)[0-9A-Za-z-]{8,}")


class WebDriverError(Exception):
    """The endpoint refused a command.

    Attributes:
        code: https://w3c.github.io/webdriver/#errors, such as `session not created`.
        message: in the driver's words, of one line, without anything secret.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}" if message else code)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A session that has begun.

    Attributes:
        id: as the endpoint names it.
        capabilities: those that it has.
    """

    id: str
    capabilities: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A capability that is text, made safe; empty where it is none."""
        value = self.capabilities.get(name)
        return printable_line(value) if isinstance(value, str) else ""

    @property
    def path(self) -> str:
        """Of its commands."""
        return f"/session/{self.id}"


class WebDriverEndpoint:
    """One endpoint, for as long as it is open."""

    def __init__(self, remote: Remote) -> None:
        """Opens no connection yet."""
        self._remote = remote
        has_login = bool(remote.user or remote.password)
        self._client = httpx2.AsyncClient(
            auth=httpx2.BasicAuth(remote.user, remote.password) if has_login else None,
            # A proxy of the environment is for what is somewhere else.
            trust_env=not remote.is_on_this_machine,
            timeout=None,
            headers={"Accept": "application/json", "Cache-Control": "no-cache"},
        )

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def check_alive(self) -> None:
        """Raises EngineFailed where nobody answers, or nobody who speaks HTTP."""
        await self.status()

    async def status(self) -> object:
        """What it says of itself; None where it says nothing. Raises EngineFailed as `check_alive`.

        https://w3c.github.io/webdriver/#status
        """
        with suppress(WebDriverError):  # a provider may keep its status to itself
            return await self.command("GET", "/status", limit_s=ALIVE_S)
        return None

    async def new_session(self, capabilities: Mapping[str, Any]) -> NewSession:
        """A session with all of these capabilities.

        https://w3c.github.io/webdriver/#new-session

        Raises:
            WebDriverError: there is none to be had.
            EngineFailed: the endpoint is gone, or does not speak WebDriver.
        """
        asked = {"capabilities": {"alwaysMatch": capabilities}}
        value = await self.command("POST", "/session", asked, limit_s=SESSION_S)
        session = value if isinstance(value, dict) else {}
        name, has = session.get("sessionId"), session.get("capabilities")
        if not isinstance(name, str) or not name.replace("-", "").isalnum():
            raise self._failed("it answers New Session without a sessionId, unlike WebDriver")
        if not isinstance(has, dict):
            raise self._failed("it answers New Session without capabilities, unlike WebDriver")
        return NewSession(id=name, capabilities=has)

    async def delete_session(self, session: NewSession, *, limit_s: float) -> None:
        """Ends a session; never raises for one that is gone, nor for an endpoint that is."""
        with suppress(WebDriverError, EngineFailed):
            await self.command("DELETE", session.path, limit_s=limit_s)

    async def session_end(self, session: NewSession, asked: str) -> str:
        """Says, once it is so, how a session came to its end.

        A Selenium Grid tells of a node that is gone only whoever asks for something, and leaves a
        WebSocket to it open.

        Args:
            session: to be watched.
            asked: the command that is given again and again: `url`, which shows whether the page is
                there, or `timeouts`, which no browser has to answer.
        """
        while True:
            await asyncio.sleep(WATCH_S)
            try:
                await self.command("GET", f"{session.path}/{asked}")
            except EngineFailed as gone:
                return f"the session is gone: {gone}"
            except WebDriverError as error:
                if error.code in GONE:  # what it does not know is no sign of that
                    return f"the session is gone: {error}"

    async def command(
        self, method: str, path: str, body: object = None, *, limit_s: float = COMMAND_S
    ) -> object:
        """The value that the endpoint answers with.

        Raises:
            WebDriverError: it refuses the command.
            EngineFailed: it does not answer in time, or not as WebDriver does.
        """
        began = time.monotonic()
        try:
            async with asyncio.timeout(limit_s):
                status, data = await self._exchange(method, path, body)
        except TimeoutError:
            waited = f"{time.monotonic() - began:.0f} s"
            raise self._failed(f"no answer to {method} {_shape(path)} within {waited}") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            why = self._safe(str(error)) or type(error).__name__
            raise self._failed(f"no answer to {method} {_shape(path)}: {why}") from error
        return self._value(status, data, f"{method} {_shape(path)}")

    async def _exchange(self, method: str, path: str, body: object) -> tuple[int, bytes]:
        url = self._remote.url + path
        sent = None if method != "POST" else json.dumps({} if body is None else body).encode()
        # A Selenium Grid refuses what does not state its encoding.
        typed = {"Content-Type": "application/json; charset=utf-8"} if sent else None
        async with self._client.stream(method, url, content=sent, headers=typed) as response:
            data = bytearray()
            async for part in response.aiter_bytes():
                data += part
                if len(data) > MOST_BYTES:
                    raise self._failed(f"it answers {method} {_shape(path)} without an end")
            if response.is_redirect:
                where = self._safe(response.headers.get("location", ""))
                raise self._failed(f"it redirects to {where}; give that URL, if it is the one")
            return response.status_code, bytes(data)

    def _value(self, status: int, data: bytes, command: str) -> object:
        """The value of a response.

        https://w3c.github.io/webdriver/#dfn-send-a-response
        """
        try:
            answer = json.loads(data)
            value = answer["value"]
        except (ValueError, RecursionError, TypeError, KeyError):
            if status in {401, 403, 407}:
                raise self._failed(f"it refuses the credentials (status {status})") from None
            start = shown(self._safe(data[:200].decode("latin-1"))) if data else "no body"
            found = f"found status {status} with {start}"
            hint = "is the URL that of a WebDriver endpoint? A hub may want /wd/hub at its end"
            raise self._failed(f"{command}: {found}; expected JSON\n  {hint}") from None
        if isinstance(value, dict) and isinstance(value.get("error"), str):
            raise WebDriverError(self._safe(value["error"]), self._safe(value.get("message")))
        if not 200 <= status < 300:
            raise WebDriverError(f"status {status}", self._safe(value))
        return value

    def _failed(self, why: str) -> EngineFailed:
        return EngineFailed(f"{self._remote.name}: {self._remote.url}: {why}")

    def _safe(self, text: object) -> str:
        hidden = SESSION_ID.sub("{session id}", self._remote.without_secrets(str(text or "")))
        return printable_line(hidden)


def printable_line(text: str) -> str:
    """The beginning of a text of somebody else's, in one line and without control characters."""
    first = " ".join(text.split())
    safe = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in first)
    return safe if len(safe) <= MESSAGE_CHARACTERS else f"{safe[:MESSAGE_CHARACTERS]}…"


def _shape(path: str) -> str:
    """A command's path, without the id of the session, which is as good as a key."""
    parts = path.split("/")
    if len(parts) > 2 and parts[1] == "session":
        parts[2] = "{session id}"
    return "/".join(parts)

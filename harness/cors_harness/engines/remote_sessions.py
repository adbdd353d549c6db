"""RemoteSessions: the WebDriver sessions of one remote browser, one at a time, always deleted."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engines.capabilities import Wishes, asked_capabilities
from cors_harness.engines.webdriver import (
    OPTIONAL_ERRORS,
    NewSession,
    WebDriverEndpoint,
    WebDriverError,
)
from cors_harness.errors import EngineFailed
from cors_harness.model.remote import Remote

DELETE_S = 30
KEEP_ALIVE_S = 60  # a Selenium Grid deletes a session that has had no command for 300 s
BEGINNING_S = 20  # that a session which nobody wants any more may still take to begin


class RemoteSessions:
    """Begins sessions and ends them.

    Attributes:
        wishes: what the driver gives of what is asked; known after `first`.
        refusal: the driver's words where it did not give more; empty: it gave all.
    """

    def __init__(self, endpoint: WebDriverEndpoint, remote: Remote, kind: EngineKind) -> None:
        self._endpoint, self._remote, self._kind = endpoint, remote, kind
        self.wishes = Wishes()
        self.refusal = ""
        self._beginning: asyncio.Task[NewSession] | None = None
        self._session: NewSession | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def first(self, wanted: Wishes) -> NewSession:
        """A session with as much of `wanted` as the driver gives.

        Raises:
            EngineFailed: there is no session to be had, with the driver's words.
        """
        why = WebDriverError("", "")
        for wishes in self._ladder(wanted):
            try:
                session = await self.begin(wishes)
            except WebDriverError as error:
                why, self.refusal = error, str(error)
                if error.code not in OPTIONAL_ERRORS:
                    break
            else:
                self.wishes = wishes
                return session
        raise self._no_session(wanted, why) from why

    async def begin(self, wishes: Wishes) -> NewSession:
        """A new session; the one before it has ended by then.

        Raises:
            WebDriverError: the driver refuses it.
            EngineFailed: the endpoint is gone, or does not speak WebDriver.
        """
        await self.end()
        asked = asked_capabilities(self._remote, self._kind, wishes)
        beginning = asyncio.create_task(self._endpoint.new_session(asked))
        self._beginning = beginning
        # Cancelled or not, the session may begin: then `end` has to know of it.
        session = self._session = await asyncio.shield(beginning)
        self._beginning = None
        self._keeping = asyncio.create_task(self._keep_alive(session))
        return session

    async def end(self) -> None:
        """Deletes the session that there is, or that is about to be; idempotent, never raises."""
        beginning, self._beginning = self._beginning, None
        session, self._session = self._session, None
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.wait({keeping})
        if beginning is not None:
            await asyncio.wait({beginning}, timeout=BEGINNING_S)
            if not beginning.done():
                beginning.cancel()
                await asyncio.wait({beginning})
            if not beginning.cancelled() and beginning.exception() is None:
                session = beginning.result()
        if session is not None:
            await self._endpoint.delete_session(session, limit_s=DELETE_S)

    async def _keep_alive(self, session: NewSession) -> None:
        """Gives commands that no browser has to answer: BiDi counts for none in every hub."""
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            with suppress(WebDriverError, EngineFailed):  # that it is gone is noticed elsewhere
                await self._endpoint.command("GET", f"{session.path}/timeouts")

    def _ladder(self, wanted: Wishes) -> Iterator[Wishes]:
        """`wanted`, and then less and less of it."""
        yield wanted
        if wanted.bidi:
            yield replace(wanted, bidi=False)
        if wanted.insecure_certs:
            yield replace(wanted, insecure_certs=False)
        if wanted.bidi and wanted.insecure_certs:
            yield Wishes()

    def _no_session(self, wanted: Wishes, error: WebDriverError) -> EngineFailed:
        asked = asked_capabilities(self._remote, self._kind, wanted)
        browser = f" for the browser {asked['browserName']}" if "browserName" in asked else ""
        return EngineFailed(
            f"{self._remote.name}: {self._remote.url} gives no session{browser}: {error}\n"
            "  is that the endpoint of such a browser? What else it needs to be told goes into"
            f" --capabilities {self._remote.name}=FILE"
        )

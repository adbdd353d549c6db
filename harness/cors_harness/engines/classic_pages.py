"""ClassicPages: pages opened by classic WebDriver, each in a session of its own.

A session's windows share cookies and caches, and no command empties all of those. So a page has a
session to itself, and there is one page at a time: most drivers have one session at a time too.
Nobody hears the console.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

from cors_harness.engines.base import ConsoleListener, PageOptions, settle
from cors_harness.engines.capabilities import Wishes
from cors_harness.engines.proxy_probe import URL, ProxyProbe
from cors_harness.engines.remote_sessions import RemoteSessions
from cors_harness.engines.webdriver import (
    NewSession,
    WebDriverEndpoint,
    WebDriverError,
)
from cors_harness.errors import EngineFailed

BLANK = "about:blank"


class ClassicTab:
    """The page of one session."""

    def __init__(self, pages: "ClassicPages") -> None:
        self._pages = pages
        self._watching: asyncio.Task[None] | None = None
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def watch(self, endpoint: WebDriverEndpoint, session: NewSession) -> None:
        """Notes from now on when the session has ended; it also keeps a session from idling."""
        self._watching = asyncio.create_task(self._watch(endpoint, session))

    async def close(self) -> None:
        """Ends the session."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        await self._pages.end_page(self)

    async def _watch(self, endpoint: WebDriverEndpoint, session: NewSession) -> None:
        settle(self.lost, await endpoint.session_end(session, "url"))


class ClassicPages:
    """The pages of one remote browser, one after the other.

    Attributes:
        title: of the driver, in a record.
        hears_engine: whether what the engine itself writes to consoles is heard: nothing is.
    """

    title = "WebDriver classic"
    hears_engine = False

    def __init__(self, endpoint: WebDriverEndpoint, sessions: RemoteSessions) -> None:
        """Opens nothing yet."""
        self._endpoint, self._sessions = endpoint, sessions
        self._tab: ClassicTab | None = None

    async def check_opens_page(self, session: NewSession) -> None:
        """Raises WebDriverError, EngineFailed where a session goes nowhere."""
        await self._endpoint.command("POST", f"{session.path}/url", {"url": BLANK})

    async def open(self, url: str, listener: ConsoleListener, options: PageOptions) -> ClassicTab:
        """Opens `url` in a session that has shown no page before; raises WebDriverError as well."""
        del listener  # hears nothing
        if self._tab is not None:
            raise EngineFailed("a session of classic WebDriver shows one page at a time")
        tab = self._tab = ClassicTab(self)
        try:
            session = await self._sessions.begin(replace(self._sessions.wishes, page=options))
            for shown in filter(None, (options.entry, url)):
                await self._endpoint.command("POST", f"{session.path}/url", {"url": shown})
        except BaseException:
            await tab.close()
            raise
        tab.watch(self._endpoint, session)
        return tab

    async def why_no_proxy(self, probe: ProxyProbe, *, is_tried: bool) -> str:
        """Why pages get no proxy; empty: they do, as far as is known.

        `is_tried`: whether a page is opened to see that it is used.
        """
        try:
            session = await self._sessions.begin(Wishes(page=PageOptions(proxy=probe.proxy)))
        except WebDriverError as error:
            return f"its driver takes none: {error}"
        if not is_tried:
            return ""
        with suppress(WebDriverError):  # the probe answers nothing
            await self._endpoint.command("POST", f"{session.path}/url", {"url": URL})
        return await probe.why_not_used()

    async def end_page(self, tab: ClassicTab) -> None:
        """Ends the session of a tab; idempotent."""
        if self._tab is not tab:
            return
        await self._sessions.end()
        self._tab = None
        settle(tab.lost, "the page was closed")

    async def close(self) -> None:
        """Closes the page that is open; the engine ends the session."""
        if self._tab is not None:
            await self._tab.close()

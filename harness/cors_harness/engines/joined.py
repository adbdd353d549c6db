"""JoinedEngine: a browser that somebody has open, in whose window one page is shown at a time.

Nobody starts it, and nothing of it is set: it has the profile of the one who uses it.
"""

import asyncio
from collections.abc import Iterator, Mapping

from cors_harness.engine_kinds.kind import PermissionControl
from cors_harness.engine_kinds.table import kind_of
from cors_harness.engines.base import (
    DEFAULT_PAGE,
    ConsoleListener,
    PageNeed,
    PageOptions,
    settle,
)
from cors_harness.engines.joined_browser import JoinedBrowser
from cors_harness.errors import UsageError
from cors_harness.model.events import EngineVersion

DRIVER = "a window that somebody has open (no automation; what the engine says is not heard)"
BUILD = "this browser, as it says of itself: "


class JoinedTab:
    """The page that the window shows."""

    def __init__(self, browser: JoinedBrowser) -> None:
        loop = asyncio.get_running_loop()
        self._browser, self._loop = browser, loop
        self.lost: asyncio.Future[str] = loop.create_future()

    def note_lost(self, why: str) -> None:
        """Takes why the window shows it no more; called in any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(settle, self.lost, why)

    async def close(self) -> None:
        """Lets the window go, which goes back by itself once the session of its page is over."""
        self._browser.release(self.note_lost)
        settle(self.lost, "the page was closed")


class JoinedEngine:
    """Shows the pages of a run in the window of a JoinedBrowser.

    Attributes:
        lacks: as in Engine.
    """

    hears_console = False
    shares_hsts = True  # it has one profile
    tabs = 1

    def __init__(self, browser: JoinedBrowser) -> None:
        """Takes the browser; raises UsageError where its column's name tells no engine."""
        kind = kind_of(browser.column)
        if kind is None:
            raise UsageError(f"{browser.column!r} begins with no browser that is known")
        self._browser, self._kind = browser, kind
        self.at_once = kind.at_once
        self.lacks: Mapping[PageNeed, str] = dict(self._what_lacks())

    async def start(self) -> EngineVersion:
        """Waits until its window is there; raises EngineFailed where it is not."""
        await self._browser.wait_until_there()
        agent = self._browser.agent
        return EngineVersion(
            name=self._browser.column,
            version=agent.version or "unknown version",
            build=f"{BUILD}{agent.text}",
            driver=DRIVER,
            label=agent.label,
        )

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> JoinedTab:
        """Sends the window to `url`; raises EngineFailed where it is not there."""
        del listener  # hears nothing
        tab = JoinedTab(self._browser)
        await self._browser.show(url, options.entry, tab.note_lost)
        return tab

    async def stop(self) -> None:
        """Nothing was started; the window stays, and waits for the next page."""

    def _what_lacks(self) -> Iterator[tuple[PageNeed, str]]:
        name = self._browser.column
        yield (
            PageNeed.PROXY,
            f"{name}: real origins, and calls of a page to its own, go through a proxy, which only "
            "who uses the browser can set",
        )
        certificates = f"{name}: no browser that somebody has open trusts certificates of this run"
        yield PageNeed.CERTIFICATES, certificates
        yield PageNeed.CHECKED_CERTIFICATES, certificates
        yield (
            PageNeed.FRESH_CONTEXT,
            f"{name}: it has to run without cookies and caches from before, or would leave some "
            "behind, and the browser that somebody has open has one profile",
        )
        if self._kind.permissions.control is not PermissionControl.NOBODY:
            yield PageNeed.PERMISSIONS, f"{name}: only who uses the browser gives permissions"
        if self._kind.public_address_space is not None:
            public = "which ports count as public is set when a browser is started"
            yield PageNeed.PUBLIC, f"{name}: {public}, and this one was open already"

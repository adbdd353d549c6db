"""PlaywrightTab: one page that Playwright drives, in a browser context of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Error,
    Page,
    Request,
)

from cors_harness.engines.base import ConsoleListener, PageOptions, report_loss

CLOSE_S = 5
GRANTED = "granted"
LOCAL_NETWORK = "local-network-access"
# What a driver can grant in Firefox, of the permissions that concern requests; it can deny none,
# nor can anybody decide anything in WebKit. What cannot be decided stays as the engine has it.
FIREFOX_GRANTS = (LOCAL_NETWORK,)
# One permission in the standard's draft and in Playwright; Chromium has split it.
CHROMIUM_NAMES = {LOCAL_NETWORK: (LOCAL_NETWORK, "loopback-network", "local-network")}
# What Firefox calls every request that it blocked itself; its console says more.
FIREFOX_SAYS_NOTHING = ("NS_ERROR_DOM_BAD_URI", "NS_BINDING_ABORTED", "NS_ERROR_ABORT")


class PlaywrightTab:
    """One page in a browser context of its own."""

    def __init__(self, context: BrowserContext, browser: Browser) -> None:
        self._context, self._browser = context, browser
        self._decided_by: CDPSession | None = None  # what it decided ends with it
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        browser.on("disconnected", self._disconnected)

    async def show(
        self, url: str, heard: ConsoleListener, ways: PageOptions, *, with_failures: bool
    ) -> None:
        """Opens `url` and listens to what the engine says about it.

        Args:
            url: of the page.
            heard: takes the words.
            ways: the permissions among them.
            with_failures: hear Firefox's names of network errors as well; its console says the
                same about all of them.
        """
        page = await self._context.new_page()
        page.on("console", lambda message: _hear_console(message, heard))
        page.on("pageerror", lambda error: heard(str(error)))
        page.on("crash", lambda _: report_loss(self.lost, "the page's process crashed"))
        page.on("close", lambda _: report_loss(self.lost, "the page was closed"))
        if with_failures:
            page.on("requestfailed", lambda request: _hear_failure(request, heard))
        if ways.permissions:
            await self._decide_permissions(page, url, ways)
        await page.goto(url, wait_until="commit")

    async def close(self) -> None:
        """Closes the context; a dead browser has nothing left to close."""
        self._browser.remove_listener("disconnected", self._disconnected)
        async with in_time(CLOSE_S):
            await self._context.close()
            if self._decided_by is not None:
                await self._decided_by.detach()

    async def _decide_permissions(self, page: Page, url: str, ways: PageOptions) -> None:
        engine = self._browser.browser_type.name
        if engine == "chromium":
            await self._decide_in_chromium(page, ways)
        elif engine == "firefox":  # for all origins at once it would come too late
            granted = [name for name, state in ways.permissions if state == GRANTED]
            known = [name for name in granted if name in FIREFOX_GRANTS]
            await self._context.grant_permissions(known, origin=_origin(url))

    async def _decide_in_chromium(self, page: Page, ways: PageOptions) -> None:
        """Playwright's own way cannot deny, and denies all that it does not grant."""
        tab = await self._context.new_cdp_session(page)
        target = await tab.send("Target.getTargetInfo")
        await tab.detach()
        browser = await self._browser.new_browser_cdp_session()
        for name, state in _in_chromiums_words(ways.permissions):
            decision = {"permission": {"name": name}, "setting": state}
            context = {"browserContextId": target["targetInfo"]["browserContextId"]}
            await browser.send("Browser.setPermission", decision | context)
        self._decided_by = browser

    def _disconnected(self, _: Browser) -> None:
        report_loss(self.lost, "the browser process went away")


@contextlib.asynccontextmanager
async def in_time(limit_s: float) -> AsyncIterator[None]:
    """Closing something dead neither raises nor hangs."""
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(limit_s):
            yield


def _in_chromiums_words(permissions: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for name, state in permissions:
        yield from ((each, state) for each in CHROMIUM_NAMES.get(name, (name,)))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _hear_console(message: ConsoleMessage, heard: ConsoleListener) -> None:
    if message.type == "error":
        url = message.location.get("url", "")
        heard(message.text if url in message.text else f"{message.text} ({url})")


def _hear_failure(request: Request, heard: ConsoleListener) -> None:
    failure = request.failure or ""
    if failure and failure not in FIREFOX_SAYS_NOTHING:
        heard(f"{failure} ({request.url})")

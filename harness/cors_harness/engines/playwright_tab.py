"""PlaywrightTab: one page that Playwright drives, in a browser context of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection, Sequence
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

from cors_harness.engine_kinds.kind import EngineKind, PermissionControl
from cors_harness.engines.base import ConsoleListener, PageOptions, settle

CLOSE_S = 5
GRANTED = "granted"


class PlaywrightTab:
    """One page in a browser context of its own."""

    def __init__(self, context: BrowserContext, browser: Browser, kind: EngineKind) -> None:
        self._context, self._browser, self._kind = context, browser, kind
        self._decided_by: CDPSession | None = None  # what it decided ends with it
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        browser.on("disconnected", self._disconnected)

    async def show(
        self, url: str, listener: ConsoleListener, options: PageOptions, *, with_failures: bool
    ) -> None:
        """Opens `url` and listens to what the engine says about it.

        Args:
            url: of the page.
            listener: takes the messages.
            options: the permissions among them.
            with_failures: pass on names of network errors as well, where the engine's console says
                the same about all of them.
        """
        page = await self._context.new_page()
        page.on("console", lambda message: _pass_on_message(message, listener))
        page.on("pageerror", lambda error: listener(str(error)))
        page.on("crash", lambda _: settle(self.lost, "the page's process crashed"))
        page.on("close", lambda _: settle(self.lost, "the page was closed"))
        meaningless = self._kind.failure_names_that_say_nothing
        if with_failures and meaningless is not None:
            page.on("requestfailed", lambda it: _pass_on_failure(it, listener, meaningless))
        if options.permissions:
            await self._decide_permissions(page, url, options.permissions)
        await page.goto(url, wait_until="commit")

    async def close(self) -> None:
        """Closes the context; a dead browser has nothing left to close."""
        self._browser.remove_listener("disconnected", self._disconnected)
        async with in_time(CLOSE_S):
            await self._context.close()
            if self._decided_by is not None:
                await self._decided_by.detach()

    async def _decide_permissions(
        self, page: Page, url: str, permissions: Sequence[tuple[str, str]]
    ) -> None:
        names = self._kind.permissions.names
        match self._kind.permissions.control:
            case PermissionControl.BROWSER:
                decisions = [
                    (own_name, state)
                    for name, state in permissions
                    for own_name in names.get(name, (name,))
                ]
                await self._decide_in_browser(page, decisions)
            case PermissionControl.CONTEXT:  # for all origins at once it would come too late
                granted = [name for name, state in permissions if state == GRANTED]
                known = [own_name for name in granted for own_name in names.get(name, ())]
                await self._context.grant_permissions(known, origin=_origin(url))
            case PermissionControl.NOBODY:
                pass

    async def _decide_in_browser(self, page: Page, decisions: Sequence[tuple[str, str]]) -> None:
        """Playwright's own way cannot deny, and denies all that it does not grant."""
        tab = await self._context.new_cdp_session(page)
        target = await tab.send("Target.getTargetInfo")
        await tab.detach()
        browser = await self._browser.new_browser_cdp_session()
        for name, state in decisions:
            decision = {"permission": {"name": name}, "setting": state}
            context = {"browserContextId": target["targetInfo"]["browserContextId"]}
            await browser.send("Browser.setPermission", decision | context)
        self._decided_by = browser

    def _disconnected(self, _: Browser) -> None:
        settle(self.lost, "the browser process went away")


@contextlib.asynccontextmanager
async def in_time(limit_s: float) -> AsyncIterator[None]:
    """Closing something dead neither raises nor hangs."""
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(limit_s):
            yield


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _pass_on_message(message: ConsoleMessage, listener: ConsoleListener) -> None:
    if message.type == "error":
        url = message.location.get("url", "")
        listener(message.text if url in message.text else f"{message.text} ({url})")


def _pass_on_failure(
    request: Request, listener: ConsoleListener, meaningless: Collection[str]
) -> None:
    failure = request.failure or ""
    if failure and failure not in meaningless:
        listener(f"{failure} ({request.url})")

"""PlaywrightEngine: Chromium, Firefox and WebKit as Playwright drives them.

Nothing that could falsify a run is ever switched on: no routes, no extra HTTP headers, no HTTP
credentials, no service workers, a fresh context for every tab.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    BrowserType,
    ConsoleMessage,
    Error,
    Playwright,
    async_playwright,
)

from cors_harness.engines.base import Heard, report_loss
from cors_harness.engines.channels import FIREFOX_CHANNEL
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.errors import EngineFailed
from cors_harness.model.events import EngineVersion

START_MS = 60_000
CLOSE_S = 5
# Ctrl-C reaches Playwright's driver too; we close the browser, it must not race us to it. The other
# signals end the driver in any case, so there it has to take the browser along.
OUR_SIGNALS = ("handle_sigint",)
# Chromium asks update and account hosts at every start unless told not to.
CHROMIUM_ARGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
LABELS = {
    ("chromium", Driver.PLAYWRIGHT): "Chromium",
    ("firefox", Driver.PLAYWRIGHT): "Firefox, Playwright's patched build",
    ("firefox", Driver.BIDI): "Firefox",
    ("webkit", Driver.PLAYWRIGHT): "WebKit, Playwright's build, not Safari",
}


class PlaywrightTab:
    """One page in a browser context of its own."""

    def __init__(self, context: BrowserContext, browser: Browser) -> None:
        self._context, self._browser = context, browser
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        browser.on("disconnected", self._disconnected)

    async def show(self, url: str, heard: Heard) -> None:
        """Opens `url` and listens to what the engine says about it."""
        page = await self._context.new_page()
        page.on("console", lambda message: _hear_console(message, heard))
        page.on("pageerror", lambda error: heard(str(error)))
        page.on("crash", lambda _: report_loss(self.lost, "the page's process crashed"))
        page.on("close", lambda _: report_loss(self.lost, "the page was closed"))
        await page.goto(url, wait_until="commit")

    async def close(self) -> None:
        """Closes the context; a dead browser has nothing left to close."""
        self._browser.remove_listener("disconnected", self._disconnected)
        async with _in_time():
            await self._context.close()

    def _disconnected(self, _: Browser) -> None:
        report_loss(self.lost, "the browser process went away")


class PlaywrightEngine:
    """A browser started and driven by Playwright."""

    def __init__(self, found: EngineFound, *, headed: bool = False) -> None:
        self.found, self._headed = found, headed
        self._starting: asyncio.Task[Playwright] | None = None
        self._browser: Browser | None = None

    async def start(self) -> EngineVersion:
        """Starts Playwright's driver and the browser, and proves that it opens a page."""
        self._starting = asyncio.create_task(async_playwright().start())
        playwright = await asyncio.shield(self._starting)
        browser_type: BrowserType = getattr(playwright, self.found.name)
        try:
            self._browser = await browser_type.launch(**self._launch_options())
            await _prove(self._browser)
        except (Error, TimeoutError) as error:
            await self.stop()
            raise EngineFailed(_why(self.found, error)) from error
        return self._version(self._browser.version)

    async def open(self, url: str, heard: Heard) -> PlaywrightTab:
        """Opens `url` in a new context."""
        if self._browser is None:
            raise EngineFailed(f"{self.found.name} is not started")
        try:
            context = await self._browser.new_context(service_workers="block")
            tab = PlaywrightTab(context, self._browser)
            await tab.show(url, heard)
        except Error as error:
            raise EngineFailed(_why(self.found, error)) from error
        return tab

    async def stop(self) -> None:
        """Closes the browser, then Playwright's driver, which kills a browser that hangs."""
        browser, self._browser = self._browser, None
        starting, self._starting = self._starting, None
        if browser is not None:
            async with _in_time():
                await browser.close()
        if starting is not None:
            async with _in_time():
                playwright = await starting
                await playwright.stop()

    def _launch_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "headless": not self._headed,
            "timeout": START_MS,
            **dict.fromkeys(OUR_SIGNALS, False),
        }
        if self.found.executable is not None:
            options["executable_path"] = str(self.found.executable)
        if self.found.driver is Driver.BIDI:
            options["channel"] = FIREFOX_CHANNEL
        if self.found.channel is not None:
            options["channel"] = self.found.channel
        if self.found.name == "chromium":
            options["args"] = list(CHROMIUM_ARGS)
        return options

    def _version(self, version: str) -> EngineVersion:
        bidi = " (WebDriver BiDi)" if self.found.driver is Driver.BIDI else ""
        return EngineVersion(
            name=self.found.name,
            version=version,
            build=self.found.build,
            driver=f"Playwright{bidi}",
            label=f"{LABELS[self.found.name, self.found.driver]} {version}",
        )


async def _prove(browser: Browser) -> None:
    """Raises Error when no page opens: a driver may start a browser that it cannot command."""
    async with asyncio.timeout(START_MS / 1000):
        context = await browser.new_context(service_workers="block")
        await context.new_page()
        await context.close()


def _hear_console(message: ConsoleMessage, heard: Heard) -> None:
    if message.type == "error":
        url = message.location.get("url", "")
        heard(message.text if url in message.text else f"{message.text} ({url})")


def _why(found: EngineFound, error: Exception) -> str:
    said = str(error).strip() or f"no page within {START_MS // 1000} s"
    first_lines = "\n  ".join(said.splitlines()[:12])
    return f"{found.name} ({found.build}) does not start or stay up:\n  {first_lines}"


@contextlib.asynccontextmanager
async def _in_time() -> AsyncIterator[None]:
    """Closing something dead neither raises nor hangs."""
    with contextlib.suppress(Error, TimeoutError):
        async with asyncio.timeout(CLOSE_S):
            yield

"""PlaywrightEngine: Chromium, Firefox and WebKit as Playwright drives them.

Nothing that could falsify a run is ever switched on: no routes, no extra HTTP headers, no HTTP
credentials, no service workers, a fresh context for every tab.
"""

import asyncio
from typing import Any

from playwright.async_api import Browser, BrowserType, Error, Playwright, async_playwright

from cors_harness.engines.base import AT_ONCE, NO_WAYS, ConsoleListener, LaunchOptions, PageOptions
from cors_harness.engines.browser_settings import (
    CHROMIUM_ARGS,
    FIREFOX_PREFS,
    chromium_args,
    firefox_prefs,
)
from cors_harness.engines.found import Driver, EngineFound
from cors_harness.engines.playwright_builds import FIREFOX_CHANNEL
from cors_harness.engines.playwright_tab import CLOSE_S, PlaywrightTab, in_time
from cors_harness.engines.trust import Trust
from cors_harness.errors import EngineFailed
from cors_harness.model.events import EngineVersion

START_MS = 60_000
DRIVER_CLOSE_S = 30
FIREFOX_AT_ONCE = 12
# Ctrl-C reaches Playwright's driver too; we close the browser, it must not race us to it. The other
# signals end the driver in any case, so there it has to take the browser along.
OUR_SIGNALS = ("handle_sigint",)
NOT_EVEN_LOOPBACK = "<-loopback>"  # Chromium's word for: loopback goes through the proxy as well
FIREFOX_PROXY_PREFS = {
    "network.proxy.allow_hijacking_localhost": True,  # its word for the same
    "network.proxy.failover_direct": False,
    "network.proxy.socks5_remote_dns": True,
}
LABELS = {
    ("chromium", Driver.PLAYWRIGHT): "Chromium",
    ("firefox", Driver.PLAYWRIGHT): "Firefox, Playwright's patched build",
    ("firefox", Driver.BIDI): "Firefox",
    ("webkit", Driver.PLAYWRIGHT): "WebKit, Playwright's build, not Safari",
}


class PlaywrightEngine:
    """A browser started and driven by Playwright."""

    def __init__(self, found: EngineFound, ways: LaunchOptions) -> None:
        self.found, self._ways = found, ways
        self._trust = Trust()
        self._starting: asyncio.Task[Playwright] | None = None
        self._browser: Browser | None = None

    @property
    def hears_console(self) -> bool:
        """Playwright passes on what a page's console gets."""
        return True

    @property
    def shares_hsts(self) -> bool:
        """True of Firefox, which leaves the container out of the key of what it has learnt."""
        return self.found.name == "firefox"

    @property
    def at_once(self) -> int:
        """A few in Firefox, which forgets the first of more than a hundred preflights of all pages.

        With 32 in each of three pages, sixty others were made between two calls of a sequence, on a
        busy machine 157; with twelve it is thirty. Firefox alone is no slower by it; beside other
        engines, which then get more of the processor, a run may take a twentieth longer.
        """
        return FIREFOX_AT_ONCE if self.found.name == "firefox" else AT_ONCE

    async def start(self) -> EngineVersion:
        """Starts Playwright's driver and the browser, and proves that it opens a page."""
        self._starting = asyncio.create_task(async_playwright().start())
        playwright = await asyncio.shield(self._starting)
        browser_type: BrowserType = getattr(playwright, self.found.name)
        try:
            if self._ways.ca is not None:
                await self._trust.make(self.found, self._ways.ca, browser_type.executable_path)
            self._browser = await browser_type.launch(**self._launch_options())
            await self._prove(self._browser)
        except (Error, TimeoutError) as error:
            await self.stop()
            raise EngineFailed(_why(self.found, error, "start or stay up")) from error
        return self._version(self._browser.version)

    async def open(
        self, url: str, heard: ConsoleListener, ways: PageOptions = NO_WAYS
    ) -> PlaywrightTab:
        """Opens `url` in a new context."""
        if self._browser is None:
            raise EngineFailed(f"{self.found.name} is not started")
        unclear = self.found.name == "firefox" and bool(ways.proxy or self._ways.public_ports)
        try:
            context = await self._browser.new_context(**self._context_options(ways))
            tab = PlaywrightTab(context, self._browser)
            try:
                await tab.show(url, heard, ways, with_failures=unclear)
            except BaseException:
                await tab.close()
                raise
        except Error as error:
            raise EngineFailed(_why(self.found, error, f"open {url}")) from error
        return tab

    async def stop(self) -> None:
        """Closes the browser, then Playwright's driver, which kills a browser that hangs."""
        browser, self._browser = self._browser, None
        starting, self._starting = self._starting, None
        if browser is not None:
            async with in_time(CLOSE_S):
                await browser.close()
        if starting is not None:
            await self._stop_driver(starting)
        self._trust.close()

    @staticmethod
    async def _stop_driver(starting: asyncio.Task[Playwright]) -> None:
        """A driver that still starts is waited for: left alone it would stay."""
        async with in_time(START_MS / 1000):
            playwright = await asyncio.shield(starting)
            async with in_time(DRIVER_CLOSE_S):
                await playwright.stop()

    def _launch_options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "headless": not self._ways.headed,
            "timeout": START_MS,
            **dict.fromkeys(OUR_SIGNALS, False),
        }
        if self.found.executable is not None:
            options["executable_path"] = str(self.found.executable)
        if self.found.driver is Driver.BIDI:
            options["channel"] = FIREFOX_CHANNEL
        if self.found.channel is not None:
            options["channel"] = self.found.channel
        return options | self._settings() | self._trust.launch

    def _settings(self) -> dict[str, Any]:
        ports = self._ways.public_ports
        if self.found.name == "chromium":
            return {"args": [*CHROMIUM_ARGS, *chromium_args(ports)]}
        if self.found.name == "firefox":
            spaces = firefox_prefs(ports, headed=self._ways.headed)
            return {"firefox_user_prefs": {**FIREFOX_PREFS, **FIREFOX_PROXY_PREFS, **spaces}}
        return {}

    def _context_options(self, ways: PageOptions) -> dict[str, Any]:
        options: dict[str, Any] = {"service_workers": "block", **self._trust.context}
        if ways.proxy is not None:
            bypass = {"bypass": NOT_EVEN_LOOPBACK} if self.found.name == "chromium" else {}
            options["proxy"] = {"server": ways.proxy, **bypass}
        return options

    async def _prove(self, browser: Browser) -> None:
        """Raises Error when no page opens: a driver may start a browser it cannot command."""
        async with asyncio.timeout(START_MS / 1000):
            context = await browser.new_context(**self._context_options(NO_WAYS))
            await context.new_page()
            await context.close()

    def _version(self, version: str) -> EngineVersion:
        bidi = "WebDriver BiDi" if self.found.driver is Driver.BIDI else ""
        notes = "; ".join(filter(None, (bidi, self._trust.note)))
        return EngineVersion(
            name=self.found.name,
            version=version,
            build=self.found.build,
            driver=f"Playwright ({notes})" if notes else "Playwright",
            label=f"{LABELS[self.found.name, self.found.driver]} {version}",
        )


def _why(found: EngineFound, error: Exception, does_not: str) -> str:
    said = str(error).strip() or f"no page within {START_MS // 1000} s"
    first_lines = "\n  ".join(said.splitlines()[:12])
    return f"{found.name} ({found.build}) does not {does_not}:\n  {first_lines}"

"""PlaywrightEngine: Chromium, Firefox and WebKit as Playwright drives them.

Nothing that could falsify a run is ever switched on: no routes, no extra HTTP headers, no HTTP
credentials, no service workers, a fresh context for every tab.
"""

import asyncio
import re
from typing import Any

from playwright.async_api import Browser, BrowserType, Error, Playwright, async_playwright

from cors_harness.engines.base import (
    DEFAULT_PAGE,
    ConsoleListener,
    LaunchOptions,
    PageOptions,
)
from cors_harness.engines.found import EngineFound
from cors_harness.engines.playwright_tab import CLOSE_S, PlaywrightTab, in_time
from cors_harness.engines.registry import DRIVERS, engine_version, undrivable
from cors_harness.engines.trust import Trust
from cors_harness.errors import EngineFailed, HarnessError
from cors_harness.model.events import EngineVersion

START_MS = 60_000
DRIVER_CLOSE_S = 30
# Ctrl-C reaches Playwright's driver too; we close the browser, it must not race us to it. The other
# signals end the driver in any case, so there it has to take the browser along.
OUR_SIGNALS = ("handle_sigint",)
# What a driver is answered over WebDriver BiDi by a browser that is older than it expects:
# https://w3c.github.io/webdriver-bidi/#protocol-definition
UNKNOWN_COMMAND = re.compile(r"Protocol error \((?P<command>[\w.]+)\): unknown command")


class PlaywrightEngine:
    """A browser started and driven by Playwright."""

    def __init__(self, found: EngineFound, options: LaunchOptions) -> None:
        self.found, self._options = found, options
        self._kind, self._trust = found.kind, Trust()
        self._starting: asyncio.Task[Playwright] | None = None
        self._browser: Browser | None = None

    @property
    def hears_console(self) -> bool:
        """Playwright passes on what a page's console gets."""
        return True

    @property
    def shares_hsts(self) -> bool:
        """All contexts are in one process."""
        return self._kind.shares_hsts

    @property
    def at_once(self) -> int:
        """What suits the engine."""
        return self._kind.at_once

    async def start(self) -> EngineVersion:
        """Starts Playwright's driver and the browser, and checks that it opens a page."""
        self._starting = asyncio.create_task(async_playwright().start())
        playwright = await asyncio.shield(self._starting)
        browser_type: BrowserType = getattr(playwright, self.found.name)  # its names are ours
        try:
            if self._options.ca is not None:
                await self._trust.make(self.found, self._options.ca, browser_type.executable_path)
            self._browser = await browser_type.launch(**self._launch_options())
            await self._check_opens_page(self._browser)
        except (Error, TimeoutError) as error:
            why = self._why_not_started(error)
            await self.stop()
            raise why from error
        return engine_version(self.found, self._browser.version, self._trust.note)

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> PlaywrightTab:
        """Opens `url` in a new context."""
        if self._browser is None:
            raise EngineFailed(f"{self.found.name} is not started")
        console_is_vague = bool(options.proxy or self._options.public_ports)
        try:
            context = await self._browser.new_context(**self._context_options(options))
            tab = PlaywrightTab(context, self._browser, self._kind)
            try:
                await tab.show(url, listener, options, with_failures=console_is_vague)
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
        headed = self._options.headed
        settings = self._kind.start_settings(self._options.public_ports, headed=headed)
        options: dict[str, Any] = {
            "headless": not headed,
            "timeout": START_MS,
            **dict.fromkeys(OUR_SIGNALS, False),
        }
        if self.found.executable is not None:
            options["executable_path"] = str(self.found.executable)
        if channel := self.found.channel or DRIVERS[self.found.driver].channel:
            options["channel"] = channel
        if settings.args:
            options["args"] = list(settings.args)
        if settings.prefs:
            options["firefox_user_prefs"] = dict(settings.prefs)
        return options | self._trust.launch

    def _context_options(self, page_options: PageOptions) -> dict[str, Any]:
        options: dict[str, Any] = {"service_workers": "block", **self._trust.context}
        if page_options.proxy is not None:
            bypass = {"bypass": self._kind.proxy_bypass} if self._kind.proxy_bypass else {}
            options["proxy"] = {"server": page_options.proxy, **bypass}
        return options

    async def _check_opens_page(self, browser: Browser) -> None:
        """Raises Error when no page opens: a driver may start a browser it cannot command."""
        async with asyncio.timeout(START_MS / 1000):
            context = await browser.new_context(**self._context_options(DEFAULT_PAGE))
            await context.new_page()
            await context.close()

    def _why_not_started(self, error: Exception) -> HarnessError:
        if self._browser and (unknown := UNKNOWN_COMMAND.search(str(error))):
            return undrivable(self.found, self._browser.version, unknown["command"])
        return EngineFailed(_why(self.found, error, "start or stay up"))


def _why(found: EngineFound, error: Exception, does_not: str) -> str:
    text = str(error).strip() or f"no page within {START_MS // 1000} s"
    first_lines = "\n  ".join(text.splitlines()[:12])
    return f"{found.name} ({found.build}) does not {does_not}:\n  {first_lines}"

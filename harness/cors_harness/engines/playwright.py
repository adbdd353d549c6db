"""PlaywrightEngine: Chromium, Firefox and WebKit as Playwright drives them.

Nothing that could falsify a run is ever switched on: no routes, no extra HTTP headers, no HTTP
credentials, no service workers, a fresh context for every tab.
"""

import asyncio
import os
import re
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import (
    Browser,
    BrowserType,
    CDPSession,
    ConsoleMessage,
    Error,
    Page,
    Request,
)

from cors_harness.engine_kinds.kind import EngineKind, PermissionControl
from cors_harness.engines.base import (
    DEFAULT_PAGE,
    MANY_TABS,
    NOTHING_LACKS,
    ConsoleListener,
    LaunchOptions,
    PageOptions,
    settle,
)
from cors_harness.engines.found import EngineFound
from cors_harness.engines.playwright_driver import (
    HAS_ARTIFACTS_FOLDER,
    PlaywrightDriver,
    in_time,
    lost_as_error,
)
from cors_harness.engines.registry import DRIVERS, engine_version, undrivable
from cors_harness.engines.trust import Trust
from cors_harness.errors import EngineFailed, HarnessError
from cors_harness.model.events import EngineVersion

CLOSE_S = 5
GRANTED = "granted"


class PlaywrightTab:
    """One page in a browser context of its own."""

    def __init__(
        self, page: Page, browser: Browser, driver: PlaywrightDriver, kind: EngineKind
    ) -> None:
        """`page`: still blank."""
        self._page, self._browser, self._driver, self._kind = page, browser, driver, kind
        self._decided_by: CDPSession | None = None  # what it decided ends with it
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        browser.on("disconnected", self._disconnected)
        driver.lost.add_done_callback(self._driver_lost)

    async def show(
        self, url: str, listener: ConsoleListener, options: PageOptions, *, with_failures: bool
    ) -> None:
        """Opens `url` and listens to what the engine says about it.

        Args:
            url: of the page.
            listener: takes the messages.
            options: the permissions among them, and what is shown before.
            with_failures: pass on names of network errors as well, where the engine's console says
                the same about all of them.
        """
        page = self._page
        if options.entry:
            await page.goto(options.entry, wait_until="commit")
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
        self._driver.lost.remove_done_callback(self._driver_lost)
        async with in_time(CLOSE_S):
            await self._page.context.close()
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
                await self._page.context.grant_permissions(known, origin=_origin(url))
            case PermissionControl.NOBODY:
                pass

    async def _decide_in_browser(self, page: Page, decisions: Sequence[tuple[str, str]]) -> None:
        """Decides permissions by CDP: Playwright itself denies all that it does not grant."""
        tab = await self._page.context.new_cdp_session(page)
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

    def _driver_lost(self, lost: asyncio.Future[str]) -> None:
        settle(self.lost, lost.result())


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


START_MS = 60_000
# Ctrl-C reaches Playwright's driver too; we close the browser, it must not race us to it. The other
# signals end the driver in any case, so there it has to take the browser along.
OUR_SIGNALS = ("handle_sigint",)
# What a driver is answered over WebDriver BiDi by a browser that is older than it expects:
# https://w3c.github.io/webdriver-bidi/#protocol-definition
UNKNOWN_COMMAND = re.compile(r"Protocol error \((?P<command>[\w.]+)\): unknown command")


class PlaywrightEngine:
    """A browser started and driven by Playwright."""

    lacks, tabs = NOTHING_LACKS, MANY_TABS

    def __init__(self, found: EngineFound, options: LaunchOptions) -> None:
        self.found, self._options = found, options
        self._kind, self._trust = found.kind, Trust()
        self._driver: PlaywrightDriver | None = None
        self._browser: Browser | None = None
        self._blank: Page | None = None  # that `start` has opened, for the first tab that it fits

    @property
    def hears_console(self) -> bool:
        """Whether console lines are passed on: Playwright does that for every engine."""
        return True

    @property
    def shares_hsts(self) -> bool:
        """All contexts are in one process."""
        return self._kind.shares_hsts

    @property
    def at_once(self) -> int:
        """How many cells at once suit the engine."""
        return self._kind.at_once

    async def start(self) -> EngineVersion:
        """Starts Playwright's driver and the browser, and checks that it opens a page."""
        self._driver = driver = PlaywrightDriver()
        try:
            self._browser = browser = await self._launch(driver)
            async with asyncio.timeout(START_MS / 1000):  # one may start that it cannot command
                self._blank = await self._new_page(browser, DEFAULT_PAGE)
            await driver.watch_browser(self._kind.network_process)
        except (Error, TimeoutError) as error:
            why = self._why_not_started(error)
            await self.stop()
            raise why from error
        return engine_version(self.found, browser.version, self._trust.note)

    async def _launch(self, driver: PlaywrightDriver) -> Browser:
        playwright = await driver.start()
        browser_type: BrowserType = getattr(playwright, self.found.name)  # its names are ours
        if self._options.ca is not None:
            await self._trust.make(self.found, self._options.ca, browser_type.executable_path)
        with lost_as_error():
            return await browser_type.launch(**self._launch_options(driver))

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> PlaywrightTab:
        """Opens `url` in a new context."""
        browser, driver = self._browser, self._driver  # stop() takes them away, also meanwhile
        if browser is None or driver is None:
            raise EngineFailed(f"{self.found.name} is not started")
        leads_away = bool(options.proxy) and not options.direct_ports
        console_is_vague = leads_away or bool(self._options.public_ports)
        try:
            page = await self._blank_page(browser, options)
            tab = PlaywrightTab(page, browser, driver, self._kind)
            try:
                with lost_as_error():
                    await tab.show(url, listener, options, with_failures=console_is_vague)
            except BaseException:
                await tab.close()
                raise
        except Error as error:
            raise EngineFailed(_why(self.found, error, f"open {url}")) from error
        return tab

    async def stop(self) -> None:
        """Closes the browser, then Playwright's driver, which kills a browser that hangs."""
        browser, self._browser, self._blank = self._browser, None, None
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.stop(browser)
        self._trust.close()

    def _launch_options(self, driver: PlaywrightDriver) -> dict[str, Any]:
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
        if HAS_ARTIFACTS_FOLDER:
            options["artifacts_dir"] = driver.folder
        if settings.args:
            options["args"] = list(settings.args)
        if settings.prefs:
            options["firefox_user_prefs"] = dict(settings.prefs)
        options |= self._trust.launch
        return options | {"env": {**os.environ, **options.get("env", {}), **driver.environment}}

    def _context_options(self, page_options: PageOptions) -> dict[str, Any]:
        options: dict[str, Any] = {"service_workers": "block", **self._trust.context}
        if page_options.proxy is not None and not self._hides_what_is_local(page_options):
            hosts = ",".join(page_options.past_proxy(self._kind))
            bypass = {"bypass": hosts} if hosts else {}
            options["proxy"] = {"server": page_options.proxy, **bypass}
        return options

    def _hides_what_is_local(self, options: PageOptions) -> bool:
        """Whether the proxy would do that to a page for which it matters."""
        return bool(options.is_public and not self._kind.knows_direct_ports)

    async def _blank_page(self, browser: Browser, options: PageOptions) -> Page:
        """A page in a context in which nothing has been opened yet."""
        blank, self._blank = self._blank, None
        if blank is not None and options.proxy is None:
            return blank
        if blank is not None:
            async with in_time(CLOSE_S):
                await blank.context.close()
        return await self._new_page(browser, options)

    async def _new_page(self, browser: Browser, options: PageOptions) -> Page:
        with lost_as_error():
            context = await browser.new_context(**self._context_options(options))
        try:
            with lost_as_error():
                return await context.new_page()
        except BaseException:
            async with in_time(CLOSE_S):
                await context.close()
            raise

    def _why_not_started(self, error: Exception) -> HarnessError:
        if self._browser and (unknown := UNKNOWN_COMMAND.search(str(error))):
            return undrivable(self.found, self._browser.version, unknown["command"])
        return EngineFailed(_why(self.found, error, "start or stay up"))


def _why(found: EngineFound, error: Exception, does_not: str) -> str:
    text = str(error).strip() or f"no page within {START_MS // 1000} s"
    first_lines = "\n  ".join(text.splitlines()[:12])
    return f"{found.name} ({found.build}) does not {does_not}:\n  {first_lines}"

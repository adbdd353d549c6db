"""StockFirefoxEngine: Firefox as its users have it, over its own WebDriver BiDi.

No other program stands between: Firefox listens on loopback, and reports nothing but what a driver
here has to hear. Measured: it runs several times as many cells so as with every request reported.
"""

import asyncio
import contextlib
from dataclasses import replace
from urllib.parse import quote, urlsplit

from cors_harness.engines.base import (
    DEFAULT_PAGE,
    MANY_TABS,
    NOTHING_LACKS,
    ConsoleListener,
    LaunchOptions,
    LoopbackProxy,
    PageOptions,
)
from cors_harness.engines.bidi_connection import BidiConnection, BidiError, BidiObject
from cors_harness.engines.bidi_pages import BidiPages, BidiTab
from cors_harness.engines.firefox_process import FirefoxProcess
from cors_harness.engines.found import EngineFound
from cors_harness.engines.proxy_probe import URL, ProxyProbe
from cors_harness.engines.registry import engine_version
from cors_harness.errors import EngineFailed
from cors_harness.model.events import EngineVersion

START_S = 60
CLOSE_S = 5


class StockFirefoxEngine:
    """A stock Firefox and its own WebDriver BiDi."""

    hears_console = True
    lacks, tabs = NOTHING_LACKS, MANY_TABS

    def __init__(self, found: EngineFound, options: LaunchOptions) -> None:
        self.found, self._options = found, options
        self.shares_hsts, self.at_once = found.kind.shares_hsts, found.kind.at_once
        self._process: FirefoxProcess | None = None
        self._connection: BidiConnection | None = None
        self._pages: BidiPages | None = None
        self._address = ""  # of its WebDriver BiDi
        self._proxy: BidiObject | None = None  # of the session
        self._renewing = asyncio.Lock()

    async def start(self) -> EngineVersion:
        """Starts Firefox, begins a session and checks that it makes user contexts."""
        if self.found.executable is None:
            raise EngineFailed(f"firefox ({self.found.build}): no file is known to start")
        self._process = FirefoxProcess(self.found.executable)
        try:
            async with asyncio.timeout(START_S):
                version = await self._begin(self._process)
        except (BidiError, EngineFailed, TimeoutError) as error:
            why = str(error) or f"it began no session within {START_S} s"
            await self.stop()
            text = f"firefox ({self.found.build}) does not start or stay up:\n  {why}"
            raise EngineFailed(text) from error
        return engine_version(self.found, version)

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> BidiTab:
        """Opens `url` in a new user context."""
        try:
            if options.loopback is not None:
                await self._give_session(_proxy_but_for(options.loopback))
            if options.direct_ports:
                options = replace(options, proxy=None)  # the session has it
            if self._pages is None:
                raise EngineFailed("firefox is not started")
            return await self._pages.open(url, listener, options)
        except BidiError as error:
            text = f"firefox ({self.found.build}) does not open {url}:\n  {error}"
            raise EngineFailed(text) from error

    async def stop(self) -> None:
        """Closes Firefox, kills one that hangs, and removes its profile."""
        connection, self._connection, self._pages = self._connection, None, None
        self._proxy = None  # the next Firefox has none
        process, self._process = self._process, None
        if connection is not None:
            with contextlib.suppress(BidiError, EngineFailed, TimeoutError):
                async with asyncio.timeout(CLOSE_S):
                    await connection.call("browser.close")
                    if process is not None:
                        await process.wait(CLOSE_S)
        if process is not None:
            await process.stop()
        if connection is not None:
            await connection.close()

    async def _begin(self, process: FirefoxProcess) -> str:
        """Begins a session; the browser's version, as it says itself."""
        headed, ports = self._options.headed, self._options.public_ports
        settings = self.found.kind.start_settings(ports, headed=headed)
        await process.make_profile(settings.prefs, self._options.ca)
        self._address = await process.start(headed=headed)
        connection, pages, version = await self._begin_session({})
        if self._options.ca is None:
            created = await connection.call("browser.createUserContext")
            await connection.call("browser.removeUserContext", userContext=created["userContext"])
        else:
            await _check_uses_proxy(pages)
        return version

    async def _begin_session(
        self, capabilities: BidiObject
    ) -> tuple[BidiConnection, BidiPages, str]:
        """Begins a session, and takes it; with the browser's version, as it says itself."""
        self._connection = connection = await BidiConnection.open(f"{self._address}/session")
        session = await connection.call("session.new", capabilities=capabilities)
        ports = self._options.public_ports
        self._pages = pages = BidiPages(connection, self.found.kind, public_ports=ports)
        await pages.start()
        return connection, pages, str(session["capabilities"]["browserVersion"])

    async def _give_session(self, proxy: BidiObject) -> None:
        """Begins a session with a proxy, unless the one that there is has it, or shows pages.

        The proxy of a user context cannot be passed by single ports, and Firefox asks it by the URL
        that a request began with, before all redirects. What a session is given holds for the whole
        browser, where it asks by the URL itself.
        """
        async with self._renewing:
            if self._connection is None or self._pages is None or self._proxy == proxy:
                return
            if self._proxy is not None and self._pages.are_open:
                return  # ports that are new since then are called by the proxy, which knows them
            await self._connection.call("session.end")
            await self._connection.close()
            await self._begin_session({"alwaysMatch": {"proxy": proxy}})
            self._proxy = proxy


# https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Proxy_servers_and_tunneling/Proxy_Auto-Configuration_PAC_file
_SCRIPT = """\
const direct = new Set([PORTS]);
const loopback = /^http:\\/\\/(127\\.0\\.0\\.1|(?:[^\\/]+\\.)?localhost):(\\d+)\\//;
function FindProxyForURL(url) {
  const called = loopback.exec(url);
  return called && direct.has(+called[2]) ? "DIRECT" : "SOCKS5 PROXY";
}
"""


def _proxy_but_for(loopback: LoopbackProxy) -> BidiObject:
    """The proxy of a session for all but ports of loopback, as a script that Firefox asks.

    Of a list of hosts Firefox would conclude that no name may be looked up, not even loopback's.
    """
    named = ",".join(map(str, loopback.direct_ports))
    script = _SCRIPT.replace("PORTS", named).replace("PROXY", urlsplit(loopback.url).netloc)
    url = f"data:application/x-ns-proxy-autoconfig,{quote(script)}"
    return {"proxyType": "pac", "proxyAutoconfigUrl": url}


async def _check_uses_proxy(pages: BidiPages) -> None:
    """Raises EngineFailed where pages would go past the gate: an older Firefox drops the proxy."""
    async with ProxyProbe() as probe:
        try:
            tab = await pages.open(URL, lambda _: None, PageOptions(proxy=probe.proxy))
        except BidiError:  # it says at once that the probe answers nothing
            why = await probe.why_not_used()
        else:
            why = await probe.why_not_used()
            await tab.close()
    if why:
        raise EngineFailed(
            "it is given a proxy for each page, and does not use it; a newer Firefox does, and so"
            " may this one with --driver playwright"
        )

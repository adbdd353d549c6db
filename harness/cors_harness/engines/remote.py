"""RemoteEngine: a browser that a WebDriver endpoint has, driven by WebDriver BiDi or without it.

One RemoteEngine has one session at a time.
"""

from collections.abc import Mapping
from contextlib import suppress

from cors_harness.engine_kinds.kind import PermissionControl
from cors_harness.engine_kinds.table import kind_of
from cors_harness.engines.base import (
    DEFAULT_PAGE,
    NOTHING_LACKS,
    ConsoleListener,
    LaunchOptions,
    PageNeed,
    PageOptions,
    Tab,
)
from cors_harness.engines.capabilities import (
    INSECURE_CERTS,
    WEB_SOCKET_URL,
    Wishes,
    engine_that_came,
    label,
)
from cors_harness.engines.classic_pages import ClassicPages
from cors_harness.engines.proxy_probe import URL as PROBED_URL
from cors_harness.engines.proxy_probe import ProxyProbe
from cors_harness.engines.remote_sessions import RemoteSessions
from cors_harness.engines.trust import IGNORES
from cors_harness.engines.webdriver import NewSession, WebDriverEndpoint, WebDriverError
from cors_harness.errors import EngineFailed, UsageError
from cors_harness.model.events import EngineVersion
from cors_harness.model.remote import Remote

NOT_USED = "its driver takes one and does not use it"
CLASSIC, BIDI = "WebDriver classic", "WebDriver BiDi"


class RemoteEngine:
    """A session of a browser somewhere else; stopped and started it has another one."""

    def __init__(self, remote: Remote, options: LaunchOptions) -> None:
        """Takes what is needed; raises UsageError where the name tells no engine."""
        kind = kind_of(remote.name)
        if kind is None:
            raise UsageError(f"{remote.name!r} begins with no browser that is known")
        self.remote, self.kind, self._options = remote, kind, options
        self._endpoint: WebDriverEndpoint | None = None
        self._sessions: RemoteSessions | None = None
        self._pages: ClassicPages | None = None
        self.lacks: Mapping[PageNeed, str] = NOTHING_LACKS

    @property
    def hears_console(self) -> bool:
        """Classic WebDriver knows no console."""
        return False

    @property
    def shares_hsts(self) -> bool:
        """Each page of classic WebDriver has a session of its own."""
        return False

    @property
    def tabs(self) -> int:
        """One page has the session to itself."""
        return 1

    @property
    def at_once(self) -> int:
        """How many cells at once suit the engine."""
        return self.kind.at_once

    async def start(self) -> EngineVersion:
        """Begins a session and checks that it opens a page."""
        self._endpoint = endpoint = WebDriverEndpoint(self.remote)
        self._sessions = sessions = RemoteSessions(endpoint, self.remote, self.kind)
        try:
            await endpoint.check_alive()
            session = await sessions.first(self._wanted())
            self._check_engine(session)
            proxy_refused = ""
            if self._options.ca is not None:
                proxy_refused = await self._proxy_refusal(sessions, endpoint)
                session = await sessions.begin(sessions.wishes)
            self._pages = ClassicPages(endpoint, sessions, session)
            await self._pages.check_opens_page()
        except WebDriverError as error:
            raise self._failed(f"its session opens no page: {error}") from error
        self.lacks = self._what_it_lacks(session, proxy_refused)
        return self._version(session)

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> Tab:
        """Opens `url` in a session that has shown no page before."""
        del listener
        if self._pages is None:
            raise EngineFailed(f"{self.remote.name} is not started")
        try:
            return await self._pages.open(url, options)
        except WebDriverError as error:
            raise self._failed(f"it opens no page: {error}") from error

    async def stop(self) -> None:
        """Deletes the session, and closes all connections."""
        pages, self._pages = self._pages, None
        sessions, self._sessions = self._sessions, None
        endpoint, self._endpoint = self._endpoint, None
        if pages is not None:
            await pages.stop()
        if sessions is not None:
            await sessions.end()
        if endpoint is not None:
            await endpoint.close()

    def _wanted(self) -> Wishes:
        stated = self.remote.capabilities
        return Wishes(
            bidi=stated.get(WEB_SOCKET_URL) is not False,
            insecure_certs=self._options.ca is not None and stated.get(INSECURE_CERTS) is not False,
        )

    def _check_engine(self, session: NewSession) -> None:
        """Raises EngineFailed where the browser that came has another engine."""
        engine = engine_that_came(session)
        if engine and engine != self.kind.name:
            came = session.text("browserName")
            raise self._failed(
                f"found the browser {came}, whose engine is {engine}; expected one of"
                f" {self.kind.name}\n  begin its name with the browser: --remote {engine}=…"
            )

    async def _proxy_refusal(self, sessions: RemoteSessions, endpoint: WebDriverEndpoint) -> str:
        """Why pages get no proxy, which a session is begun for; empty: they do, as far as is known.

        Whether one is used can be tried out on this machine only.
        """
        async with ProxyProbe() as probe:
            try:
                session = await sessions.begin(Wishes(proxy=probe.proxy))
            except WebDriverError as error:
                return f"its driver takes no SOCKS proxy: {error}"
            if not self.remote.is_on_this_machine:
                return ""
            with suppress(WebDriverError):  # the probe answers nothing
                await endpoint.command("POST", f"{session.path}/url", {"url": PROBED_URL})
            return "" if await probe.was_asked() else NOT_USED

    def _what_it_lacks(self, session: NewSession, proxy_refused: str) -> Mapping[PageNeed, str]:
        lacks: dict[PageNeed, str] = {}
        name = self.remote.name
        if proxy_refused:
            lacks[PageNeed.PROXY] = (
                f"{name}: real origins go through a SOCKS proxy of the session, and {proxy_refused}"
            )
        if self._options.ca is not None and session.capabilities.get(INSECURE_CERTS) is not True:
            lacks[PageNeed.CERTIFICATES] = (
                f"{name}: its driver has no {INSECURE_CERTS}, without which real https origins are"
                " not trusted"
            )
        if self.kind.permissions.control is not PermissionControl.NOBODY:
            lacks[PageNeed.PERMISSIONS] = f"{name}: {CLASSIC} sets no permissions"
        if self.kind.public_address_space is not None:
            lacks[PageNeed.PUBLIC] = (
                f"{name}: a browser somewhere else is not told which ports count as public"
            )
        return lacks

    def _version(self, session: NewSession) -> EngineVersion:
        ignores = session.capabilities.get(INSECURE_CERTS) is True
        return EngineVersion(
            name=self.remote.name,
            version=session.text("browserVersion") or "unknown version",
            build=f"remote {self.remote.url}",
            driver=f"{CLASSIC} ({IGNORES})" if ignores else CLASSIC,
            label=label(session),
        )

    def _failed(self, why: str) -> EngineFailed:
        return EngineFailed(f"{self.remote.name}: {self.remote.url}: {why}")

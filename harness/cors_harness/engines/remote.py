"""RemoteEngine: a browser that a WebDriver endpoint has, driven by WebDriver BiDi or without it.

One RemoteEngine has one session at a time.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace

from cors_harness.engine_kinds.kind import PermissionControl
from cors_harness.engine_kinds.table import kind_of
from cors_harness.engines.base import (
    DEFAULT_PAGE,
    MANY_TABS,
    NOTHING_LACKS,
    ConsoleListener,
    LaunchOptions,
    PageNeed,
    PageOptions,
    Tab,
)
from cors_harness.engines.bidi_connection import BidiError
from cors_harness.engines.capabilities import (
    INSECURE_CERTS,
    WEB_SOCKET_URL,
    Wishes,
    asked_capabilities,
    engine_that_came,
    label,
)
from cors_harness.engines.classic_pages import ClassicPages
from cors_harness.engines.grid_status import free_slots
from cors_harness.engines.proxy_probe import ProxyProbe
from cors_harness.engines.remote_bidi import RemoteBidi
from cors_harness.engines.remote_sessions import RemoteSessions
from cors_harness.engines.trust import IGNORES
from cors_harness.engines.webdriver import (
    NewSession,
    WebDriverEndpoint,
    WebDriverError,
    printable_line,
)
from cors_harness.errors import EngineFailed, UsageError
from cors_harness.model.events import EngineVersion
from cors_harness.model.remote import Remote

BIDI_START_S = 60
NOT_HEARD = "what the engine says is not heard"
UNGATED = "no proxy, so its pages may reach the network"


class RemoteEngine:
    """A session of a browser somewhere else; stopped and started it has another one.

    Attributes:
        remote: where it is.
        kind: of its engine.
        lacks: as in Engine.
    """

    def __init__(self, remote: Remote, options: LaunchOptions) -> None:
        """Takes what is needed; raises UsageError where the name tells no engine."""
        kind = kind_of(remote.name)
        if kind is None:
            raise UsageError(f"{remote.name!r} begins with no browser that is known")
        self.remote, self.kind, self._options = remote, kind, options
        self._endpoint: WebDriverEndpoint | None = None
        self._sessions: RemoteSessions | None = None
        self._pages: RemoteBidi | ClassicPages | None = None
        self.lacks: Mapping[PageNeed, str] = NOTHING_LACKS

    @property
    def hears_console(self) -> bool:
        """Whether there is BiDi, which has the engine's words."""
        return self._pages is not None and self._pages.hears_engine

    @property
    def shares_hsts(self) -> bool:
        """Each page of classic WebDriver has a session, and so a browser of its own."""
        return isinstance(self._pages, RemoteBidi) and self.kind.shares_hsts

    @property
    def tabs(self) -> int:
        """Without BiDi one page has the session to itself."""
        return MANY_TABS if isinstance(self._pages, RemoteBidi) else 1

    @property
    def at_once(self) -> int:
        """How many cells at once suit the engine."""
        return self.kind.at_once

    async def start(self) -> EngineVersion:
        """Begins a session and checks that it opens a page."""
        try:
            return await self._begin()
        except (WebDriverError, BidiError) as error:
            await self.stop()
            raise self._failed(f"its session opens no page: {self._safe(error)}") from error
        except EngineFailed:
            await self.stop()
            raise

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> Tab:
        """Opens `url` in a user context of its own, or in a session that has shown no page."""
        if self._pages is None:
            raise EngineFailed(f"{self.remote.name} is not started")
        try:
            return await self._pages.open(url, listener, options)
        except (WebDriverError, BidiError) as error:
            raise self._failed(f"it opens no page: {self._safe(error)}") from error

    async def free_sessions(self) -> int | None:
        """What a Selenium Grid says of its slots; nothing else says it."""
        endpoint = WebDriverEndpoint(self.remote)
        try:
            status = await endpoint.status()
        finally:
            await endpoint.close()
        return free_slots(status, asked_capabilities(self.remote, self.kind, Wishes()))

    async def stop(self) -> None:
        """Deletes the session, and closes all connections."""
        pages, self._pages = self._pages, None
        sessions, self._sessions = self._sessions, None
        endpoint, self._endpoint = self._endpoint, None
        if pages is not None:
            await pages.close()
        if sessions is not None:
            await sessions.end()
        if endpoint is not None:
            await endpoint.close()

    async def _begin(self) -> EngineVersion:
        self._endpoint = endpoint = WebDriverEndpoint(self.remote)
        self._sessions = sessions = RemoteSessions(endpoint, self.remote, self.kind)
        await endpoint.check_alive()
        session = await sessions.first(self._wanted())
        self._check_engine(session)
        self._pages = pages = await self._made_pages(session, sessions, endpoint)
        refused = await self._why_no_proxy(pages)
        self.lacks = dict(self._what_lacks(session, pages, refused))
        return self._version(session, pages)

    def _wanted(self) -> Wishes:
        stated = self.remote.capabilities
        is_real = self._options.ca is not None
        return Wishes(
            bidi=stated.get(WEB_SOCKET_URL) is not False,
            insecure_certs=is_real and stated.get(INSECURE_CERTS) is not False,
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

    async def _made_pages(
        self, session: NewSession, sessions: RemoteSessions, endpoint: WebDriverEndpoint
    ) -> RemoteBidi | ClassicPages:
        """What opens pages: BiDi where the session has it, and gives each page its own context."""
        url = session.capabilities.get(WEB_SOCKET_URL)
        if isinstance(url, str) and sessions.wishes.bidi and (bidi := await self._bidi(url)):
            bidi.watch(endpoint, session)
            return bidi
        sessions.wishes = replace(sessions.wishes, bidi=False)
        classic = ClassicPages(endpoint, sessions)
        await classic.check_opens_page(session)
        return classic

    async def _bidi(self, url: str) -> RemoteBidi | None:
        trusts_all = self._wanted().insecure_certs
        try:
            async with asyncio.timeout(BIDI_START_S):
                return await RemoteBidi.begin(
                    url, self.remote, self.kind, insecure_certs=trusts_all
                )
        except TimeoutError:
            raise self._failed(f"its BiDi does not answer within {BIDI_START_S} s") from None
        except EngineFailed as error:
            raise self._failed(
                f"its session has WebDriver BiDi, which cannot be reached: {self._safe(error)}\n"
                "  a Selenium Grid names its own address there (--grid-url); to do without BiDi:"
                f" webSocketUrl = false in --capabilities {self.remote.name}=FILE"
            ) from error

    async def _why_no_proxy(self, pages: RemoteBidi | ClassicPages) -> str:
        """Why pages get no proxy; empty: they do.

        Whether it is used can be tried out only where the browser is on this machine as well.
        """
        async with ProxyProbe() as probe:
            return await pages.why_no_proxy(probe, is_tried=self.remote.is_on_this_machine)

    def _what_lacks(
        self, session: NewSession, pages: RemoteBidi | ClassicPages, no_proxy: str
    ) -> Iterator[tuple[PageNeed, str]]:
        name = self.remote.name
        if no_proxy:
            proxy = f"{name}: real origins go through a SOCKS proxy of the session, and "
            yield PageNeed.PROXY, proxy + self._safe(no_proxy)
        if self._options.ca is not None and session.capabilities.get(INSECURE_CERTS) is not True:
            certificates = f"{name}: real https origins need {INSECURE_CERTS}, which its driver"
            yield PageNeed.CERTIFICATES, f"{certificates} does not have"
        if session.capabilities.get(INSECURE_CERTS) is True:
            checked = f"its driver accepts certificates by {INSECURE_CERTS}, with errors too"
            yield PageNeed.CHECKED_CERTIFICATES, f"{name}: {checked}, and learns no HSTS so"
        is_asked = self.kind.permissions.control is not PermissionControl.NOBODY
        if is_asked and isinstance(pages, ClassicPages):
            yield PageNeed.PERMISSIONS, f"{name}: {pages.title} sets no permissions"
        if self.kind.public_address_space is not None:
            public = "which ports count as public is set when a browser is started, and a driver"
            yield PageNeed.PUBLIC, f"{name}: {public} somewhere else starts this one"

    def _version(self, session: NewSession, pages: RemoteBidi | ClassicPages) -> EngineVersion:
        notes = [] if pages.hears_engine else [NOT_HEARD]
        if PageNeed.PROXY in self.lacks:
            notes.append(UNGATED)
        if session.capabilities.get(INSECURE_CERTS) is True:
            notes.append(IGNORES)
        return EngineVersion(
            name=self.remote.name,
            version=session.text("browserVersion") or "unknown version",
            build=f"remote {self.remote.url}",
            driver=f"{pages.title} ({'; '.join(notes)})" if notes else pages.title,
            label=label(session),
        )

    def _failed(self, why: str) -> EngineFailed:
        return EngineFailed(f"{self.remote.name}: {self.remote.url}: {why}")

    def _safe(self, error: object) -> str:
        return printable_line(self.remote.without_secrets(str(error)))

"""BidiPages: pages of a browser that speaks WebDriver BiDi, each in a user context of its own.

Nothing is subscribed to but what the engine writes to consoles, and which pages come and go. Each
other event costs: one of the network's doubles the processor time that Firefox needs for a request,
all of them triple it. Only pages of the public address space have one of those: of what Local
Network Access blocks Firefox's console says nothing but that it did not succeed.
"""

import asyncio
import contextlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engines.base import DEFAULT_PAGE, ConsoleListener, PageOptions, settle
from cors_harness.engines.bidi_connection import BidiConnection, BidiError, BidiObject
from cors_harness.errors import EngineFailed

CLOSE_S = 5
LOG = "log.entryAdded"
CREATED, DESTROYED = "browsingContext.contextCreated", "browsingContext.contextDestroyed"
COMMITTED = "browsingContext.navigationCommitted"
FETCH_ERROR = "network.fetchError"
CRASHED = "about:tabcrashed"  # what Firefox shows in the place of a page whose process is gone


class BidiTab:
    """One page in a user context of its own."""

    def __init__(self, pages: "BidiPages", user_context: str, listener: ConsoleListener) -> None:
        self._pages, self.user_context, self.listener = pages, user_context, listener
        self.context = ""  # of the page itself, once it is there
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def close(self) -> None:
        """Closes the page and removes its user context; a dead browser has nothing to close."""
        await self._pages.close(self)


class BidiPages:
    """The pages that are opened over one connection."""

    def __init__(
        self,
        connection: BidiConnection,
        kind: EngineKind,
        *,
        public_ports: Collection[int] = (),
        insecure_certs: bool = False,
    ) -> None:
        """Takes a session that has begun.

        Args:
            connection: of the session; its events are taken from now on.
            kind: of the engine.
            public_ports: as in LaunchOptions.
            insecure_certs: whether certificates that the browser does not trust are accepted.
        """
        self._connection, self._kind = connection, kind
        self._public_ports, self._insecure_certs = public_ports, insecure_certs
        # Firefox drops a tab that it makes while it closes another one: "no such frame".
        self._tab_changes = asyncio.Lock()
        self._tabs: dict[str, BidiTab] = {}  # by user context
        self._user_contexts: dict[str, str] = {}  # of pages and their frames, by context
        connection.on(LOG, self._take_entry)
        connection.on(CREATED, self._take_created)
        connection.on(DESTROYED, self._take_destroyed)
        connection.on(COMMITTED, self._take_committed)
        connection.on(FETCH_ERROR, self._take_fetch_error)
        connection.lost.add_done_callback(self._lose_all)

    @property
    def are_open(self) -> bool:
        """Whether there are pages."""
        return bool(self._tabs)

    async def start(self) -> None:
        """Subscribes to what is needed; raises BidiError, EngineFailed."""
        events = [LOG, CREATED, DESTROYED, COMMITTED]
        await self._connection.call("session.subscribe", events=events)

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> BidiTab:
        """Opens `url` in a new user context, as `Engine.open` does.

        Raises:
            BidiError: the browser refuses a command.
            EngineFailed: the browser is gone.
        """
        created = await self._connection.call(
            "browser.createUserContext", **self._context_params(options)
        )
        tab = BidiTab(self, created["userContext"], listener)
        self._tabs[tab.user_context] = tab
        try:
            await self._show(tab, url, options)
        except BaseException:
            await tab.close()
            raise
        return tab

    async def close(self, tab: BidiTab) -> None:
        """Removes the user context of a tab, and its page with it."""
        if self._tabs.pop(tab.user_context, None) is None:
            return
        with contextlib.suppress(BidiError, EngineFailed, TimeoutError):
            async with asyncio.timeout(CLOSE_S), self._tab_changes:
                await self._connection.call(
                    "browser.removeUserContext", userContext=tab.user_context
                )
        settle(tab.lost, "the page was closed")
        for context in [c for c, user in self._user_contexts.items() if user == tab.user_context]:
            del self._user_contexts[context]

    def _context_params(self, options: PageOptions) -> Mapping[str, Any]:
        params: dict[str, Any] = {}
        if self._insecure_certs:
            params["acceptInsecureCerts"] = True
        if options.proxy is not None:
            params["proxy"] = manual_proxy(options.proxy, options.past_proxy(self._kind))
        return params

    async def _show(self, tab: BidiTab, url: str, options: PageOptions) -> None:
        call, user_context = self._connection.call, tab.user_context
        for name, state in options.permissions:
            await self._decide(name, state, url, user_context)
        async with self._tab_changes:
            created = await call("browsingContext.create", type="tab", userContext=user_context)
        tab.context = created["context"]
        self._user_contexts[tab.context] = user_context
        if options.entry is not None:
            entry, wait = options.entry, "complete"
            await call("browsingContext.navigate", context=tab.context, url=entry, wait=wait)
        await self._prepare(tab.context, url)
        await call("browsingContext.navigate", context=tab.context, url=url, wait="none")

    async def _prepare(self, context: str, url: str) -> None:
        """Subscribes to what is to be heard of one page, before it is there."""
        if urlsplit(url).port in self._public_ports:
            await self._connection.call(
                "session.subscribe", events=[FETCH_ERROR], contexts=[context]
            )

    async def _decide(self, name: str, state: str, url: str, user_context: str) -> None:
        """Decides a permission, by the standard's name, for the origin of `url`."""
        for own_name in self._kind.permissions.webdriver_names.get(name, (name,)):
            with contextlib.suppress(BidiError):  # a permission that the engine does not know
                await self._connection.call(
                    "permissions.setPermission",
                    descriptor={"name": own_name},
                    state=state,
                    origin=_origin(url),
                    userContext=user_context,
                )

    def _take_created(self, params: BidiObject) -> None:
        user_context = params["userContext"]
        if user_context in self._tabs:
            self._user_contexts[params["context"]] = user_context

    def _take_destroyed(self, params: BidiObject) -> None:
        if tab := self._tab_shown_in(params["context"]):
            settle(tab.lost, "the page was closed")
        self._user_contexts.pop(params["context"], None)

    def _take_committed(self, params: BidiObject) -> None:
        tab = self._tab_shown_in(params["context"])
        if tab is not None and params["url"].startswith(CRASHED):
            settle(tab.lost, "the page's process crashed")

    def _take_entry(self, params: BidiObject) -> None:
        """Passes an error on; https://w3c.github.io/webdriver-bidi/#event-log-entryAdded ."""
        tab = self._tab_of(params["source"].get("context"))
        if tab is None or params["level"] != "error":
            return
        frames = (params.get("stackTrace") or {}).get("callFrames") or [{}]
        text, url = params["text"] or "", frames[0].get("url", "")
        tab.listener(text if url in text else f"{text} ({url})")

    def _take_fetch_error(self, params: BidiObject) -> None:
        """Passes the name of a network error on; see #event-network-fetchError there."""
        tab = self._tab_of(params.get("context"))
        meaningless: Collection[str] = self._kind.failure_names_that_say_nothing or ()
        if tab is not None and params["errorText"] not in meaningless:
            tab.listener(f"{params['errorText']} ({params['request']['url']})")

    def _tab_of(self, context: str | None) -> BidiTab | None:
        return self._tabs.get(self._user_contexts.get(context or "", ""))

    def _tab_shown_in(self, context: str) -> BidiTab | None:
        """The tab whose page, not a frame of it, is in that context."""
        tab = self._tab_of(context)
        return tab if tab is not None and tab.context == context else None

    def _lose_all(self, lost: asyncio.Future[str]) -> None:
        for tab in self._tabs.values():
            settle(tab.lost, lost.result() if not lost.cancelled() else "the browser is gone")


def manual_proxy(proxy: str, past_proxy: Sequence[str] = ()) -> BidiObject:
    """https://w3c.github.io/webdriver/#proxy, of `socks5://HOST:PORT`; for loopback hosts too.

    `past_proxy`: what is called without it, see `PageOptions.past_proxy`.
    """
    bypass = {"noProxy": list(past_proxy)} if past_proxy else {}
    address = urlsplit(proxy).netloc
    return {"proxyType": "manual", "socksProxy": address, "socksVersion": 5, **bypass}


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

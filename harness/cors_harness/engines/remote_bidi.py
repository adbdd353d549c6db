"""RemoteBidi: the WebDriver BiDi of a session, and what that of Chromium does not say.

Chromium writes why it blocked to no console that WebDriver BiDi reports: `log.entryAdded` has what
the page itself wrote. Its drivers pass on events of CDP, which have the rest.
https://chromedevtools.github.io/devtools-protocol/tot/Log/#event-entryAdded
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self
from urllib.parse import quote, urlsplit

from cors_harness.engine_kinds.kind import EngineKind
from cors_harness.engines.base import DEFAULT_PAGE, ConsoleListener, PageOptions, Tab, settle
from cors_harness.engines.bidi_connection import BidiConnection, BidiError, BidiObject
from cors_harness.engines.bidi_pages import BidiPages, BidiTab
from cors_harness.engines.proxy_probe import URL, ProxyProbe
from cors_harness.engines.webdriver import NewSession, WebDriverEndpoint
from cors_harness.errors import EngineFailed
from cors_harness.model.remote import Remote

PASSED_ON = "goog:cdp."
ATTACHED = f"{PASSED_ON}Target.attachedToTarget"
OF_WORKERS = "worker"  # has what `log.entryAdded` has of them too


class RemoteBidi:
    """Pages opened over the BiDi of one session, each in a user context of its own.

    Attributes:
        title: of the driver, in a record.
        hears_engine: whether what the engine itself writes to consoles is heard.
    """

    title = "WebDriver BiDi"

    def __init__(self, connection: BidiConnection, pages: "HeardPages") -> None:
        """`open` makes one."""
        self._connection, self._pages = connection, pages
        self.hears_engine = pages.hears_engine
        self._watching: asyncio.Task[None] | None = None

    @classmethod
    async def begin(
        cls, url: str, remote: Remote, kind: EngineKind, *, insecure_certs: bool
    ) -> Self | None:
        """The BiDi of a session; None: it makes no user contexts, so that pages would share.

        Args:
            url: its webSocketUrl.
            remote: whose session it is.
            kind: of its engine.
            insecure_certs: whether certificates that the browser does not trust are accepted.

        Raises:
            EngineFailed: there is nobody, or it is gone.
        """
        connection = await BidiConnection.open(_with_login(url, remote))
        try:
            for wish in (True, False) if insecure_certs else (False,):
                pages = HeardPages(connection, kind, insecure_certs=wish)
                if not await pages.why_no_context(DEFAULT_PAGE):
                    await pages.start()
                    return cls(connection, pages)
        except BidiError:
            pass
        except BaseException:
            await connection.close()
            raise
        await connection.close()
        return None

    async def open(self, url: str, listener: ConsoleListener, options: PageOptions) -> Tab:
        """Opens `url` in a new user context; raises BidiError, EngineFailed."""
        return await self._pages.open(url, listener, options)

    async def why_no_proxy(self, probe: ProxyProbe, *, is_tried: bool) -> str:
        """Why pages get no proxy; empty: they do, as far as is known.

        `is_tried`: whether a page is opened to see that it is used.
        """
        options = PageOptions(proxy=probe.proxy)
        if refused := await self._pages.why_no_context(options):
            return f"its driver takes none: {refused}"
        if not is_tried:
            return ""
        try:
            tab = await self._pages.open(URL, lambda _: None, options)
        except BidiError:  # the probe answers nothing, which Chromium tells at once
            return await probe.why_not_used()
        why = await probe.why_not_used()
        await tab.close()
        return why

    def watch(self, endpoint: WebDriverEndpoint, session: NewSession) -> None:
        """Notes from now on when the session has ended, of which its WebSocket may say nothing."""
        self._watching = asyncio.create_task(self._watch(endpoint, session))

    async def close(self) -> None:
        """Closes the connection; the session goes on."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        await self._connection.close()

    async def _watch(self, endpoint: WebDriverEndpoint, session: NewSession) -> None:
        settle(self._connection.lost, await endpoint.session_end(session, "timeouts"))
        await self._connection.close()  # nobody waits for an answer any more


def _with_login(url: str, remote: Remote) -> str:
    """The URL of a WebSocket, with the endpoint's credentials where it is the endpoint's own."""
    endpoint, no_websocket = urlsplit(remote.url), "its webSocketUrl is the URL of no WebSocket"
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise EngineFailed(no_websocket) from error
    if parts.scheme not in {"ws", "wss"} or not parts.hostname:
        raise EngineFailed(no_websocket)
    if "@" in parts.netloc or parts.netloc != endpoint.netloc or not remote.user:
        return url
    login = f"{quote(remote.user, safe='')}:{quote(remote.password, safe='')}"
    return parts._replace(netloc=f"{login}@{parts.netloc}").geturl()


class HeardPages(BidiPages):
    """The pages of one session, with all that is to be heard of them.

    Attributes:
        hears_engine: whether what the engine itself writes to consoles is heard; after `start`.
    """

    def __init__(
        self, connection: BidiConnection, kind: EngineKind, *, insecure_certs: bool = False
    ) -> None:
        """As BidiPages does."""
        super().__init__(connection, kind, insecure_certs=insecure_certs)
        self._log_event = kind.console_event
        self.hears_engine = not self._log_event
        # Of pages and frames, by session of CDP.
        self._user_contexts_heard: dict[str, str] = {}
        self._listening: dict[str, asyncio.Task[None]] = {}  # to frames, by session of CDP
        if self._log_event:
            connection.on(self._log_event, self._take_engine_entry)
            connection.on(ATTACHED, self._take_attached)

    async def start(self) -> None:
        """Subscribes to what is needed; raises BidiError, EngineFailed."""
        await super().start()
        if self._log_event:
            try:
                await self._connection.call("session.subscribe", events=[self._log_event, ATTACHED])
                tree = await self._connection.call("browsingContext.getTree", maxDepth=0)
                for context in tree["contexts"][:1]:
                    await self._listen_to_page(context["context"])
            except BidiError:
                return
            self.hears_engine = True

    async def why_no_context(self, options: PageOptions) -> str:
        """Why the browser makes no user context with these options; empty: it does."""
        try:
            created = await self._connection.call(
                "browser.createUserContext", **self._context_params(options)
            )
            await self._connection.call(
                "browser.removeUserContext", userContext=created["userContext"]
            )
        except BidiError as error:
            return str(error)
        return ""

    async def close(self, tab: BidiTab) -> None:
        """As BidiPages does; nothing of its sessions of CDP is kept."""
        await super().close(tab)
        heard = self._user_contexts_heard.items()
        self._user_contexts_heard = {key: user for key, user in heard if user != tab.user_context}

    async def listen(self, session: str) -> None:
        """Has entries of the log of a session of CDP passed on, those from before too."""
        method = f"{PASSED_ON}sendCommand"
        await self._connection.call(method, method="Log.enable", params={}, session=session)

    async def _prepare(self, context: str, url: str) -> None:
        await super()._prepare(context, url)
        if self.hears_engine and self._log_event:
            await self._listen_to_page(context)

    async def _decide(self, name: str, state: str, url: str, user_context: str) -> None:
        """By CDP for all of the context; BiDi decides for the page's origin, not for its frames.

        https://chromedevtools.github.io/devtools-protocol/tot/Browser/#method-setPermission
        """
        if not (self.hears_engine and self._log_event):
            await super()._decide(name, state, url, user_context)
            return
        for own_name in self._kind.permissions.names.get(name, (name,)):
            decision = {"permission": {"name": own_name}, "setting": state}
            with suppress(BidiError):  # a permission that the engine does not know
                await self._connection.call(
                    f"{PASSED_ON}sendCommand",
                    method="Browser.setPermission",
                    params={**decision, "browserContextId": user_context},
                )

    async def _listen_to_page(self, context: str) -> None:
        got = await self._connection.call(f"{PASSED_ON}getSession", context=context)
        self._user_contexts_heard[got["session"]] = self._user_contexts.get(context, "")
        await self.listen(got["session"])

    def _take_attached(self, params: BidiObject) -> None:
        """A sandboxed frame has a process, a session of CDP and a log of its own.

        https://chromedevtools.github.io/devtools-protocol/tot/Target/#event-attachedToTarget
        """
        target = params["params"]["targetInfo"]
        if target["type"] == "iframe" and target["browserContextId"] in self._tabs:
            session: str = params["params"]["sessionId"]
            self._user_contexts_heard[session] = target["browserContextId"]
            task = asyncio.create_task(self._listen_to_frame(session))
            self._listening[session] = task
            task.add_done_callback(lambda _: self._listening.pop(session))

    async def _listen_to_frame(self, session: str) -> None:
        with suppress(BidiError, EngineFailed):  # it has gone already
            await self.listen(session)

    def _take_entry(self, params: BidiObject) -> None:
        """What a page writes waits for what its frames' logs have had before that."""
        user_context = self._user_contexts.get(params["source"].get("context"))
        heard = self._user_contexts_heard
        awaited = [t for key, t in self._listening.items() if heard.get(key) == user_context]
        if awaited:
            asyncio.gather(*awaited).add_done_callback(lambda _: self._take_now(params))
        else:
            self._take_now(params)

    def _take_now(self, params: BidiObject) -> None:
        super()._take_entry(params)

    def _take_engine_entry(self, params: BidiObject) -> None:
        entry: Mapping[str, Any] = params["params"]["entry"]
        tab = self._tabs.get(self._user_contexts_heard.get(params.get("session", ""), ""))
        if tab is None or entry["level"] != "error" or entry["source"] == OF_WORKERS:
            return
        text, url = entry["text"], entry.get("url", "")
        tab.listener(text if url in text else f"{text} ({url})")

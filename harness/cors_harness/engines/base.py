"""Engine: the contract of a driver, which opens pages in a browser and passes on what it says.

A new driver keeps all of it. What differs between engines stands in `engine_kinds`, what differs
between drivers in `registry`; nothing else in the harness asks for names of either.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

from cors_harness.engine_kinds.kind import LOOPBACK, EngineKind
from cors_harness.model.events import EngineVersion

ConsoleListener = Callable[[str], None]  # takes one whole message at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions:
    """How an engine is started.

    Attributes:
        headed: show its windows.
        ca: certificate of an authority, PEM, that it shall trust as one that the user installed:
            no check is switched off, so an expired certificate fails as in production. A driver
            that can only ignore errors says so in its EngineVersion. None: it trusts as ever.
        public_ports: ports of 127.0.0.1 that shall count as public address space, for Local
            Network Access, in the engines that have it.
    """

    headed: bool = False
    ca: Path | None = None
    public_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopbackProxy:
    """What pages on ports of the run go through, as `PageOptions.proxy` and `direct_ports` of them.

    Attributes:
        url: of the proxy.
        direct_ports: of 127.0.0.1, which are called without it.
    """

    url: str
    direct_ports: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """How one page is opened.

    Attributes:
        proxy: what everything goes through, loopback too: `socks5://127.0.0.1:41231`. It gets
            names, not addresses: the engine looks up none itself, and nothing goes past the
            proxy, not even where it refuses. None: no proxy.
        direct_ports: of 127.0.0.1, which are called without the proxy, also as localhost or
            NAME.localhost. An engine that cannot tell ports apart there calls none without.
        is_public: whether the page is on a port that counts as public. From such a page a proxy
            without direct ports would hide what is local, so it gets none then.
        loopback: that of the other pages, for an engine that takes it only for all pages together,
            and before the first one. None: they have none.
        entry: a URL that the page's context shows before the page: `http://HOST:41232/TICKET`. All
            of HOST is called without the proxy. None: nothing, the engine is on this machine.
        permissions: (name, `granted` or `denied`) for the page's origin; the others stay as the
            engine has them, and so does what the engine does not know or cannot be told. Where
            nobody sees the windows a permission that is asked for is refused.
    """

    proxy: str | None = None
    direct_ports: tuple[int, ...] = ()
    is_public: bool = False
    loopback: LoopbackProxy | None = None
    entry: str | None = None
    permissions: tuple[tuple[str, str], ...] = ()

    @property
    def entry_host(self) -> str:
        """The host of `entry`, as a URL has it; empty where there is none."""
        return urlsplit(self.entry or "").netloc.rpartition(":")[0]

    def past_proxy(self, kind: EngineKind) -> tuple[str, ...]:
        """What a context of an engine of that kind calls without its proxy, as a list of hosts."""
        direct = self.direct_hosts() if kind.knows_direct_ports else ()
        return tuple(filter(None, (kind.proxy_bypass, *direct, self.entry_host)))

    def direct_hosts(self) -> tuple[str, ...]:
        """`direct_ports` as `HOST:PORT`, as Chromium, Firefox and GLib understand it."""
        names = (LOOPBACK, "localhost", "*.localhost")
        return tuple(f"{name}:{port}" for port in self.direct_ports for name in names)


DEFAULT_PAGE = PageOptions()


class PageNeed(StrEnum):
    """What a page may need of an engine that not every driver can give."""

    PROXY = "a proxy"
    CERTIFICATES = "certificates of this run that are accepted"
    CHECKED_CERTIFICATES = "certificates that are checked"
    PERMISSIONS = "permissions"
    PUBLIC = "public address space"
    FRESH_CONTEXT = "a context of its own, which nothing was kept in and nothing stays in"


NETWORK_WENT_AWAY = "the browser's network process went away"  # of `Tab.lost`
NOTHING_LACKS: Mapping[PageNeed, str] = {}
MANY_TABS = 1000


class Tab(Protocol):
    """One opened page in a context of its own: no cookies, no caches from before.

    Attributes:
        lost: done, with a sentence, as soon as the page is known to be gone, whatever took it:
            closed, its process crashed, the browser ended or was killed. Also where the process
            has ended that speaks to the network for it: what the page sees then is nobody's answer.
    """

    lost: asyncio.Future[str]

    async def close(self) -> None:
        """Closes the page and its context; idempotent, never raises for a dead engine."""


class Engine(Protocol):
    """A browser and its driver.

    Nothing that could falsify a run is ever switched on: no interception of requests, no added
    headers, no service workers. Beside the pages it speaks to nobody outside this machine: what
    a browser is up to for its maker is switched off, and no name is looked up but loopback's.

    Attributes:
        hears_console: whether what the page writes to its console reaches the listener of `open`.
            Nothing is waited for where it does not; why such an engine blocked stays unknown.
        shares_hsts: whether all of its contexts know what one of them has learnt of HSTS, until it
            is started anew.
        lacks: what its pages cannot have, with the reason as a sentence without a full stop; known
            once it has started. A page that needs such a thing is not opened.
        tabs: how many pages it can show at the same time; known once it has started.
        at_once: how many cells each of some pages may run at the same time, so that what the
            engine remembers of one of them outlives the others.
    """

    @property
    def hears_console(self) -> bool: ...  # noqa: D102 - see above

    @property
    def shares_hsts(self) -> bool: ...  # noqa: D102 - see above

    @property
    def lacks(self) -> Mapping[PageNeed, str]: ...  # noqa: D102 - see above

    @property
    def tabs(self) -> int: ...  # noqa: D102 - see above

    @property
    def at_once(self) -> int: ...  # noqa: D102 - see above

    async def start(self) -> EngineVersion:
        """Starts it and checks that it opens a page; it can be started again after `stop`.

        Where the start is cancelled, `stop` ends what has been started by then.

        Raises:
            EngineFailed: it does not come up.
            EngineMissing: a tool that it needs is not installed, or the driver cannot drive it.
        """

    async def open(
        self, url: str, listener: ConsoleListener, options: PageOptions = DEFAULT_PAGE
    ) -> Tab:
        """Opens `url` in a fresh context, which shares nothing with other tabs but HSTS.

        Returns once the page is on its way; what its script does is not waited for.

        Args:
            url: of the page.
            listener: takes the errors that the engine writes to the page's console, in its own
                words and with the URL that they are about, and what the page writes there itself
                with `console.error`, each as soon as it is known and in the order in which it was
                written. The runner page relies on that: behind every batch of rejected calls it
                writes a sentinel, `cors-harness sentinel=SESSION.NUMBER`, and once that is heard
                all that the engine had to say of them counts as heard. An engine whose console
                cannot be heard gives it nothing, and says so in `hears_console`.
            options: proxy and permissions.

        Raises:
            EngineFailed: the page cannot be opened.
        """

    async def stop(self) -> None:
        """Ends it, its tabs and all processes that it started, and only those.

        Idempotent, never raises for a dead engine, and leaves no files behind.
        """


@runtime_checkable
class SessionOfMany(Protocol):
    """An engine whose browser is a session of something that may give several at the same time."""

    async def free_sessions(self) -> int | None:
        """How many more like it could be started at this moment; None: nobody says."""


async def free_sessions(engine: Engine) -> int | None:
    """How many more like `engine` could be started at this moment; None: nobody says."""
    return await engine.free_sessions() if isinstance(engine, SessionOfMany) else None


def settle(future: asyncio.Future[str], text: str) -> None:
    """Gives `Tab.lost` and the like their result unless they have one, or nobody waits any more."""
    if not future.done():
        future.set_result(text)

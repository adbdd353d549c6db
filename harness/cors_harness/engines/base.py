"""Engine: anything that opens a URL and can be heard; the seam behind which browsers differ."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cors_harness.model.events import EngineVersion

AT_ONCE = 32  # cells in a page of an engine that minds no number; a few leave Chromium idle
ConsoleListener = Callable[[str], None]  # takes the engine's own words, one message at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchOptions:
    """How an engine is started.

    Attributes:
        headed: show its windows.
        ca: certificate of an authority, PEM, that it shall trust; None: it trusts as ever.
        public_ports: ports of 127.0.0.1 that shall count as public address space, for Local
            Network Access, in the engines that have it.
    """

    headed: bool = False
    ca: Path | None = None
    public_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOptions:
    """How one page is opened.

    Attributes:
        proxy: what everything goes through, loopback too: `socks5://127.0.0.1:41231`; None: no
            proxy.
        permissions: (name, `granted` or `denied`) for the page's origin; the others stay as the
            engine has them, and so does what the engine does not know or cannot be told. Where
            nobody sees the windows a permission that is asked for is refused.
    """

    proxy: str | None = None
    permissions: tuple[tuple[str, str], ...] = ()


NO_WAYS = PageOptions()


class Tab(Protocol):
    """One opened page in a context of its own: no cookies, no caches from before.

    Attributes:
        lost: done, with a sentence, as soon as the page is known to be gone.
    """

    lost: asyncio.Future[str]

    async def close(self) -> None:
        """Closes the page and its context; idempotent, never raises for a dead engine."""


class Engine(Protocol):
    """A browser.

    Attributes:
        hears_console: whether what the page writes to its console reaches the listener of `open`,
            the sentinels of the runner page among it. Nothing is waited for where it does not.
        shares_hsts: whether all of its contexts know what one of them has learnt of HSTS, until it
            is started anew.
        at_once: how many cells each of some pages may run at the same time, so that what the
            engine remembers of one of them outlives the others.
    """

    @property
    def hears_console(self) -> bool: ...  # noqa: D102 - see above

    @property
    def shares_hsts(self) -> bool: ...  # noqa: D102 - see above

    @property
    def at_once(self) -> int: ...  # noqa: D102 - see above

    async def start(self) -> EngineVersion:
        """Starts it; raises EngineFailed when it does not come up."""

    async def open(self, url: str, heard: ConsoleListener, ways: PageOptions = NO_WAYS) -> Tab:
        """Opens `url` in a fresh context; raises EngineFailed."""

    async def stop(self) -> None:
        """Ends it and only it; idempotent, never raises for a dead engine."""


def report_loss(lost: asyncio.Future[str], why: str) -> None:
    """Marks a tab as lost unless it already is (or its waiter went away)."""
    if not lost.done():
        lost.set_result(why)

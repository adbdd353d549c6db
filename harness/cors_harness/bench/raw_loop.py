"""run_raw(): the calls of cells as a bare fetch loop in one page, nothing recorded or judged."""

import asyncio
from collections.abc import Sequence

from cors_harness.engines.base import Engine
from cors_harness.model.cell import Cell
from cors_harness.run.api import RunServers
from cors_harness.run.settings import RunSettings
from cors_harness.serving.page.server import PageReplies, Payload


class RawLoop:
    """The session of one `page/raw.html`, a bare fetch loop: what browsers do by themselves.

    The page gets all calls at once and reports only its end.

    Attributes:
        is_over: set when all calls are made.
    """

    def __init__(self, calls: Sequence[Payload], concurrency: int) -> None:
        self._calls, self._concurrency = list(calls), concurrency
        self.is_over = asyncio.Event()

    @property
    def replies(self) -> PageReplies:
        """What answers the posts of the page, by their path."""
        return {"hello": self._hello, "over": self._over}

    async def _hello(self, _: Payload) -> Payload:
        return {"calls": self._calls, "concurrency": self._concurrency}

    async def _over(self, _: Payload) -> Payload:
        self.is_over.set()
        return {}


async def run_raw(
    engine: Engine, servers: RunServers, cells: Sequence[Cell], concurrency: int
) -> None:
    """Makes every cell's call in one page of a fresh context and waits until all are made.

    Raises:
        EngineFailed: the page does not open.
        TimeoutError: it is not through within ten minutes.
    """
    timeout_ms = RunSettings().timeout_ms
    bound_cells = [servers.origins.bind(cell) for cell in cells]
    calls = [bound.page_json(timeout_ms)["steps"][0] for bound in bound_cells]
    loop = RawLoop(calls, concurrency)
    servers.pages.sessions["raw"] = loop.replies
    url = servers.pages.url(f"http://127.0.0.1:{servers.pages.port}", "raw", "raw.html")
    tab = await engine.open(url, lambda _line: None)
    try:
        await asyncio.wait_for(loop.is_over.wait(), 600)
    finally:
        await tab.close()
        del servers.pages.sessions["raw"]

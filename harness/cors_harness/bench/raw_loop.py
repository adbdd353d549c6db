"""RawLoop: the same calls as a batch, made by a bare fetch loop with nothing of ours around it."""

import asyncio
from collections.abc import Sequence

from cors_harness.engines.base import Engine
from cors_harness.model.cell import Cell
from cors_harness.run.run_servers import RunServers
from cors_harness.run.settings import RunSettings
from cors_harness.serving.page.server import PageReplies, Payload


class RawLoop:
    """One opened `page/raw.html`: gets all calls at once, says only that it is through."""

    def __init__(self, calls: Sequence[Payload], concurrency: int) -> None:
        self._calls, self._concurrency = list(calls), concurrency
        self.done = asyncio.Event()

    @property
    def answers(self) -> PageReplies:
        """What its page posts to."""
        return {"hello": self._hello, "over": self._over}

    async def _hello(self, _: Payload) -> Payload:
        return {"calls": self._calls, "concurrency": self._concurrency}

    async def _over(self, _: Payload) -> Payload:
        self.done.set()
        return {}


async def run_raw(
    engine: Engine, stage: RunServers, cells: Sequence[Cell], concurrency: int
) -> None:
    """Makes every cell's call in one page of a fresh context and waits until it is through.

    Raises:
        EngineFailed: the page does not open.
        TimeoutError: it is not through within ten minutes.
    """
    prepared = (stage.prepare(cell) for cell in cells)
    calls = [each.page_json(RunSettings().timeout_ms)["steps"][0] for each in prepared]
    loop = RawLoop(calls, concurrency)
    stage.pages.sessions["raw"] = loop.answers
    url = f"http://127.0.0.1:{stage.pages.port}/harness/raw.html?session=raw"
    tab = await engine.open(url, lambda _words: None)
    try:
        await asyncio.wait_for(loop.done.wait(), 600)
    finally:
        await tab.close()
        del stage.pages.sessions["raw"]

"""PagePool: pages of one engine that run one cell at a time, and are bound to that cell."""

import dataclasses
from dataclasses import dataclass

from cors_harness.engines.base import Tab
from cors_harness.model.cell import Cell
from cors_harness.planning.pages import page_key
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.cell_results import SERVER_DIED, CellCollector
from cors_harness.run.engine_life import EngineLife
from cors_harness.run.isolation import IsolatedCell
from cors_harness.run.page_batches import PageBatch
from cors_harness.run.page_session import OnDemandSession, PageLost
from cors_harness.run.run_servers import RunServers
from cors_harness.run.runner_page import RunnerPage
from cors_harness.run.settings import RunSettings

PUBLIC_PAGE = "it ran by itself; on a page that counts as public, URLs keep the parameter cell"
NO_PROXY = "it ran by itself; in a browser that takes no proxy, URLs keep the parameter cell"
KEPT = 4  # pages that are not used cost memory; another one is opened in well under a second


@dataclass(slots=True)
class _PooledPage:
    page: RunnerPage[OnDemandSession]
    tab: Tab | None = None  # before it is opened
    generation: int = -1  # which one of the engine's kind shows it, see EngineLife

    async def close(self) -> None:
        self.page.end()
        if self.tab is not None:
            await self.tab.close()
        await self.page.close_gate()

    def can_tell_apart(self, bound: BoundCell) -> bool:
        """Whether the browser has kept nothing, such as a preflight, of the URLs of the cell."""
        if not bound.plain:
            return True
        steps = range(len(bound.cell.scenario.steps))
        urls = {bound.url(step).partition("#")[0] for step in steps}
        return urls.isdisjoint(self.page.session.urls)


class PagePool:
    """Runs cells in one engine, one at a time, each as if in a fresh context.

    Pages stay open for the next cell that can use them, unless a server changed browser state, or
    the cell asks for a URL that was asked for there before.
    """

    def __init__(
        self,
        life: EngineLife,
        servers: RunServers,
        collector: CellCollector,
        settings: RunSettings,
    ) -> None:
        self._life, self._servers, self._collector = life, servers, collector
        self._settings = settings.with_default_concurrency(life.engine.at_once)
        self._pages: dict[object, _PooledPage] = {}  # by page_key; the one used last comes last
        self._most = min(KEPT, life.engine.tabs)

    async def run(self, isolated: IsolatedCell) -> bool:
        """Runs a cell to its verdict, which the collector emits; also where its page is lost.

        False: the engine is gone before that, and the cell has to run in another one of its column.

        Raises:
            EngineFailed: the engine does not come back, and there is no other one.
        """
        cell = isolated.cell
        if self._life.is_in_the_way((cell.scenario,)):
            await self.close()
            await self._life.renew(self._life.generation)
        elif (lost := self._lost_page(cell)) is not None:
            await self.close()
            await self._life.renew(lost.generation)
        batch: PageBatch | None = PageBatch(cells=[cell])
        while batch is not None and not self._life.is_gone:
            batch = await self._run_batch(batch, self._bind(isolated))
        await self._close_oldest(self._most)
        return batch is None

    async def close(self) -> None:
        """Closes every page."""
        for key in tuple(self._pages):
            await self._close_page(key)

    def _bind(self, isolated: IsolatedCell) -> BoundCell:
        bound = self._servers.origins.bind(isolated.cell)
        plain = isolated.plain and self._servers.can_bind(isolated.cell)
        kept = NO_PROXY if isolated.cell.engine in self._servers.without_proxy else PUBLIC_PAGE
        why = isolated.why if plain == isolated.plain else kept
        return dataclasses.replace(bound, plain=plain, is_alone=True, why_isolated=why)

    async def _run_batch(self, batch: PageBatch, bound: BoundCell) -> PageBatch | None:
        """Runs a batch of one cell; returns it again where the page was lost before the call."""
        key = page_key(bound.cell)
        if key in self._pages and not self._pages[key].can_tell_apart(bound):
            await self._close_page(key)
        if key not in self._pages:
            await self._close_oldest(self._life.engine.tabs - 1)
        pooled = self._pages.pop(key) if key in self._pages else self._new_page(bound.cell)
        self._pages[key] = pooled
        session = pooled.page.session
        session.add(bound)
        try:
            lost = await self._run_page(pooled)
        except BaseException:
            if self._servers.lost:
                await session.give_up(PageLost(why=SERVER_DIED, hung=True))
            await self._close_page(key)
            raise
        self._life.learn(session)
        if lost is not None:
            await self.close()
            rest = await self._life.give_up(session, lost, batch.failures_without_progress)
            await self._life.renew(pooled.generation)
            await self._collector.wait_until_judged()
            return rest
        if session.changed_browser_state:
            await self._close_page(key)
        return None

    async def _run_page(self, pooled: _PooledPage) -> PageLost | None:
        """Runs what was added to the session of a page; how the page was lost, if it was."""
        page = pooled.page
        if pooled.tab is None:
            opened, pooled.generation = await self._life.open(page)
            if isinstance(opened, PageLost):
                return opened
            pooled.tab = opened
        lost = await page.wait_until(page.session.idle, pooled.tab, self._settings.stall_s)
        if lost is None:
            await page.session.wait_until_judged()
        return lost

    def _new_page(self, cell: Cell) -> _PooledPage:
        session = OnDemandSession(self._collector, self._settings, self._servers.origins)
        page = RunnerPage(session, cell, self._servers, self._collector.console, is_bound=True)
        return _PooledPage(page)

    def _lost_page(self, cell: Cell) -> _PooledPage | None:
        pooled = self._pages.get(page_key(cell))
        is_lost = pooled is not None and pooled.tab is not None and pooled.tab.lost.done()
        return pooled if is_lost else None

    async def _close_oldest(self, left: int) -> None:
        while len(self._pages) > left:
            await self._close_page(next(iter(self._pages)))

    async def _close_page(self, key: object) -> None:
        pooled = self._pages.pop(key, None)
        if pooled is not None:
            await pooled.close()

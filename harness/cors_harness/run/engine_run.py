"""EngineRun: all cells of one engine in batches, in tabs that show page after page."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence

from cors_harness.engines.base import PageNeed, Tab
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Scenario
from cors_harness.planning.pages import page_key
from cors_harness.run.bound_cell import UnboundCell
from cors_harness.run.cell_results import SERVER_DIED, CellCollector
from cors_harness.run.engine_life import EngineColumn, EngineLife
from cors_harness.run.isolation import IsolatedCell
from cors_harness.run.page_batches import PageBatch, PagesLeft, Phase, TabQueue, phases
from cors_harness.run.page_pool import PagePool
from cors_harness.run.page_session import PageLost, PageSession
from cors_harness.run.run_servers import RunServers
from cors_harness.run.runner_page import RunnerPage
from cors_harness.run.settings import RunSettings

TABS = 3  # that run side by side; a page costs the machine more than hundreds of cells


class EngineRun:
    """Runs cells in one engine, or in several sessions of it at the same time."""

    def __init__(
        self,
        column: EngineColumn,
        servers: RunServers,
        collector: CellCollector,
        settings: RunSettings,
    ) -> None:
        self._column, self._servers, self._collector = column, servers, collector
        self._settings = settings.with_default_concurrency(column.engine.at_once)
        self._tabs = min(TABS, column.engine.tabs)  # of each session
        self._shares_hsts = column.engine.shares_hsts  # while it runs: it may be gone later

    async def run(self, cells: Sequence[Cell]) -> None:
        """Runs every cell; raises EngineFailed when no engine of the column comes back."""
        isolated_cells, shared = self._collector.isolated, []
        for cell in cells:
            if isolated := self._collector.isolation.before(cell):
                isolated_cells[self._column.name].append(isolated)
            else:
                shared.append(cell)
        await self._run_pages(shared)
        while waiting := isolated_cells.pop(self._column.name, []):
            await self._run_isolated(tuple(self._able_to_run_alone(waiting)))
            await self._collector.wait_until_judged()

    async def _run_pages(self, cells: Sequence[Cell]) -> None:
        in_phases = phases(
            cells,
            isolated=self._settings.isolated,
            shares_hsts=self._shares_hsts,
            sessions=len(self._column.there),
            stays_together=self._collector.isolation.runs_in_turn,
        )
        for phase in in_phases:
            await self._column.make_way(_scenarios(phase))
            await self._run_phase(phase)
        await self._collector.wait_until_judged()

    async def _run_isolated(self, cells: Sequence[IsolatedCell]) -> None:
        """Runs cells by themselves, those that can follow one another in a page together."""
        queue = deque(sorted(cells, key=lambda isolated: str(page_key(isolated.cell))))
        tabs = self._tabs if self._may_run_side_by_side(cells) else 1
        while queue:  # once more where an engine was lost and the others had come to their end
            async with asyncio.TaskGroup() as group:
                for life in (self._column.there * tabs)[: len(queue)]:
                    group.create_task(self._run_in_pool(queue, life))

    def _able_to_run_alone(self, cells: Sequence[IsolatedCell]) -> Iterator[IsolatedCell]:
        """Those that the engine can run by themselves; the others are skipped aloud."""
        why = self._column.engine.lacks.get(PageNeed.FRESH_CONTEXT, "")
        for isolated in cells:
            if why and not isolated.plain:  # it is not the URL alone that others could notice
                self._collector.skip(isolated.cell, why)
            else:
                yield isolated

    def _may_run_side_by_side(self, cells: Sequence[IsolatedCell]) -> bool:
        """Whether no cell may need its engine anew, which others in it would lose with it."""
        scenarios = [isolated.cell.scenario for isolated in cells]
        real = {origin for scenario in scenarios for origin in scenario.real_origins()}
        return not self._shares_hsts or all(origin.is_secure for origin in real)

    async def _run_in_pool(self, queue: deque[IsolatedCell], life: EngineLife) -> None:
        pool = PagePool(life, self._servers, self._collector, self._settings)
        try:
            while queue and not life.is_gone:
                isolated = queue.popleft()
                if self._collector.begin_again(isolated) and not await pool.run(isolated):
                    queue.appendleft(isolated)
        finally:
            await pool.close()

    async def _run_phase(self, phase: Phase) -> None:
        pages = PagesLeft(phase)
        async with asyncio.TaskGroup() as group:
            for life in self._column.there * self._tabs:  # in turn: the first pages are spread
                group.create_task(self._show_pages(pages, life))

    async def _show_pages(self, pages: PagesLeft, life: EngineLife) -> None:
        """Opens tabs, one after the other, until no page is left, or the engine is gone."""
        while await pages.are_left() and await life.is_there():
            queue = pages.first_queue()
            if queue is None:  # another tab was quicker
                continue
            with pages.shown():
                tab_run = TabRun(queue, life, self._servers, self._collector, self._settings)
                lost = await self._run_tab(tab_run)
                if lost is not None:
                    before = tab_run.batch.failures_without_progress
                    rest = await life.give_up(tab_run.session, lost, before)
                    if rest is not None:
                        pages.put_back(queue, tab_run.batch.again(rest))
            if lost is not None:
                await life.renew(tab_run.generation)

    async def _run_tab(self, tab_run: "TabRun") -> PageLost | None:
        try:
            return await tab_run.run()
        except asyncio.CancelledError:
            if self._servers.lost:  # what was in flight has its record too
                await tab_run.session.give_up(PageLost(why=SERVER_DIED, hung=True))
            raise


class TabRun:
    """One tab, which takes page after page from a queue for as long as it can be used.

    Attributes:
        batch: that of the page that is shown.
        generation: which one of the engine's kind shows the tab, see EngineLife; -1 before that.
    """

    def __init__(
        self,
        queue: TabQueue,
        life: EngineLife,
        servers: RunServers,
        collector: CellCollector,
        settings: RunSettings,
    ) -> None:
        """Takes the first batch, which must be there."""
        self._queue, self._life, self._servers = queue, life, servers
        self._collector, self._settings = collector, settings
        self.generation = -1
        self._page = self._next_page()

    @property
    def session(self) -> PageSession:
        """The session of the page that is shown."""
        return self._page.session

    async def run(self) -> PageLost | None:
        """Runs the pages that come to this tab; how it was lost, if it was."""
        try:
            tab, self.generation = await self._life.open(self._page)
            if isinstance(tab, PageLost):
                return tab
            try:
                return await self._run_pages(tab)
            finally:
                self._life.learn(self.session)
                self._page.end()
                await tab.close()
        finally:
            self._page.end()
            await self._page.close_gate()

    async def _run_pages(self, tab: Tab) -> PageLost | None:
        while True:
            lost = await self._run_page(tab)
            if not self.session.is_over.is_set() or not self._can_go_on(tab):
                return lost
            last, self._page = self._page, self._next_page()
            self._page.register()
            last.session.next_url.set_result(self._page.url)
            last.end()
            if lost := await self._page.wait_for_hello(tab):
                return lost

    async def _run_page(self, tab: Tab) -> PageLost | None:
        session = self.session
        lost = await self._page.wait_until(session.is_over, tab, self._settings.stall_s)
        if session.is_over.is_set():
            session.check_complete()
            await session.wait_until_judged()  # the engine's console comes through the open page
        return lost

    def _can_go_on(self, tab: Tab) -> bool:
        unchanged = not self.session.changed_browser_state
        can_stay = not (tab.lost.done() or self._life.is_renewing or self._life.is_gone)
        return bool(self._queue) and unchanged and can_stay

    def _next_page(self) -> RunnerPage[PageSession]:
        self.batch: PageBatch = self._queue.popleft()
        # New tokens each time: what a lost page sent may still come, and is no cell's then.
        batch, cell = self.batch, self.batch.cells[0]
        origins, console = self._servers.origins, self._collector.console
        cells = [UnboundCell(cell=cell, is_alone=batch.alone) for cell in batch.cells]
        session = PageSession(cells, self._collector, self._settings, origins)
        return RunnerPage(session, cell, self._servers, console, is_bound=batch.alone)


def _scenarios(phase: Phase) -> Iterator[Scenario]:
    return (cell.scenario for queue in phase for batch in queue for cell in batch.cells)

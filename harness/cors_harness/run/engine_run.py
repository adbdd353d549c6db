"""EngineRun: all cells of one engine, through crashes and hangs of that engine."""

import asyncio
from collections.abc import Callable, Iterator, Sequence

from cors_harness.engines.base import Engine
from cors_harness.errors import EngineFailed
from cors_harness.model.cell import Cell
from cors_harness.model.events import EngineLost, Event
from cors_harness.model.scenario import Scenario
from cors_harness.run.browser_state import HstsEntry, would_upgrade
from cors_harness.run.cell_results import CellCollector
from cors_harness.run.page_batches import PageBatch, Phase, TabQueue, phases
from cors_harness.run.run_servers import RunServers
from cors_harness.run.runner_page import FIRST_SIGN_S, Loss, TabRun
from cors_harness.run.settings import RunSettings

PAGES = 3  # that run side by side; a page costs the machine more than hundreds of cells
TRIES_WITHOUT_PROGRESS = 3
EmitEvent = Callable[[Event], None]


class EngineRun:
    """Runs cells in one engine; replaces the engine by a fresh one of its kind when it is lost."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        stage: RunServers,
        finisher: CellCollector,
        settings: RunSettings,
    ) -> None:
        self._name, self._engine, self._stage = name, engine, stage
        self._finisher, self._settings = finisher, settings.suiting(engine.at_once)
        self._generation = 0
        self._taught: frozenset[HstsEntry] = frozenset()
        self._restarting = asyncio.Lock()
        self._turns = asyncio.Semaphore(PAGES)

    async def run(self, cells: Sequence[Cell], emit: EmitEvent) -> None:
        """Runs every cell; raises EngineFailed when the engine does not come back."""
        ways, isolated = self._stage.tab_ways, self._settings.isolated
        shares_hsts = self._engine.shares_hsts
        for act in phases(cells, ways, isolated=isolated, shares_hsts=shares_hsts):
            if shares_hsts and would_upgrade(self._taught, _scenarios(act)):
                await self._renew(self._generation)
            await self._play(act, emit)
        await self._finisher.settle()

    async def _play(self, act: Phase, emit: EmitEvent) -> None:
        async with asyncio.TaskGroup() as group:
            for itinerary in act:
                for _ in range(min(PAGES, len(itinerary))):
                    group.create_task(self._travel(itinerary, emit))

    async def _travel(self, itinerary: TabQueue, emit: EmitEvent) -> None:
        """Makes tours, one at a time, until no stop is left."""
        async with self._turns:
            while itinerary:
                tour = TabRun(itinerary, self._stage, self._finisher, self._settings)
                why, hung = await self._show_to_its_end(tour)
                if why:
                    itinerary.extendleft(await self._recover(tour, why, hung=hung, emit=emit))

    async def _show_to_its_end(self, tour: TabRun) -> Loss:
        """As `_show`; when the run ends with a server, what was in flight has its record too."""
        try:
            return await self._show(tour)
        except asyncio.CancelledError:
            if self._stage.lost:
                await tour.session.give_up("the server died meanwhile", hung=True)
            raise

    async def _show(self, tour: TabRun) -> Loss:
        try:
            async with self._stage.opening:
                tour.generation = await self._up()
                tab = await tour.open(self._engine)
            try:
                return await tour.run(tab)
            finally:
                self._taught |= tour.session.taught
                tour.end()
                await tab.close()
        except EngineFailed as failed:
            return str(failed), False
        except TimeoutError:
            return f"it opened no page within {FIRST_SIGN_S:.0f} s", True
        finally:
            tour.end()

    async def _recover(
        self, tour: TabRun, why: str, *, hung: bool, emit: EmitEvent
    ) -> Sequence[PageBatch]:
        """Makes good for a lost tab; what its page has still to run, if anything."""
        rest, in_flight = await tour.session.give_up(why, hung=hung)
        emit(EngineLost(engine=self._name, detail=why, in_flight=in_flight))
        barren = 0 if tour.session.progress else tour.stop.barren + 1
        if rest and barren == TRIES_WITHOUT_PROGRESS:
            raise EngineFailed(f"{self._name} was lost {barren} times in a row: {why}")
        await self._renew(tour.generation)
        return [PageBatch(cells=[each.cell for each in rest], barren=barren)] if rest else []

    async def _up(self) -> int:
        """Waits while the engine is being replaced; returns which of its kind it is."""
        async with self._restarting:
            return self._generation

    async def _renew(self, generation: int) -> None:
        """Replaces the engine, once, however many of its tabs were lost with it."""
        async with self._restarting:
            if generation == self._generation:
                await self._engine.stop()
                await self._engine.start()
                self._generation += 1
                self._taught = frozenset()


def _scenarios(act: Phase) -> Iterator[Scenario]:
    return (cell.scenario for itinerary in act for stop in itinerary for cell in stop.cells)

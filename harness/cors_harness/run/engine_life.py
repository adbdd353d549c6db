"""EngineLife: one engine of a run through crashes, hangs and what it has learned of HSTS."""

import asyncio
from collections.abc import Iterable

from cors_harness.engines.base import Engine, Tab
from cors_harness.errors import EngineFailed
from cors_harness.model.events import EngineLost
from cors_harness.model.scenario import Scenario
from cors_harness.run.browser_state import HstsEntry, would_upgrade
from cors_harness.run.cell_results import EmitEvent
from cors_harness.run.page_batches import PageBatch
from cors_harness.run.page_session import PageLost, PageSession
from cors_harness.run.run_servers import RunServers
from cors_harness.run.runner_page import RunnerPage, S

TRIES_WITHOUT_PROGRESS = 3


class EngineLife:
    """An engine, replaced by a fresh one of its kind when it is lost or in the way of its cells.

    Attributes:
        name: of the engine.
        engine: it itself.
        generation: which one of its kind it is, counted from 0.
    """

    def __init__(self, name: str, engine: Engine, servers: RunServers, emit: EmitEvent) -> None:
        self.name, self.engine = name, engine
        self.generation = 0
        self._servers, self._emit = servers, emit
        self._learned_hsts: frozenset[HstsEntry] = frozenset()
        self._renewing = asyncio.Lock()

    async def open(self, page: RunnerPage[S]) -> tuple[Tab | PageLost, int]:
        """A tab with the page, and which generation of the engine shows it, or failed to."""
        async with self._servers.page_openings:
            async with self._renewing:
                generation = self.generation
            return await page.open(self.engine), generation

    def learn(self, session: PageSession) -> None:
        """Takes note of the HSTS entries that the engine may have from a page that is over."""
        self._learned_hsts |= session.learned_hsts

    def is_in_the_way(self, scenarios: Iterable[Scenario]) -> bool:
        """Whether the engine would turn http into https for these, and must be renewed before."""
        return self.engine.shares_hsts and would_upgrade(self._learned_hsts, scenarios)

    async def recover(
        self, session: PageSession, lost: PageLost, generation: int, failures: int
    ) -> PageBatch | None:
        """Ends what a lost page had in flight and renews its engine.

        Args:
            session: of the page.
            lost: how it was lost.
            generation: which one showed it.
            failures: how many times in a row its cells were lost before without any progress.

        Returns:
            What the page has still to run, if anything.

        Raises:
            EngineFailed: the engine was lost too often, or does not come back.
        """
        rest, in_flight = await session.give_up(lost)
        self._emit(EngineLost(engine=self.name, detail=lost.why, in_flight=in_flight))
        failures = 0 if session.progress else failures + 1
        if rest and failures == TRIES_WITHOUT_PROGRESS:
            raise EngineFailed(f"{self.name} was lost {failures} times in a row: {lost.why}")
        await self.renew(generation)
        if not rest:
            return None
        return PageBatch(cells=[bound.cell for bound in rest], failures_without_progress=failures)

    async def renew(self, generation: int) -> None:
        """Replaces the engine, once, however many tabs of this generation were lost with it."""
        async with self._renewing:
            if generation == self.generation:
                await self.engine.stop()
                await self.engine.start()
                self.generation += 1
                self._learned_hsts = frozenset()

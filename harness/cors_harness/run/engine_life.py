"""EngineLife: one engine of a run through crashes, hangs and what it has learned of HSTS."""

import asyncio
from collections.abc import Iterable, Sequence

from cors_harness.engines.base import Engine, Tab, free_sessions
from cors_harness.errors import EngineFailed, EngineMissing
from cors_harness.model.events import EngineLost, EngineVersion, FewerSessions
from cors_harness.model.scenario import Scenario
from cors_harness.run.browser_state import HstsEntry, would_upgrade
from cors_harness.run.cell_results import EmitEvent
from cors_harness.run.page_batches import PageBatch
from cors_harness.run.page_session import PageLost, PageSession
from cors_harness.run.run_servers import OPENING, RunServers
from cors_harness.run.runner_page import RunnerPage, S

TRIES_WITHOUT_PROGRESS = 3
FREED_S = 2.0  # a grid hears of an ended session by a message of its node
LOOK_S = 0.1


class EngineColumn:
    """The engines of one column: one, or several sessions of the same browser.

    Attributes:
        name: of the column.
        engine: one of them, for what is the same of all.
        lives: of all, of those that are gone too.
        started: what they are; None: it is not minded.
    """

    def __init__(
        self,
        name: str,
        engines: Sequence[Engine],
        servers: RunServers,
        emit: EmitEvent,
        started: EngineVersion | None = None,
    ) -> None:
        """Takes engines that have started, one at least."""
        self.name, self.engine, self.started = name, engines[0], started
        self.servers, self.emit = servers, emit
        self.lives = tuple(EngineLife(engine, self) for engine in engines)

    @property
    def there(self) -> list["EngineLife"]:
        """The lives of engines that are not gone."""
        return [life for life in self.lives if not life.is_gone]

    def openings(self) -> asyncio.Semaphore:
        """What an engine holds while it opens a page.

        Several sessions are on machines of their own, where they starve nobody else.
        """
        is_spread = len(self.lives) > 1
        return asyncio.Semaphore(OPENING) if is_spread else self.servers.page_openings

    async def make_way(self, scenarios: Iterable[Scenario]) -> None:
        """Renews every engine that would turn http into https for these."""
        scenarios = tuple(scenarios)
        async with asyncio.TaskGroup() as group:
            for life in self.there:
                if life.is_in_the_way(scenarios):
                    group.create_task(life.renew(life.generation))


class EngineLife:
    """An engine, replaced by a fresh one of its kind when it is lost or in the way of its cells.

    Attributes:
        engine: it itself.
        generation: which one of its kind it is, counted from 0.
        is_gone: whether it did not come back, and others of its column go on without it.
    """

    def __init__(self, engine: Engine, column: EngineColumn) -> None:
        self.engine, self._column = engine, column
        self.generation = 0
        self.is_gone = False
        self._learned_hsts: frozenset[HstsEntry] = frozenset()
        self._renewing = asyncio.Lock()
        self._openings: asyncio.Semaphore | None = None

    @property
    def is_renewing(self) -> bool:
        """Whether it is being replaced, and all of its tabs are lost."""
        return self._renewing.locked()

    async def is_there(self) -> bool:
        """Whether it is not gone; waits until it is replaced where that is under way."""
        async with self._renewing:
            return not self.is_gone

    async def open(self, page: RunnerPage[S]) -> tuple[Tab | PageLost, int]:
        """A tab with the page, and which generation of the engine shows it, or failed to."""
        self._openings = self._openings or self._column.openings()
        async with self._openings:
            async with self._renewing:
                generation = self.generation
            return await page.open(self.engine), generation

    def learn(self, session: PageSession) -> None:
        """Takes note of the HSTS entries that the engine may have from a page that is over."""
        self._learned_hsts |= session.learned_hsts

    def is_in_the_way(self, scenarios: Iterable[Scenario]) -> bool:
        """Whether the engine would turn http into https for these, and must be renewed before."""
        return self.engine.shares_hsts and would_upgrade(self._learned_hsts, scenarios)

    async def give_up(
        self, session: PageSession, lost: PageLost, failures: int
    ) -> PageBatch | None:
        """Ends what a lost page had in flight; its engine has to be renewed then.

        Args:
            session: of the page.
            lost: how it was lost.
            failures: how many times in a row its cells were lost before without any progress.

        Returns:
            What the page has still to run, if anything.

        Raises:
            EngineFailed: it was lost too often, and no other engine of the column is there.
        """
        rest, in_flight = await session.give_up(lost)
        name, sessions = self._column.name, len(self._column.lives)
        self._column.emit(
            EngineLost(engine=name, detail=lost.why, in_flight=in_flight, sessions=sessions)
        )
        if not rest:
            return None
        failures = 0 if session.progress else failures + 1
        if failures == TRIES_WITHOUT_PROGRESS:
            why = f"{name} was lost {failures} times in a row: {lost.why}"
            self._leave(EngineFailed(why))
            failures = 0
        return PageBatch(cells=[bound.cell for bound in rest], failures_without_progress=failures)

    async def renew(self, generation: int) -> None:
        """Replaces the engine, once, however many tabs of this generation were lost with it.

        Where it does not come back it is gone.

        Raises:
            EngineFailed, EngineMissing: it does not, and no other one of the column is there.
        """
        async with self._renewing:
            if generation != self.generation or self.is_gone:
                return
            await self.engine.stop()
            try:
                await self._start_again()
            except (EngineFailed, EngineMissing) as error:
                self._leave(error)
            else:
                self.generation += 1
                self._learned_hsts = frozenset()

    async def _start_again(self) -> None:
        if len(self._column.there) > 1:
            await self._check_is_room()
        version, started = await self.engine.start(), self._column.started
        if started and (version.version, version.driver) != (started.version, started.driver):
            raise EngineFailed(
                f"{self._column.name} came back as {version.label} ({version.driver}), not as"
                f" {started.label} ({started.driver})"
            )

    async def _check_is_room(self) -> None:
        """Raises EngineFailed where no session could be had: others of the column go on at once."""
        deadline = asyncio.get_running_loop().time() + FREED_S
        while await free_sessions(self.engine) == 0:
            if asyncio.get_running_loop().time() >= deadline:
                raise EngineFailed(f"no slot for {self._column.name} is free")
            await asyncio.sleep(LOOK_S)

    def _leave(self, error: EngineFailed | EngineMissing) -> None:
        """Gives the engine up; raises `error` where no other one of the column is there."""
        self.is_gone = True
        left = len(self._column.there)
        if not left:
            raise error
        self._column.emit(
            FewerSessions(
                engine=self._column.name, sessions=left, of=len(self._column.lives), why=str(error)
            )
        )

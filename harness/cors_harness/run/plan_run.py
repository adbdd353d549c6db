"""PlanRun: the cells of one plan in engines and on servers that are up, as events."""

import asyncio
import platform
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cors_harness.advice.run_adviser import RunAdviser
from cors_harness.errors import HarnessError, ServerFailed
from cors_harness.model.cell import Cell, skipped
from cors_harness.model.events import (
    CellFinished,
    ConnectionsRefused,
    EngineVersion,
    RunStarted,
    ServerLost,
    StrayExchanges,
)
from cors_harness.model.exchange import Exchange
from cors_harness.planning.plan import Plan
from cors_harness.run.cell_results import CellCollector, EmitEvent
from cors_harness.run.engine_life import EngineColumn
from cors_harness.run.engine_run import EngineRun
from cors_harness.run.environment import RunEnvironment
from cors_harness.run.hidden_record import stated_secrets
from cors_harness.run.isolation import Isolation
from cors_harness.run.loop_thread import root_cause
from cors_harness.run.lost_servers import LostServers
from cors_harness.run.settings import RunSettings
from cors_harness.terms.secret_texts import hide_in_url

EXAMPLES = 5  # of stray exchanges, that are shown


class PlanRun:
    """One run of a plan; its engines and servers are started, and ended, by somebody else.

    Attributes:
        cells: those of the plan that can run; after `start`.
    """

    def __init__(
        self,
        plan: Plan,
        settings: RunSettings,
        environment: RunEnvironment[Any],
        columns: Mapping[str, EngineColumn],
        emit: EmitEvent,
    ) -> None:
        """Takes what runs.

        Args:
            plan: the cells.
            settings: how they run.
            environment: has what the plan needs; it has started.
            columns: the engines of it, by name.
            emit: gets the events.
        """
        self._plan, self._settings, self._emit = plan, settings, emit
        self._environment, self._columns = environment, columns
        self.cells: tuple[Cell, ...] = ()

    def start(self, engines: Sequence[EngineVersion]) -> None:
        """Emits what takes part, and the cells that cannot run."""
        under_test = self._environment.servers.under_test
        servers = under_test.versions({cell.server for cell in self._plan.cells})
        self._distributions = {server.name: server.made_of for server in servers}
        count = len(self._plan.cells) + len(self._plan.skips)
        self._emit(
            RunStarted(
                engines=tuple(engines),
                servers=servers,
                os=_os(),
                cells=count,
                advertised=self._environment.servers.advertising.told(),
            )
        )
        for fewer in self._environment.fewer:
            self._emit(fewer)
        if fingerprints := self._settings.fingerprints:
            under_test.output.known = stated_secrets(self._plan.cells, fingerprints)
        if self._settings.output_file:
            private = self._settings.fingerprints is None
            under_test.output.keep_in(self._settings.output_file, private=private)
        for skip in self._plan.skips:
            self._emit(CellFinished(record=skipped(skip.cell, skip.reason)))
        self.cells = tuple(self._emit_skips())

    async def run(self) -> None:
        """Runs the cells, and emits what is left over at the end; after `start`.

        Raises:
            HarnessError: an engine or a server failed; what was emitted before stands, and what had
                not run is emitted as that.
        """
        lost = LostServers(self.cells, self._emit)
        try:
            await self._run_cells(lost)
        except Exception as error:
            cause = root_cause(error)
            # A browser that somebody has open may join again: the live page tells what is left.
            if not self._settings.joined:
                is_bug = not isinstance(cause, HarnessError)
                lost.give_up(f"a bug of cors-harness, {cause!r}" if is_bug else str(cause))
            raise
        try:
            await self._emit_leftovers()
        except ServerFailed as failure:  # every cell has its record; only this is not known
            if not self._environment.servers.lost:
                self._emit(ServerLost(detail=str(failure), in_flight=0, left=0))

    def _emit_skips(self) -> Iterator[Cell]:
        """The cells that can run; of the others it emits why they are skipped."""
        environment = self._environment
        absent, unfit = environment.absent, environment.servers.under_test.unfit
        for cell in self._plan.cells:
            reason = absent.get(cell.engine) or unfit.get(cell.server) or environment.why_not(cell)
            if reason:
                self._emit(CellFinished(record=skipped(cell, reason)))
            else:
                yield cell

    async def _run_cells(self, lost: LostServers) -> None:
        """Runs the cells, once more where a server died and may be started again."""
        servers, isolation = self._environment.servers, Isolation(self._settings)
        adviser = RunAdviser(self._distributions)
        while True:
            collector = self._collector(lost.emit, isolation, adviser)
            try:
                await self._run_watched(collector, lost.left)
                break
            except* ServerFailed as group:
                if not servers.lost:
                    raise
                await collector.lose()
                is_users = await servers.lost_users_server()
                lost.note(_first(group), is_users=is_users)
            if not lost.left:
                break
            await servers.start_again(lost.left)
        if (advised := adviser.revised()) is not None:
            self._emit(advised)

    def _collector(
        self, emit: EmitEvent, isolation: Isolation, adviser: RunAdviser
    ) -> CellCollector:
        servers = self._environment.servers
        collector = CellCollector(
            servers.recorder,
            emit,
            servers.refusals,
            self._distributions,
            self._environment.without_console,
            isolation,
        )
        collector.adviser, collector.output = adviser, servers.under_test.output
        collector.fingerprints = self._settings.fingerprints
        collector.known = servers.under_test.output.known
        collector.are_servers_lost = lambda: servers.lost
        return collector

    async def _run_watched(self, collector: CellCollector, cells: Sequence[Cell]) -> None:
        servers = self._environment.servers
        async with asyncio.TaskGroup() as watching:
            watch = watching.create_task(servers.watch())
            async with asyncio.TaskGroup() as running:
                for turn in self._turns():
                    running.create_task(self._run_turn(turn, cells, collector))
            await servers.check()
            watch.cancel()

    def _turns(self) -> Sequence[Sequence[str]]:
        """Names of engines that run one after the other; these go on side by side."""
        names = sorted(self._environment.engines)
        return (
            [names] if self._environment.servers.under_test.reset.is_asked else [[n] for n in names]
        )

    async def _run_turn(
        self, names: Sequence[str], cells: Sequence[Cell], collector: CellCollector
    ) -> None:
        by_engine = self._cells_by_engine(cells)
        for name in names:
            await self._environment.servers.reset(name, by_engine[name])
            await self._run_engine(name, by_engine[name], collector)

    async def _run_engine(self, name: str, cells: Sequence[Cell], collector: CellCollector) -> None:
        servers = self._environment.servers
        await EngineRun(self._columns[name], servers, collector, self._settings).run(cells)

    def _cells_by_engine(self, cells: Sequence[Cell]) -> Mapping[str, Sequence[Cell]]:
        return {
            name: [cell for cell in cells if cell.engine == name]
            for name in self._environment.engines
        }

    async def _emit_leftovers(self) -> None:
        """Emits exchanges that belong to no cell, and what the gate refused."""
        servers = self._environment.servers
        strays = await servers.recorder.strays()
        if strays:
            examples = tuple(f"{e.kind} {e.method} {self._url(e)}" for e in strays[:EXAMPLES])
            count = len(strays) + servers.recorder.strays_dropped
            self._emit(StrayExchanges(count=count, examples=examples))
        refusals = await servers.refusals.all() if servers.refusals else ()
        if refusals:
            self._emit(ConnectionsRefused(refusals=refusals))

    def _url(self, exchange: Exchange) -> str:
        url, fingerprints = exchange.origin + exchange.target, self._settings.fingerprints
        return url if fingerprints is None else hide_in_url(url, fingerprints.of)


def _first(group: BaseExceptionGroup[ServerFailed]) -> ServerFailed:
    """What has died: whoever asked it for something failed too, by that."""
    failure = root_cause(group)
    return failure if isinstance(failure, ServerFailed) else ServerFailed(str(failure))


def _os() -> str:
    try:
        pretty = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:
        pretty = ""
    return f"{pretty or platform.platform()} ({platform.machine()})"

"""EngineBench: the rates of one engine by itself, by each of its drivers in turn."""

import time
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import NamedTuple

from cors_harness.bench.processes_used import CpuSeconds
from cors_harness.bench.raw_loop import run_raw
from cors_harness.bench.report import EngineRates
from cors_harness.bench.run_meter import Hear, RunMeter
from cors_harness.bench.workload import bench_cells, from_many_pages, from_real_origin
from cors_harness.engines.base import Engine, LaunchOptions
from cors_harness.engines.found import EngineFound
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine
from cors_harness.errors import EngineMissing
from cors_harness.model.cell import Cell
from cors_harness.model.events import EngineVersion, Event
from cors_harness.model.server import VERBATIM
from cors_harness.run.api import RunServers, run_cells

ROUNDS = 2  # all take turns, so that a slow minute of the machine hits them alike
WARM_UP = 60  # cells before that: a browser is slow at first, whatever it runs
LONE_CELLS = 12


def _ignore(_event: Event) -> None:
    """Takes an event that nobody wants."""


class _Servers(NamedTuple):
    """Called directly, through the wire recorder, and through the gate."""

    direct: RunServers
    recorded: RunServers
    gated: RunServers


class _Workload(NamedTuple):
    """The same cells on loopback, between real origins, and from many pages."""

    cells: Sequence[Cell]
    moved: Sequence[Cell]
    spread: Sequence[Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spent:
    """Seconds that calls took in each way; and the CPU time of the batches."""

    raw_s: float = 0.0
    batch_s: float = 0.0
    gated_s: float = 0.0
    cpu: CpuSeconds | None = field(default_factory=CpuSeconds)

    def __add__(self, other: "_Spent") -> "_Spent":
        return _Spent(
            raw_s=self.raw_s + other.raw_s,
            batch_s=self.batch_s + other.batch_s,
            gated_s=self.gated_s + other.gated_s,
            cpu=self.cpu + other.cpu if self.cpu and other.cpu else None,
        )


class _DriverBench:
    """One driver of the engine, which has started."""

    def __init__(self, version: EngineVersion, engine: Engine, servers: _Servers) -> None:
        self._version, self._engine, self._servers = version, engine, servers
        self._spent, self._spread_s, self._lone_s = _Spent(), 0.0, 0.0

    async def warm_up(self, workload: _Workload) -> None:
        """Makes the first calls, which count for nothing."""
        await self._turn(workload.cells[:WARM_UP], workload.moved[:WARM_UP])

    async def take_turn(self, cells: Sequence[Cell], moved: Sequence[Cell]) -> None:
        """Makes the calls of one round, in each way once."""
        self._spent += await self._turn(cells, moved)

    async def _turn(self, cells: Sequence[Cell], moved: Sequence[Cell]) -> _Spent:
        direct, recorded, gated = self._servers
        raw_s = await _seconds(run_raw(self._engine, direct, cells, self._engine.at_once))
        meter = RunMeter(len(cells))
        batch_s = await _seconds(self._batch(recorded, cells, meter.hear))
        gated_s = await _seconds(self._batch(gated, moved))
        return _Spent(raw_s=raw_s, batch_s=batch_s, gated_s=gated_s, cpu=meter.result().cpu)

    async def finish(self, spread: Sequence[Cell], lone: Sequence[Cell]) -> None:
        """Makes the calls from many pages, and each of `lone` in a context of its own."""
        self._spread_s = await _seconds(self._batch(self._servers.gated, spread))
        for cell in lone:
            self._lone_s += await _seconds(run_raw(self._engine, self._servers.direct, [cell], 1))

    async def _batch(
        self, servers: RunServers, cells: Sequence[Cell], hear: Hear = _ignore
    ) -> None:
        await run_cells(self._version.name, self._engine, servers, cells, hear)

    def rates(self, cells: int, lone: int) -> EngineRates:
        """Of so many cells in each way, and so many lone ones."""
        spent = self._spent
        return EngineRates(
            name=self._version.name,
            cells=cells,
            driver=self._version.driver,
            raw_per_s=round(cells / spent.raw_s, 1),
            batch_per_s=round(cells / spent.batch_s, 1),
            gated_per_s=round(cells / spent.gated_s, 1),
            many_pages_per_s=round(cells / self._spread_s, 1),
            isolated_per_s=round(lone / self._lone_s, 2),
            cpu=spent.cpu,
        )


class EngineBench:
    """One engine, started once by each of its drivers for all measurements.

    Attributes:
        left_out: why a driver was not measured, a sentence each.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.left_out: list[str] = []

    async def rates(self, cells: Sequence[Cell]) -> tuple[EngineRates, ...]:
        """The rates by each driver, that of runs first.

        Raises:
            HarnessError: the engine by the driver of runs, or a server, is missing or fails.
        """
        async with AsyncExitStack() as stack:
            # Any other server would need an instance for each policy and page.
            spread = from_many_pages(bench_cells(self._name, len(cells), (VERBATIM,)))
            workload = _Workload(cells, from_real_origin(cells), spread)
            direct, _ = await _start_servers(stack, cells, recorded=False)
            recorded, _ = await _start_servers(stack, cells, recorded=True)
            gated_cells = (*workload.moved, *workload.spread)
            gated, options = await _start_servers(stack, gated_cells, recorded=True)
            servers = _Servers(direct, recorded, gated)
            benches = await self._start_drivers(stack, options, servers)
            return await _measured(benches, workload)

    async def _start_drivers(
        self, stack: AsyncExitStack, options: LaunchOptions, servers: _Servers
    ) -> list[_DriverBench]:
        usual = find_engine(self._name)
        benches = [await self._start_driver(usual, stack, options, servers)]
        try:
            other = find_engine(self._name, by_playwright=True)
            if other.driver is not usual.driver:
                benches.append(await self._start_driver(other, stack, options, servers))
        except EngineMissing as missing:  # that driver cannot drive this version
            self.left_out.append(str(missing))
        return benches

    async def _start_driver(
        self, found: EngineFound, stack: AsyncExitStack, options: LaunchOptions, servers: _Servers
    ) -> _DriverBench:
        engine = make_engine(found, options)
        stack.push_async_callback(engine.stop)
        version = await engine.start()
        return _DriverBench(version, engine, servers)


async def _start_servers(
    stack: AsyncExitStack, cells: Sequence[Cell], *, recorded: bool
) -> tuple[RunServers, LaunchOptions]:
    servers = RunServers(recorded=recorded)
    stack.push_async_callback(servers.stop)
    options = servers.bind(cells, headed=False)
    await servers.start(cells)
    return servers, options


async def _measured(
    benches: Sequence[_DriverBench], workload: _Workload
) -> tuple[EngineRates, ...]:
    """The rates by each driver; they take turns."""
    for bench in benches:
        await bench.warm_up(workload)
    for number in range(ROUNDS):
        for bench in benches:
            cells, moved = workload.cells[number::ROUNDS], workload.moved[number::ROUNDS]
            await bench.take_turn(cells, moved)
    lone = workload.cells[:LONE_CELLS]
    for bench in benches:
        await bench.finish(workload.spread, lone)
    return tuple(bench.rates(len(workload.cells), len(lone)) for bench in benches)


async def _seconds(work: Awaitable[None]) -> float:
    began = time.monotonic()
    await work
    return time.monotonic() - began

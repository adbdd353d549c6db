"""measure(): how many cells a second each engine runs, alone and beside the others: BenchReport."""

import asyncio
import dataclasses
import resource
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from typing import Any, NamedTuple

from cors_harness.engines.base import Engine, LaunchOptions
from cors_harness.engines.provision import find_engine
from cors_harness.engines.registry import make_engine
from cors_harness.errors import NothingSelected
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.answer import Answer
from cors_harness.model.cell import Cell
from cors_harness.model.events import RunFinished
from cors_harness.model.scenario import Outcome, PageSpec, Scenario
from cors_harness.model.server import VERBATIM, is_deployed
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.planning.real_origins import relocated
from cors_harness.run.api import RunServers, run, run_cells, run_in_thread
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.serving.page.server import PageReplies, Payload
from cors_harness.shipped_folders import scenarios_folder
from cors_harness.terms.origin import Origin, parse_origin


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRates:
    """The rates of one engine, in cells a second.

    Attributes:
        raw_per_s: a bare fetch loop in one page, straight at the servers, nothing recorded.
        batch_per_s: the harness' batches of the same calls, recorded, joined and judged.
        gated_per_s: the same batches between real origins: through the gate, TLS and HTTP/2.
        many_pages_per_s: those on the verbatim server from pages of twenty origins.
        isolated_per_s: one fresh browser context for each call, one after the other.
    """

    name: str
    raw_per_s: float
    batch_per_s: float
    gated_per_s: float
    many_pages_per_s: float
    isolated_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReport:
    """What `cors-harness bench` measured: each engine by itself, then all of them side by side.

    Attributes:
        cells: how many ran side by side, over all engines.
        wall_s: seconds that took, from the engines being up to the last verdict.
        peak_rss_mb: the most memory that the harness' own process ever had, in 10^6 bytes.
    """

    engines: tuple[EngineRates, ...]
    cells: int
    wall_s: float
    peak_rss_mb: float

    def to_json(self) -> dict[str, Any]:
        """The document that `bench --json` prints."""
        return asdict(self)


PLAIN_OUTCOMES = {Outcome.ALLOWED, Outcome.BLOCKED, Outcome.OPAQUE}


def bench_cells(engine: str, count: int, servers: tuple[str, ...] = ()) -> tuple[Cell, ...]:
    """`count` cells of one engine; on `servers` only, if any are named."""
    quick = [scenario for scenario in load_scenarios([scenarios_folder()]) if _is_quick(scenario)]
    if not quick:
        raise NothingSelected("bench: no shipped scenario is a single quick call")
    plan = make_plan(quick, all_servers(), Selection(engines=(engine,), servers=servers))
    return tuple(islice(cycle(plan.cells), count))


def _is_quick(scenario: Scenario) -> bool:
    """Whether it is one call from 127.0.0.1, without cookies, waits, redirects or faults."""
    step = scenario.steps[0]
    return (
        len(scenario.steps) == 1
        and scenario.page == PageSpec()
        and not scenario.origins
        and not any(is_deployed(name) for name in scenario.named_servers())
        and not scenario.isolated
        and step.delay_ms == 0
        and step.call.timeout_ms is None
        and step.call.redirect is None
        and bool(step.expect.outcome)
        and PLAIN_OUTCOMES.issuperset(step.expect.outcome)
        and all(_is_plain(answer) for answer in scenario.answers or ())
    )


def _is_plain(answer: Answer) -> bool:
    """Whether nothing makes an engine wait, follow, remember, or block without saying why."""
    names = {name.lower() for name, _ in answer.headers}
    unprintable = any(not value.isprintable() for _, value in answer.headers)
    return not (
        unprintable or answer.fault or answer.delay_ms or names & {"set-cookie", "location"}
    )


ROUNDS = 2  # raw and batch take turns, so that a slow minute of the machine hits both
LONE_CELLS = 12
PAGE, SERVER = parse_origin("https://app.example.com"), parse_origin("https://api.example.org")
PAGES = tuple(parse_origin(f"https://app{number}.example.com") for number in range(20))
Say = Callable[[str], None]


def measure(engines: Sequence[str], cells: int, say: Say) -> BenchReport:
    """Measures every engine by itself, then all of them with `cells` cells in all.

    Args:
        engines: names.
        cells: cells over all engines; each engine runs its share.
        say: takes a line of progress.

    Raises:
        HarnessError: an engine or a server is missing or fails.
    """
    share = max(1, cells // len(engines))
    rates = []
    for name in engines:
        say(f"{name}: raw loop, batches, many page origins, lone contexts, {share} cells")
        rates.append(run_in_thread(_EngineBench(name).rates(bench_cells(name, share))))
    say(f"all side by side, {share * len(engines)} cells")
    finished = _side_by_side(engines, share)
    return BenchReport(
        engines=tuple(rates),
        cells=finished.cells,
        wall_s=round(finished.cells_s, 2),
        peak_rss_mb=_peak_rss_mb(),
    )


class _EngineBench:
    """One engine, started once for all of its measurements."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def rates(self, cells: Sequence[Cell]) -> EngineRates:
        async with AsyncExitStack() as stack:
            direct, _ = await self._start_servers(stack, cells, recorded=False)
            recorded, _ = await self._start_servers(stack, cells, recorded=True)
            # Any other server would need an instance for each policy and page.
            spread = bench_cells(self._name, len(cells), (VERBATIM,))
            moved = tuple(map(_between_real_origins, cells))
            workload = _Workload(cells, moved, _from_many_pages(spread))
            gated_cells = (*workload.moved, *workload.spread)
            gated, options = await self._start_servers(stack, gated_cells, recorded=True)
            engine = make_engine(find_engine(self._name), options)
            stack.push_async_callback(engine.stop)
            await engine.start()
            return await self._measure(engine, _Servers(direct, recorded, gated), workload)

    async def _start_servers(
        self, stack: AsyncExitStack, cells: Sequence[Cell], *, recorded: bool
    ) -> tuple[RunServers, LaunchOptions]:
        servers = RunServers(recorded=recorded)
        stack.push_async_callback(servers.stop)
        options = servers.bind(cells, headed=False)
        await servers.start(cells)
        return servers, options

    async def _measure(
        self, engine: Engine, servers: "_Servers", workload: "_Workload"
    ) -> EngineRates:
        direct, recorded, gated = servers
        cells, moved, spread = workload
        raw_s = batch_s = gated_s = 0.0
        for number in range(ROUNDS):
            part = cells[number::ROUNDS]
            raw_s += await _seconds(run_raw(engine, direct, part, engine.at_once))
            batch_s += await _seconds(self._batch(engine, recorded, part))
            gated_s += await _seconds(self._batch(engine, gated, moved[number::ROUNDS]))
        spread_s = await _seconds(self._batch(engine, gated, spread))
        lone = cells[:LONE_CELLS]
        lone_s = await _seconds(self._lone(engine, direct, lone))
        return EngineRates(
            name=self._name,
            raw_per_s=round(len(cells) / raw_s, 1),
            batch_per_s=round(len(cells) / batch_s, 1),
            gated_per_s=round(len(cells) / gated_s, 1),
            many_pages_per_s=round(len(spread) / spread_s, 1),
            isolated_per_s=round(len(lone) / lone_s, 2),
        )

    async def _batch(self, engine: Engine, servers: RunServers, cells: Sequence[Cell]) -> None:
        await run_cells(self._name, engine, servers, cells)

    async def _lone(self, engine: Engine, servers: RunServers, cells: Sequence[Cell]) -> None:
        for cell in cells:
            await run_raw(engine, servers, [cell], 1)


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


def _between_real_origins(cell: Cell, page: Origin = PAGE) -> Cell:
    (scenario,) = relocated([cell.scenario], page, SERVER)
    return dataclasses.replace(cell, scenario=scenario)


def _from_many_pages(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(map(_between_real_origins, cells, cycle(PAGES)))


async def _seconds(work: Awaitable[None]) -> float:
    began = time.monotonic()
    await work
    return time.monotonic() - began


def _side_by_side(engines: Sequence[str], share: int) -> RunFinished:
    cells = tuple(cell for name in engines for cell in bench_cells(name, share))
    events = run(Plan(cells=cells, skips=()), RunSettings())
    return [event for event in events if isinstance(event, RunFinished)][-1]


def _peak_rss_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, else KiB
    return round(peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6, 1)


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
    url = f"http://127.0.0.1:{servers.pages.port}/harness/raw.html?session=raw"
    tab = await engine.open(url, lambda _line: None)
    try:
        await asyncio.wait_for(loop.is_over.wait(), 600)
    finally:
        await tab.close()
        del servers.pages.sessions["raw"]

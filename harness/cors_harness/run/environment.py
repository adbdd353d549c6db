"""RunEnvironment: the servers and engines of one run, started side by side and ended together."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Generic, TypeVar

from cors_harness.engines.base import Engine, LaunchOptions, PageNeed, free_sessions
from cors_harness.engines.found import EngineFound
from cors_harness.engines.joined import JoinedEngine
from cors_harness.engines.playwright_builds import find_channel
from cors_harness.engines.provision import find_engine, install_hint
from cors_harness.engines.registry import make_engine, make_remote
from cors_harness.errors import EngineFailed, EngineMissing, HarnessError
from cors_harness.installing.machine import this_machine
from cors_harness.model.advertised import Reach
from cors_harness.model.cell import Cell
from cors_harness.model.events import EngineVersion, FewerSessions
from cors_harness.processes.descriptors import check_enough_descriptors
from cors_harness.processes.memory import address_space_limit, check_enough_address_space
from cors_harness.run.advertising import Advertising
from cors_harness.run.cell_results import EmitEvent
from cors_harness.run.engine_life import EngineColumn
from cors_harness.run.page_needs import why_not
from cors_harness.run.run_servers import RunServers, end_all
from cors_harness.run.settings import RunSettings

T = TypeVar("T")


class RunEnvironment(Generic[T]):
    """Servers and engines, from `start`, which is called within `run`, to the end of `run`.

    Attributes:
        servers: all that answers requests.
        engines: those that run, by name.
        sessions: of each of them all that run, itself among them, by name.
        versions: what they are, by name.
        fewer: of which fewer sessions run than the settings ask for.
        absent: why an engine is not there, by name; only where the settings allow that.
    """

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        host = settings.advertise if settings.reach or settings.remotes else ""
        advertising = Advertising(host, settings.reach)
        self.servers = RunServers(subject=settings.subject, advertising=advertising)
        self.engines: dict[str, Engine] = {}
        self.sessions: dict[str, Sequence[Engine]] = {}
        self.versions: dict[str, EngineVersion] = {}
        self.fewer: list[FewerSessions] = []
        self.absent: dict[str, str] = {}
        self._made: list[_Sessions] = []  # also those that have not started, or will not
        self._task: asyncio.Task[T] | None = None
        self._cancelled = False

    @property
    def without_console(self) -> frozenset[str]:
        """Names of the engines that run and whose console cannot be read."""
        return frozenset(name for name, engine in self.engines.items() if not engine.hears_console)

    async def run(self, main: Callable[[AsyncExitStack], Coroutine[Any, Any, T]]) -> T:
        """What `main` returns or raises; CancelledError after `cancel`.

        Everything that was started has ended by then. `main` gets the stack that ends it.
        """
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.servers.stop)
            self._task = asyncio.create_task(main(stack))
            if self._cancelled:
                self._task.cancel()
            return await self._task

    def cancel(self) -> None:
        """Ends `main` early, also before it has begun; what is already ending is left in peace."""
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()

    async def start(
        self,
        names: Sequence[str],
        cells: Sequence[Cell],
        stack: AsyncExitStack,
        *,
        real_origins: bool = False,
    ) -> tuple[EngineVersion, ...]:
        """Starts engines, and what the cells need of servers; returns the engines that run.

        Args:
            names: of engines.
            cells: those that are known by now.
            stack: ends the engines.
            real_origins: whether cells that come later may need real origins.

        Raises:
            EngineMissing: an engine is not installed; says the command that installs it.
            EngineFailed: an engine does not start.
            HarnessError: too few files may be open, too little memory be reserved, or a server
                does not start, see `RunServers.start`.
        """
        check_enough_descriptors()
        check_enough_address_space()
        stack.push_async_callback(self._stop_engines)
        options = self.servers.bind(cells, headed=self._settings.headed, real=real_origins)
        away = [name for name in names if self._is_away(name)]
        starting = [*await self._start_away(away, options)]
        async with asyncio.TaskGroup() as group:
            group.create_task(self.servers.start(cells))
            starting += [
                group.create_task(self._start_engine(name, options))
                for name in names
                if name not in away
            ]
        self.servers.without_proxy = frozenset(
            name for name, engine in self.engines.items() if PageNeed.PROXY in engine.lacks
        )
        versions = (task.result() for task in starting)
        return tuple(version for version in versions if version is not None)

    def waiting_for(self, names: Sequence[str]) -> tuple[str, ...]:
        """What of the engines `names`, and of what serves, has not started by now."""
        up = self.versions.keys() | self.absent.keys()
        servers = () if self.servers.are_up else (self.servers.name,)
        return (*servers, *(name for name in names if name not in up))

    def columns(self, emit: EmitEvent) -> Mapping[str, EngineColumn]:
        """The engines that run, by name; `emit` gets what becomes of them."""
        return {
            name: EngineColumn(name, self.sessions[name], self.servers, emit, self.versions[name])
            for name in self.engines
        }

    def why_not(self, cell: Cell) -> str:
        """Why the engine of a cell, which runs, cannot run it, as a sentence; empty: it can."""
        advertising, engine = self.servers.advertising, self.engines[cell.engine]
        if why := advertising.why_unreachable(cell):
            return why
        if self._settings.isolated and PageNeed.FRESH_CONTEXT in engine.lacks:
            return engine.lacks[PageNeed.FRESH_CONTEXT]
        return why_not(cell, engine, is_away=advertising.has(cell.engine))

    def _is_away(self, name: str) -> bool:
        """Whether an engine on another machine calls by what is advertised."""
        return bool(self._settings.advertise) and name in self._settings.remotes

    async def _start_away(
        self, names: Sequence[str], options: LaunchOptions
    ) -> Sequence[asyncio.Task[EngineVersion | None]]:
        """Starts engines on other machines; how they get at the servers decides their origins."""
        async with asyncio.TaskGroup() as group:
            starting = [group.create_task(self._start_engine(name, options)) for name in names]
        for name in self.engines.keys() & {*names}:
            has_proxy = PageNeed.PROXY not in self.engines[name].lacks
            self.servers.advertising.add(name, Reach.GATE if has_proxy else Reach.DIRECT)
        return starting

    async def _stop_engines(self) -> None:
        await end_all(sessions.stop() for sessions in self._made)

    async def _start_engine(self, name: str, options: LaunchOptions) -> EngineVersion | None:
        starting = _Sessions()
        self._made.append(starting)
        try:
            make = await self._engine_maker(name, options)
            version = await starting.start(make())
        except (EngineMissing, EngineFailed) as error:
            is_local = name not in {*self._settings.remotes, *self._settings.joined}
            explained = _with_what_helps(name, error) if is_local else error
            if not self._settings.allow_missing:
                raise explained from error
            self.absent[name] = str(explained)
            return None
        wanted = self._settings.sessions.get(name, 1)
        why = await starting.start_more(wanted - 1, make, version)
        self.engines[name], self.sessions[name] = starting.running[0], tuple(starting.running)
        started = self.versions[name] = replace(version, sessions=len(starting.running))
        if started.sessions < wanted:
            fewer = FewerSessions(engine=name, sessions=started.sessions, of=wanted, why=why)
            self.fewer.append(fewer)
        return started

    async def _engine_maker(self, name: str, options: LaunchOptions) -> Callable[[], Engine]:
        if joined := self._settings.joined.get(name):
            return lambda: JoinedEngine(joined)
        if remote := self._settings.remotes.get(name):
            return lambda: make_remote(remote, options)
        found = await asyncio.to_thread(self._find_engine, name)
        return lambda: make_engine(found, options)

    def _find_engine(self, name: str) -> EngineFound:
        """The browser of an engine; reads files and runs programs, so it is called in a thread."""
        executable = self._settings.executables.get(name)
        by_channel = None if executable else find_channel(name, self._settings.channel)
        return by_channel or find_engine(
            name,
            executable,
            headed=self._settings.headed,
            by_playwright=self._settings.by_playwright,
        )


class _Sessions:
    """Sessions of one browser, from before they start until all of them have ended.

    Attributes:
        running: those that have started.
    """

    def __init__(self) -> None:
        self._all: list[Engine] = []
        self.running: list[Engine] = []

    async def start(self, engine: Engine) -> EngineVersion:
        """Starts one more; raises as `Engine.start`."""
        self._all.append(engine)
        version = await engine.start()
        self.running.append(engine)
        return version

    async def start_more(self, count: int, make: Callable[[], Engine], first: EngineVersion) -> str:
        """Starts more of what the first one is, where there is room; why not all, if so."""
        free = await free_sessions(self.running[0]) if count else None
        room = count if free is None else min(count, free)
        async with asyncio.TaskGroup() as group:
            starting = [group.create_task(self._start_like(make(), first)) for _ in range(room)]
        reasons = (task.result() for task in starting)
        full = "no other slot for it is free" if room < count else ""
        return next(filter(None, reasons), full)

    async def _start_like(self, engine: Engine, first: EngineVersion) -> str:
        """Starts one more; why it did not, or is of no use."""
        try:
            version = await self.start(engine)
        except (EngineMissing, EngineFailed) as error:
            return str(error)
        if (version.version, version.driver) == (first.version, first.driver):
            return ""
        self.running.remove(engine)
        await engine.stop()
        return f"one is {version.label} ({version.driver}), not {first.label} ({first.driver})"

    async def stop(self) -> None:
        """Ends all of them."""
        await end_all(engine.stop() for engine in self._all)


def _with_what_helps(name: str, error: HarnessError) -> HarnessError:
    if isinstance(error, EngineMissing):
        return error
    if limit := address_space_limit():
        return EngineFailed(f"{error}\n  {limit}")
    command = install_hint(this_machine(), name)
    return EngineFailed(f"{error}\n  install one that does with: {command}")

"""RunEnvironment: the servers and engines of one run, started side by side and ended together."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Generic, TypeVar

from cors_harness.engines.base import Engine, LaunchOptions, PageNeed
from cors_harness.engines.found import EngineFound
from cors_harness.engines.playwright_builds import find_channel
from cors_harness.engines.provision import find_engine, install_hint
from cors_harness.engines.registry import make_engine, make_remote
from cors_harness.errors import EngineFailed, EngineMissing, HarnessError
from cors_harness.installing.machine import this_machine
from cors_harness.model.advertised import Reach
from cors_harness.model.cell import Cell
from cors_harness.model.events import EngineVersion
from cors_harness.run.advertising import Advertising
from cors_harness.run.page_needs import why_not
from cors_harness.run.run_servers import RunServers
from cors_harness.run.settings import RunSettings

T = TypeVar("T")


class RunEnvironment(Generic[T]):
    """Servers and engines, from `start`, which is called within `run`, to the end of `run`.

    Attributes:
        servers: all that answers requests.
        engines: those that run, by name.
        absent: why an engine is not there, by name; only where the settings allow that.
    """

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        host = settings.advertise if settings.reach or settings.remotes else ""
        advertising = Advertising(host, settings.reach)
        self.servers = RunServers(subject=settings.subject, advertising=advertising)
        self.engines: dict[str, Engine] = {}
        self.absent: dict[str, str] = {}
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
            HarnessError: a server does not start, see `RunServers.start`.
        """
        options = self.servers.bind(cells, headed=self._settings.headed, real=real_origins)
        away = [name for name in names if self._is_away(name)]
        starting = [*await self._start_away(away, options, stack)]
        async with asyncio.TaskGroup() as group:
            group.create_task(self.servers.start(cells))
            starting += [
                group.create_task(self._start_engine(name, options, stack))
                for name in names
                if name not in away
            ]
        self.servers.without_proxy = frozenset(
            name for name, engine in self.engines.items() if PageNeed.PROXY in engine.lacks
        )
        versions = (task.result() for task in starting)
        return tuple(version for version in versions if version is not None)

    def why_not(self, cell: Cell) -> str:
        """Why the engine of a cell, which runs, cannot run it, as a sentence; empty: it can."""
        advertising, engine = self.servers.advertising, self.engines[cell.engine]
        unreachable = advertising.why_unreachable(cell)
        return unreachable or why_not(cell, engine, is_away=advertising.has(cell.engine))

    def _is_away(self, name: str) -> bool:
        """Whether an engine on another machine calls by what is advertised."""
        return bool(self._settings.advertise) and name in self._settings.remotes

    async def _start_away(
        self, names: Sequence[str], options: LaunchOptions, stack: AsyncExitStack
    ) -> Sequence[asyncio.Task[EngineVersion | None]]:
        """Starts engines on other machines; how they get at the servers decides their origins."""
        async with asyncio.TaskGroup() as group:
            starting = [
                group.create_task(self._start_engine(name, options, stack)) for name in names
            ]
        for name in self.engines.keys() & {*names}:
            has_proxy = PageNeed.PROXY not in self.engines[name].lacks
            self.servers.advertising.add(name, Reach.GATE if has_proxy else Reach.DIRECT)
        return starting

    async def _start_engine(
        self, name: str, options: LaunchOptions, stack: AsyncExitStack
    ) -> EngineVersion | None:
        try:
            engine = await self._make_engine(name, options)
            stack.push_async_callback(engine.stop)
            version = await engine.start()
        except (EngineMissing, EngineFailed) as error:
            is_remote = name in self._settings.remotes
            explained = error if is_remote else _with_install_command(name, error)
            if not self._settings.allow_missing:
                raise explained from error
            self.absent[name] = str(explained)
            return None
        self.engines[name] = engine
        return version

    async def _make_engine(self, name: str, options: LaunchOptions) -> Engine:
        if remote := self._settings.remotes.get(name):
            return make_remote(remote, options)
        return make_engine(await asyncio.to_thread(self._find_engine, name), options)

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


def _with_install_command(name: str, error: HarnessError) -> HarnessError:
    if isinstance(error, EngineMissing):
        return error
    command = install_hint(this_machine(), name)
    return EngineFailed(f"{error}\n  install one that does with: {command}")

"""RunEnvironment: the servers and engines of one run, started side by side and ended together."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any, Generic, TypeVar

from cors_harness.engines.base import Engine, LaunchOptions
from cors_harness.engines.found import EngineFound
from cors_harness.engines.playwright_builds import find_channel
from cors_harness.engines.provision import find_engine, install_hint
from cors_harness.engines.registry import make_engine
from cors_harness.errors import EngineFailed, EngineMissing, HarnessError
from cors_harness.installing.machine import this_machine
from cors_harness.model.cell import Cell
from cors_harness.model.events import EngineVersion
from cors_harness.run.advertising import Advertising
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
        host = settings.advertise if settings.reach else ""
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
        async with asyncio.TaskGroup() as group:
            group.create_task(self.servers.start(cells))
            starting = [
                group.create_task(self._start_engine(name, options, stack)) for name in names
            ]
        versions = (task.result() for task in starting)
        return tuple(version for version in versions if version is not None)

    async def _start_engine(
        self, name: str, options: LaunchOptions, stack: AsyncExitStack
    ) -> EngineVersion | None:
        try:
            found = await asyncio.to_thread(self._find_engine, name)
            engine = make_engine(found, options)
            stack.push_async_callback(engine.stop)
            version = await engine.start()
        except (EngineMissing, EngineFailed) as error:
            explained = _with_install_command(name, error)
            if not self._settings.allow_missing:
                raise explained from error
            self.absent[name] = str(explained)
            return None
        self.engines[name] = engine
        return version

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

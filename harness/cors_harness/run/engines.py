"""Engines: the browsers of a run, found and started side by side."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from cors_harness.engines.base import Engine, LaunchOptions
from cors_harness.engines.found import EngineFound
from cors_harness.engines.playwright_builds import find_channel
from cors_harness.engines.provision import find_engine, install_hint
from cors_harness.engines.registry import make_engine
from cors_harness.errors import EngineFailed, EngineMissing, HarnessError
from cors_harness.installing.machine import this_machine
from cors_harness.model.events import EngineVersion
from cors_harness.run.settings import RunSettings


class Engines:
    """Those that have started, and those that are not there.

    Attributes:
        running: by name.
        absent: why one is not there, by name; only where the settings allow that.
    """

    def __init__(self, settings: RunSettings) -> None:
        self._settings = settings
        self.running: dict[str, Engine] = {}
        self.absent: dict[str, str] = {}

    async def start(
        self, names: Sequence[str], ways: LaunchOptions, stack: AsyncExitStack
    ) -> tuple[EngineVersion, ...]:
        """Starts them; they are stopped with `stack`.

        Raises:
            EngineMissing: one is not installed; says the command that installs it.
            EngineFailed: one does not start.
        """
        async with asyncio.TaskGroup() as group:
            starting = [group.create_task(self._start(name, ways, stack)) for name in names]
        found = (task.result() for task in starting)
        return tuple(version for version in found if version is not None)

    async def _start(
        self, name: str, ways: LaunchOptions, stack: AsyncExitStack
    ) -> EngineVersion | None:
        try:
            found = await asyncio.to_thread(self._find, name)
            engine = make_engine(found, ways)
            stack.push_async_callback(engine.stop)
            version = await engine.start()
        except (EngineMissing, EngineFailed) as trouble:
            told = _with_install_command(name, trouble)
            if not self._settings.allow_missing:
                raise told from trouble
            self.absent[name] = str(told)
            return None
        self.running[name] = engine
        return version

    def _find(self, name: str) -> EngineFound:
        """May read files and run programs with `--version`; for a thread."""
        executable = self._settings.executables.get(name)
        by_channel = None if executable else find_channel(name, self._settings.channel)
        return by_channel or find_engine(name, executable, headed=self._settings.headed)


def _with_install_command(name: str, trouble: HarnessError) -> HarnessError:
    if isinstance(trouble, EngineMissing):
        return trouble
    command = install_hint(this_machine(), name)
    return EngineFailed(f"{trouble}\n  install one that does with: {command}")

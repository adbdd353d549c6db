"""GuardedProcess: a foreign program under its guardian, which ends it when we end."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cors_harness.processes.child_process import ChildProcess
from cors_harness.processes.groups import ending_with_parent

GUARDIAN = Path(__file__).with_name("guardian.py")
STOP_TIMEOUT_S = 10  # longer than the guardian's own patience


class GuardedProcess(ChildProcess):
    """A program that ends, with all that it has started, when we end, however we ended."""

    def __init__(self, name: str, folder: Path) -> None:
        """`name`: what messages call it; `folder`: its own, removed at its end."""
        super().__init__(name, STOP_TIMEOUT_S)
        self._folder = folder

    async def _launch(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], fds: Sequence[int] = ()
    ) -> None:
        """Starts it in the folder `cwd`, with that environment and the file descriptors `fds`."""
        guardian = (sys.executable, "-I", "-S", str(GUARDIAN), str(self._folder))
        await self._spawn(*guardian, *ending_with_parent(), *argv, cwd=cwd, env=env, pass_fds=fds)

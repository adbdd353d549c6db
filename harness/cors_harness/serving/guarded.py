"""Guarded: a program under its guardian, with all its processes and the log it writes."""

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from pathlib import Path

from cors_harness.serving.leader import Leader

GUARDIAN = Path(__file__).with_name("guardian.py")
STOP_TIMEOUT_S = 10  # longer than the guardian's own patience
LOG_TAIL = 8 * 1024  # bytes
# Colours, and whatever else would do something to the terminal that shows it.
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Guarded(Leader):
    """A program that ends, with all that it has started, when we end, however we ended."""

    def __init__(self, name: str, folder: Path) -> None:
        """`name`: what messages call it; `folder`: for its log, removed at its end."""
        super().__init__()
        self._name, self._folder = name, folder

    async def _launch(
        self, argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], fds: Sequence[int] = ()
    ) -> None:
        """Starts it in the folder `cwd`, with that environment and the file descriptors `fds`."""
        with self._log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(GUARDIAN), str(self._folder)),
                *_ending_with_guardian(),
                *argv,
                stdin=PIPE,
                stdout=log,
                stderr=log,
                cwd=cwd,
                env=env,
                pass_fds=fds,
                start_new_session=True,
            )

    async def ended(self) -> None:
        """Waits for its end, and ends workers that a master has left over."""
        if self._process:
            await self._process.wait()
            self._kill()

    @property
    def _what(self) -> str:
        return self._name

    @property
    def _patience_s(self) -> float:
        return STOP_TIMEOUT_S

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _log_tail(self) -> str:
        """The end of what it wrote to stdout and stderr; empty where that is nothing."""
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - LOG_TAIL))
                return CONTROL.sub("", log.read().decode(errors="replace")).strip()
        except FileNotFoundError:  # the guardian has removed it
            return ""

    def _said(self) -> str:
        text = self._log_tail()
        return f"; the end of its log:\n{text}" if text else "; its log is empty"


def _ending_with_guardian() -> tuple[str, ...]:
    """On Linux the program also ends when its guardian is killed and has no chance to end it."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "TERM", "--") if setpriv and sys.platform == "linux" else ()

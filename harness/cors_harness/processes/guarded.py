"""Leader: a process of ours that leads a group of its own and ends when its stdin does."""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import sys
from abc import ABC, abstractmethod
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path

from cors_harness.errors import ServerFailed


class ChildProcess(ABC):
    """What is alike about ending such processes, and about noticing that one has ended."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int:
        """Its process id, which is that of its group too; 0 before it is started."""
        return self._process.pid if self._process else 0

    def check(self) -> None:
        """Raises ServerFailed, with its last words, when it ended by itself."""
        if not self._stopping and self._process and self._process.returncode is not None:
            status = self._process.returncode
            raise ServerFailed(f"{self._what} ended with status {status}{self._when}{self._said()}")

    @abstractmethod
    async def ended(self) -> None:
        """Waits for its end."""

    async def stop(self) -> None:
        """Ends it: by the end of its stdin, else by a signal to its group; idempotent."""
        self._stopping = True
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            async with asyncio.timeout(self._patience_s):
                await self.ended()
        except TimeoutError:
            self._kill()
            await self.ended()

    def _kill(self) -> None:
        """Kills it and what it started; the group is still its own while any of them is there."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    @property
    @abstractmethod
    def _what(self) -> str:
        """What messages call it."""

    @property
    def _when(self) -> str:
        """When it ended, as words behind the status; empty where that tells nothing."""
        return ""

    @property
    @abstractmethod
    def _patience_s(self) -> float:
        """Seconds that it gets to end by itself."""

    @abstractmethod
    def _said(self) -> str:
        """The end of what it said, as the end of a sentence."""


GUARDIAN = Path(__file__).with_name("guardian.py")
STOP_TIMEOUT_S = 10  # longer than the guardian's own patience
LOG_TAIL = 8 * 1024  # bytes
# Colours, and whatever else would do something to the terminal that shows it.
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class GuardedProcess(ChildProcess):
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

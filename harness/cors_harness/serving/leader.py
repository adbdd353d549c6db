"""Leader: a process of ours that leads a group of its own and ends when its stdin does."""

import asyncio
import contextlib
import os
import signal
from abc import ABC, abstractmethod
from asyncio.subprocess import Process

from cors_harness.errors import ServerFailed


class Leader(ABC):
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

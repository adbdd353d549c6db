"""ChildProcess: a program that ends when its stdin does; it is watched, and asked for its output.

What is alike about all such programs: how they end, how it is noticed that one has ended by
itself, and what it wrote until then.
"""

import asyncio
import os
import re
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from cors_harness.errors import ServerFailed
from cors_harness.processes.groups import ending_with_parent, signal_group, spawn
from cors_harness.processes.statuses import status_text

OUTPUT_TAIL = 8 * 1024  # bytes
POLL_S = 1
# Colours, and whatever else would do something to the terminal that shows it.
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Started = TypeVar("Started")


class ProgramOutput(Protocol):
    """What takes the output of one program.

    Attributes:
        file: where the program writes.
    """

    @property
    def file(self) -> Any:
        """A file, or a descriptor."""

    def started(self) -> None:
        """The program runs, or could not be started."""

    def tail(self) -> str:
        """The end of what it has written, as text; empty where there is nothing."""

    def close(self) -> None:
        """It has ended, with all that it has started; idempotent."""


def shown_output(data: bytes) -> str:
    """Output as text that does nothing to a terminal."""
    return CONTROL.sub("", data.decode(errors="replace")).strip()


class OutputFile:
    """What a program writes that nobody reads as it comes; its end is shown once it has died.

    A file, which has no name: no reader can be late, and it is gone with the last who has it open.
    """

    def __init__(self) -> None:
        self.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`

    def tail(self) -> str:
        """The end of it as text; empty where there is nothing, or after `close`."""
        if self.file.closed:
            return ""
        # Not by seek: the program writes where the file stands, which it shares with us.
        descriptor = self.file.fileno()
        start = max(0, os.fstat(descriptor).st_size - OUTPUT_TAIL)
        return shown_output(os.pread(descriptor, OUTPUT_TAIL, start))

    def started(self) -> None:
        """The program has its own copy; ours is read."""

    def close(self) -> None:
        """Forgets it; idempotent."""
        self.file.close()


class ChildProcess:
    """One program that leads a process group of its own."""

    def __init__(self, name: str, patience_s: float) -> None:
        """Starts nothing.

        Args:
            name: what messages call it.
            patience_s: seconds that it gets to end by itself.
        """
        self._name, self._patience_s = name, patience_s
        self._process: Process | None = None
        self._output: ProgramOutput | None = None
        self._stopping = self._is_killed = self._was_killed = False

    @property
    def pid(self) -> int:
        """Its process id, which is that of its group too; 0 before it is started."""
        return self._process.pid if self._process else 0

    @property
    def was_killed(self) -> bool:
        """Whether it did not end in time when it was told to."""
        return self._was_killed

    @property
    def output_tail(self) -> str:
        """The end of what it has written; empty where that is nothing, and once it was ended."""
        return self._output.tail() if self._output else ""

    def give_output(self, output: ProgramOutput) -> None:
        """Has `output` take what it writes; before it is started."""
        self._output = output

    async def _spawn(self, *argv: str, **options: Any) -> Process:
        """Starts it; what it writes to stderr is kept, and to stdout unless `options` differ."""
        output = self._output = self._output or OutputFile()
        kept = {"stdout": output.file, "stderr": output.file}
        try:
            self._process = await spawn(*argv, **{"stdin": PIPE, **kept, **options})
        except BaseException:
            output.close()
            raise
        finally:
            output.started()
        return self._process

    def check(self) -> None:
        """Raises ServerFailed, with the end of its output, when it ended by itself."""
        if not self._stopping and self._process and self._process.returncode is not None:
            how = status_text(self._process.returncode)
            raise ServerFailed(f"{self._name} ended with {how}{self._when}{self._last_output()}")

    async def ended(self) -> None:
        """Waits for its end, and ends what it has left over of its group."""
        if self._process is None:
            return
        waiting = asyncio.ensure_future(self._process.wait())
        try:
            # asyncio waits for the pipes too, which processes that it forked may still hold.
            while self._process.returncode is None:
                await asyncio.wait({waiting}, timeout=POLL_S)
            self._kill_group()
            await asyncio.wait({waiting}, timeout=POLL_S)
        finally:
            waiting.cancel()

    def _kill_group(self) -> None:
        """Kills all that is left; once, for its number may be another group's by and by."""
        if not self._is_killed:
            self._is_killed = True
            signal_group(self.pid, signal.SIGKILL)

    async def watch(self) -> None:
        """Waits until it dies and raises ServerFailed; returns when `stop` was called."""
        await self.ended()
        self.check()

    async def stop(self) -> None:
        """Ends it: by the end of its stdin, else by a signal to its group; idempotent."""
        self._stopping = True
        try:
            if self._process and self._process.stdin:
                await self._end(self._process, self._process.stdin)
        finally:
            if self._output:
                self._output.close()

    async def _end(self, process: Process, stdin: asyncio.StreamWriter) -> None:
        was_there = process.returncode is None
        stdin.close()
        try:
            async with asyncio.timeout(self._patience_s):
                await self.ended()
        except TimeoutError:
            self._kill_group()
            await self.ended()
        self._was_killed |= was_there and process.returncode == -signal.SIGKILL

    @property
    def _when(self) -> str:
        """When it ended, as the message has it behind the status; mostly empty."""
        return ""

    def _last_output(self) -> str:
        """The end of its output, as the end of a sentence."""
        text = self.output_tail
        return f"; the end of its output:\n{text}" if text else "; it wrote nothing"


async def watch_all(processes: Iterable[ChildProcess]) -> None:
    """Waits until one of them dies and raises ServerFailed; returns when they were stopped."""
    watched = tuple(processes)
    waits = [asyncio.ensure_future(process.ended()) for process in watched]
    try:
        if waits:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    check_all(watched)


def check_all(processes: Iterable[ChildProcess]) -> None:
    """Raises ServerFailed, with the end of its output, when one of them ended by itself."""
    for process in processes:
        process.check()


async def start_all(starts: Iterable[Awaitable[Started]]) -> list[Started]:
    """What they give, in order; raises what the first of them raised, once all have come to an end.

    A start that is given up half-way would leave its process over.
    """
    started = await asyncio.gather(*starts, return_exceptions=True)
    failures = [failure for failure in started if isinstance(failure, BaseException)]
    if failures:
        raise failures[0]
    return [result for result in started if not isinstance(result, BaseException)]


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

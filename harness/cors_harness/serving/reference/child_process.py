"""Child: one process that serves, from its first order to the end of it and of all it started."""

import asyncio
import contextlib
import sys
from pathlib import Path

from cors_harness.errors import HarnessError, ServerFailed, ServerUnfit, UsageError
from cors_harness.processes.guarded import ChildProcess
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.messages import Reply

START_TIMEOUT_S = 60  # imports of a cold disk on a busy machine; a hang is what it is for
STOP_TIMEOUT_S = 5
HANGS = "; does its module start a server of its own when it is imported?"  # of the user's app
STDERR_TAIL = 8 * 1024  # bytes
LINE_LIMIT = 64 * 1024 * 1024  # bytes; asyncio's own 64 KiB is less than a traceback may be


class Child(ChildProcess):
    """One child process.

    Attributes:
        kind: what it serves: `wsgi`, `asgi`, `verbatim` or `app`.
    """

    def __init__(self, kind: str, hint: str = "") -> None:
        """`hint`: what may be wrong when it does not answer in time."""
        super().__init__()
        self.kind, self._hint = kind, hint
        self._stderr = b""
        self._drain: asyncio.Task[None] | None = None

    @property
    def stderr(self) -> str:
        """The end of what it, or an app in it, wrote to stdout and stderr."""
        return self._stderr.decode(errors="replace").strip()

    async def start(self, job: bytes, folder: Path | None = None) -> Reply:
        """Starts it on `job`, in `folder` (None: the current one); what it replies.

        Raises:
            UsageError: the job names no app that there is.
            ServerUnfit: the app cannot play what it was asked to.
            ServerFailed: it does not start; the text says why.
        """
        # -P: a module of the current folder must not take the place of one of ours.
        # A session of its own: Ctrl-C reaches us alone, and we end it when all is written.
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "cors_harness.serving.reference.child", self.kind),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        self._drain = asyncio.create_task(self._keep_stderr())
        return await self.ask(job)

    async def ask(self, line: bytes) -> Reply:
        """Sends a line and waits for the reply; raises as `start` does."""
        said = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(START_TIMEOUT_S):
                said = await self._exchange(line)
        if not said.endswith(b"\n"):
            await self._fail("did not answer")
        reply = messages.read_reply(said)
        if reply.error is not None:
            raise _failure(reply)(reply.error)
        return reply

    async def ended(self) -> None:
        """Waits for its end, and for the last of its stderr."""
        if self._process and self._drain:
            waiting = asyncio.ensure_future(self._process.wait())
            try:
                # asyncio waits for the pipes too, which processes that it forked may still hold.
                while self._process.returncode is None:
                    await asyncio.wait({waiting}, timeout=1)
                await asyncio.wait({self._drain}, timeout=1)
            finally:
                waiting.cancel()

    async def stop(self) -> None:
        """Ends it, and what still holds its stderr."""
        await super().stop()
        if self._drain and not self._drain.done():
            self._kill()  # it is gone, and what it started holds its stderr
            await asyncio.wait({self._drain}, timeout=self._patience_s)

    @property
    def _patience_s(self) -> float:
        return STOP_TIMEOUT_S

    @property
    def _what(self) -> str:
        return f"the {self.kind} server process {self.pid}"

    def _said(self) -> str:
        return (
            f"; the end of its stderr:\n{self.stderr}"
            if self.stderr
            else "; it wrote nothing to stderr"
        )

    async def _fail(self, what: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self.ended()
        self.check()
        within = f"{what} within {START_TIMEOUT_S} s{self._hint}"
        raise ServerFailed(f"{self._what} {within}{self._said()}")

    async def _exchange(self, line: bytes) -> bytes:
        process = self._process
        assert process is not None and process.stdin and process.stdout  # noqa: S101, PT018
        process.stdin.write(line)
        await process.stdin.drain()
        return await process.stdout.readline()

    async def _keep_stderr(self) -> None:
        process = self._process
        assert process is not None and process.stderr  # noqa: S101, PT018
        while read := await process.stderr.read(64 * 1024):
            self._stderr = (self._stderr + read)[-STDERR_TAIL:]


def _failure(reply: Reply) -> type[HarnessError]:
    if reply.is_usage:
        return UsageError
    return ServerUnfit if reply.is_unfit else ServerFailed

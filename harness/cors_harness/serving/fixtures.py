"""FixtureServers: the reference servers of a run, in child processes that cannot outlive us."""

import asyncio
import contextlib
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.policy import CorsPolicy
from cors_harness.model.server import VERBATIM, ServerEntry
from cors_harness.places import servers_folder
from cors_harness.serving import messages
from cors_harness.serving.messages import Answers, AppToServe, Job
from cors_harness.serving.registry import load_registry

START_TIMEOUT_S = 60  # imports of a cold disk on a busy machine; a hang is what it is for
STOP_TIMEOUT_S = 5
STDERR_TAIL = 8 * 1024  # bytes
LINE_LIMIT = 64 * 1024 * 1024  # bytes; asyncio's own 64 KiB is less than a traceback may be


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One server configured with one policy.

    Attributes:
        key: the name of its port in what `FixtureServers.start` returns.
        server: its name in the registry.
        policy: None: one that allows nothing.
    """

    key: str
    server: str
    policy: CorsPolicy | None = None


class FixtureServers:
    """Serves instances of the registered servers, and the verbatim server, on loopback ports.

    Attributes:
        pids: process ids of the children by interface.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds servers and a `registry.toml` that go before the project's own."""
        entries = load_registry() + (load_registry(folder) if folder else ())
        self._entries = {entry.name: entry for entry in entries}
        self._folders = tuple(str(each) for each in (folder, servers_folder()) if each)
        self._children: dict[str, _Child] = {}

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the children by interface."""
        return {interface: child.pid for interface, child in self._children.items()}

    async def start(self, instances: Sequence[Instance], answers: Answers) -> Mapping[str, int]:
        """Starts everything; ports by instance key, and by `verbatim:server`, `:other`, `:third`.

        Raises:
            UsageError: an instance names a server that is not registered.
            ServerFailed: an app or a child does not start; its traceback or stderr is in the text.
        """
        jobs = self._jobs(instances, answers)
        try:
            # All of them to their end: a child whose start is given up half-way would be left over.
            started = await asyncio.gather(
                *(self._start(*job) for job in jobs.items()), return_exceptions=True
            )
            return {key: port for ports in started for key, port in _checked(ports).items()}
        except BaseException:
            await self.stop()
            raise

    async def replace_answers(self, answers: Answers) -> None:
        """Gives the verbatim server other answers, for all connections from now on.

        For answers that name ports which are known only after `start`.

        Raises:
            ServerFailed: an answer has no bytes to send, or the child is gone.
        """
        await self._children[VERBATIM].ask(messages.answers_line(answers))

    def check(self) -> None:
        """Raises ServerFailed, with the end of its stderr, when a child is no longer there."""
        for child in self._children.values():
            child.check()

    async def watch(self) -> None:
        """Waits until a child dies and raises ServerFailed; returns when `stop` was called."""
        waits = [asyncio.ensure_future(child.ended()) for child in self._children.values()]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        self.check()

    async def stop(self) -> None:
        """Ends all children; idempotent."""
        children, self._children = self._children, {}
        await asyncio.gather(*(child.stop() for child in children.values()))

    async def _start(self, interface: str, job: Job) -> dict[str, int]:
        child = self._children[interface] = _Child(interface)
        return await child.start(messages.job_line(job))

    def _jobs(self, instances: Sequence[Instance], answers: Answers) -> dict[str, Job]:
        apps: defaultdict[str, list[AppToServe]] = defaultdict(list)
        for each in instances:
            entry = self._entry(each.server)
            policy = each.policy or CorsPolicy()
            apps[entry.interface].append(AppToServe(key=each.key, app=entry.app, policy=policy))
        jobs = {name: Job(folders=self._folders, apps=tuple(of)) for name, of in apps.items()}
        verbatim = self._entries[VERBATIM].app
        return jobs | {VERBATIM: Job(folders=self._folders, app=verbatim, answers=answers)}

    def _entry(self, server: str) -> ServerEntry:
        if server not in self._entries or server == VERBATIM:
            known = ", ".join(name for name in self._entries if name != VERBATIM)
            raise UsageError(f"found server {server!r}; expected one of {known}")
        return self._entries[server]


def _checked(ports: dict[str, int] | BaseException) -> dict[str, int]:
    if isinstance(ports, BaseException):
        raise ports
    return ports


class _Child:
    """One child process."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._process: asyncio.subprocess.Process | None = None
        self._stderr = b""
        self._drain: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def pid(self) -> int:
        """Its process id; 0 before it is started."""
        return self._process.pid if self._process else 0

    async def start(self, job: bytes) -> dict[str, int]:
        """Starts it on `job`; its ports."""
        # -P: a module of the current folder must not take the place of one of ours.
        # A session of its own: Ctrl-C reaches us alone, and we end it when all is written.
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "cors_harness.serving.child", self._interface),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            limit=LINE_LIMIT,
        )
        self._drain = asyncio.create_task(self._keep_stderr())
        return await self.ask(job)

    async def ask(self, line: bytes) -> dict[str, int]:
        """Sends a line and waits for the reply."""
        reply = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(START_TIMEOUT_S):
                reply = await self._exchange(line)
        if not reply.endswith(b"\n"):
            await self._fail("did not answer")
        ports, error = messages.read_reply(reply)
        if error is not None:
            raise ServerFailed(error)
        return ports

    def check(self) -> None:
        """Raises ServerFailed when it ended by itself."""
        if not self._stopping and self._process and self._process.returncode is not None:
            status = self._process.returncode
            raise ServerFailed(f"{self._what} ended with status {status}{self._said()}")

    async def ended(self) -> None:
        """Waits for its end, and for the last of its stderr."""
        if self._process and self._drain:
            await self._process.wait()
            await asyncio.shield(self._drain)

    async def stop(self) -> None:
        """Ends it: by the end of its stdin, else by a signal."""
        self._stopping = True
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self.ended()
        except TimeoutError:
            self._process.kill()
            await self.ended()

    @property
    def _what(self) -> str:
        return f"the {self._interface} server process {self.pid}"

    def _said(self) -> str:
        text = self._stderr.decode(errors="replace").strip()
        return f"; the end of its stderr:\n{text}" if text else "; it wrote nothing to stderr"

    async def _fail(self, what: str) -> None:
        process = self._process
        assert process is not None  # noqa: S101 - narrows for mypy
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self.ended()
        self.check()
        raise ServerFailed(f"{self._what} {what} within {START_TIMEOUT_S} s{self._said()}")

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

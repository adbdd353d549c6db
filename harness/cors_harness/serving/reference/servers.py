"""ReferenceServers: the servers under test of a run, in child processes that cannot outlive us."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.errors import ServerUnfit, UsageError
from cors_harness.model.policy import CorsPolicy
from cors_harness.model.server import APP, APP_RAISING, VERBATIM, ServerEntry
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.child_process import HANGS, Child
from cors_harness.serving.reference.messages import AppToServe, Job, Reply, VerbatimAnswers
from cors_harness.serving.reference.registry import load_registry
from cors_harness.serving.user.app_spec import parse_app_spec
from cors_harness.shipped_folders import servers_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One server configured with one policy.

    Attributes:
        key: the name of its port in what `ReferenceServers.start` returns.
        server: its name in the registry.
        policy: None: one that allows nothing; fixed servers look at none.
        scheme: `http` or `https`: the scheme of the URLs by which browsers call it. The server
            itself speaks without TLS and is told, as one behind a proxy is.
    """

    key: str
    server: str
    policy: CorsPolicy | None = None
    scheme: str = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppServed:
    """The user's app, up.

    Attributes:
        port: on 127.0.0.1, without TLS.
        interface: `wsgi` or `asgi`.
        versions: (distribution, version) of the known frameworks that it has imported, and of
            the server that runs it.
    """

    port: int
    interface: str
    versions: tuple[tuple[str, str], ...]


class ReferenceServers:
    """Serves instances of the registered servers, the verbatim server and the user's app.

    Attributes:
        pids: process ids of the children by interface, and by `app`.
        app_stderr: the end of what the user's app has printed and logged.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """`folder` holds servers and a `registry.toml` that go before the project's own."""
        entries = load_registry() + (load_registry(folder) if folder else ())
        self._entries = {entry.name: entry for entry in entries}
        self._folders = tuple(str(each) for each in (folder, servers_folder()) if each)
        self._children: dict[str, Child] = {}

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the children by interface, and by `app`."""
        return {kind: child.pid for kind, child in self._children.items()}

    @property
    def app_stderr(self) -> str:
        """The end of what the user's app has printed and logged; "" when there is no such app."""
        return self._children[APP].stderr if APP in self._children else ""

    async def start(
        self, instances: Sequence[Instance], answers: VerbatimAnswers
    ) -> Mapping[str, int]:
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
            return {key: port for each in started for key, port in _checked(each).ports.items()}
        except BaseException:
            await self.stop()
            raise

    async def start_app(
        self, spec: str, folder: Path, scheme: str = "http", *, raising: bool = False
    ) -> AppServed:
        """Starts the user's app beside everything else; in `folder`, and modules there come first.

        `spec` is what `parse_app_spec` takes, `scheme` as in Instance; `raising`: once more, with
        an unhandled exception in every view.

        Raises:
            ServerUnfit: its views cannot be made to raise; everything else goes on.
            UsageError: `spec` is malformed, or there is no such module, attribute or app.
            ServerFailed: the app raised while it was imported or made, and its traceback is in
                the text; or it does not start to serve, and its stderr is.
        """
        job = messages.job_line(_app_job(spec, folder, scheme, raising=raising))
        server = APP_RAISING if raising else APP
        name = server if scheme == "http" else f"{server} over {scheme}"
        child = self._children[name] = Child(APP, HANGS)
        try:
            reply = await child.start(job, folder)
        except ServerUnfit:
            await self._children.pop(name).stop()
            raise
        except BaseException:
            await self.stop()
            raise
        return _app_served(reply)

    async def replace_answers(self, answers: VerbatimAnswers) -> None:
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

    async def look(self) -> None:
        """Raises what `check` raises: nothing more can be seen of our own processes."""
        self.check()

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

    async def _start(self, interface: str, job: Job) -> Reply:
        child = self._children[interface] = Child(interface)
        return await child.start(messages.job_line(job))

    def _jobs(self, instances: Sequence[Instance], answers: VerbatimAnswers) -> dict[str, Job]:
        apps: defaultdict[str, list[AppToServe]] = defaultdict(list)
        for each in instances:
            entry = self._entry(each.server)
            apps[entry.interface].append(_to_serve(each, entry))
        jobs = {name: Job(folders=self._folders, apps=tuple(of)) for name, of in apps.items()}
        verbatim = self._entries[VERBATIM].app
        return jobs | {VERBATIM: Job(folders=self._folders, app=verbatim, answers=answers)}

    def _entry(self, server: str) -> ServerEntry:
        if server not in self._entries or server == VERBATIM:
            known = ", ".join(name for name in self._entries if name != VERBATIM)
            raise UsageError(f"found server {server!r}; expected one of {known}")
        return self._entries[server]


def _to_serve(each: Instance, entry: ServerEntry) -> AppToServe:
    policy = None if entry.fixed else each.policy or CorsPolicy()
    return AppToServe(key=each.key, app=entry.app, policy=policy, scheme=each.scheme)


def _checked(reply: Reply | BaseException) -> Reply:
    if isinstance(reply, BaseException):
        raise reply
    return reply


def _app_job(spec: str, folder: Path, scheme: str, *, raising: bool) -> Job:
    parse_app_spec(spec)
    folders = (str(folder.absolute()),)
    return Job(folders=folders, app=spec, scheme=scheme, raising=raising)


def _app_served(reply: Reply) -> AppServed:
    made_of = reply.made_of
    assert made_of is not None  # noqa: S101 - the app child says it with its port
    return AppServed(port=reply.ports[APP], interface=made_of.interface, versions=made_of.versions)

"""ReferenceServers: the servers under test of a run, in child processes that cannot outlive us."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cors_harness.errors import ServerFailed, ServerUnfit, UsageError
from cors_harness.model.server import APP, APP_RAISING, APPS, VERBATIM, CorsPolicy, ServerEntry
from cors_harness.model.subject import EVERY_ENGINE, START_TIMEOUT_S
from cors_harness.processes.child_process import check_all, start_all, watch_all
from cors_harness.processes.json_worker import JsonFields, JsonWorker
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.messages import (
    AppServed,
    AppToServe,
    Job,
    ServeApps,
    ServeUserApp,
    ServeVerbatim,
    VerbatimAnswers,
)
from cors_harness.serving.reference.orderly_end import PATIENCE_S
from cors_harness.serving.reference.registry import load_registry
from cors_harness.serving.user.app_output import AppOutput, app_name
from cors_harness.serving.user.app_spec import BY_COMMAND, UNDER_MAIN, parse_app_spec
from cors_harness.shipped_folders import servers_folder

MARGIN_S = 3
MODULE = "cors_harness.serving.reference.child"
APP_HANGS = (  # the user's
    "; does its module start a server of its own when it is imported?\n"
    f"  {UNDER_MAIN}\n  {BY_COMMAND}\n  --start-timeout SECONDS waits longer"
)

_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+), in .+$', re.MULTILINE)
_RAISED = re.compile(r"^\S.*$", re.MULTILINE)  # behind the last frame: its source is indented


class ServerWorker(JsonWorker):
    """One child process, started for one job; it ends as Python does, within `PATIENCE_S`."""

    _runs_others_code = True

    def __init__(self, kind: str, hint: str = "", timeout_s: int = START_TIMEOUT_S) -> None:
        """Starts nothing.

        Args:
            kind: what it is for, in a word that messages and lists of processes show.
            hint: what may be wrong when it does not answer in time.
            timeout_s: seconds that it has for an answer.
        """
        super().__init__(f"the {kind} server process", MODULE, kind)
        self._patience_s = PATIENCE_S + MARGIN_S  # it watches the clock itself, and says so
        self._hint, self._timeout_s = hint, timeout_s

    async def begin(self, job: messages.Job, folder: Path | None = None) -> JsonFields:
        """Starts it on `job`, in `folder` (None: the current one); the reply, as JSON.

        Raises:
            UsageError: the job names no app that there is.
            ServerUnfit: the app cannot be what it was asked to be.
            ServerFailed: it does not start; the text says why.
        """
        await self.start(folder)
        return await self.request(messages.job_to_json(job))

    async def request(self, command: JsonFields) -> JsonFields:
        """As `ask`, but not for longer than it has; raises as `begin` does."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self.ask(command)
        except TimeoutError:
            self.check()  # it may be dead, and a process that it forked hold its stdout
            within = f"did not answer within {self._timeout_s} s{self._hint}"
            raise ServerFailed(f"{self._name} {within}{self._last_output()}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One server configured with one policy.

    Attributes:
        key: the name of its port in what `ReferenceServers.start` returns.
        server: its name in the registry.
        policy: None: one that allows nothing; fixed servers look at none.
        scheme: `http` or `https`: the scheme of the URLs by which browsers call it. The server
            itself speaks without TLS and is told, as one behind a proxy is.
        engine: the only one that calls it, where each has a server of its own; empty: all do.
    """

    key: str
    server: str
    policy: CorsPolicy | None = None
    scheme: str = "http"
    engine: str = ""


class ReferenceServers:
    """Serves instances of the registered servers, the verbatim server and the user's app.

    Attributes:
        pids: process ids of the children by interface, and by `app`.
        app_output: the end of what the user's app has printed and logged.
    """

    def __init__(self, folder: Path | None = None, output: AppOutput | None = None) -> None:
        """Starts nothing.

        Args:
            folder: holds servers and a `registry.toml` that go before the project's own.
            output: takes what the user's app writes; None: only the end of it is kept.
        """
        entries = load_registry() + (load_registry(folder) if folder else ())
        self._entries = {entry.name: entry for entry in entries}
        self._folders = (*((str(folder),) if folder else ()), str(servers_folder()))
        self._children: dict[str, ServerWorker] = {}
        self._output = output
        self._apps: dict[str, AppServed] = {}

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the children by interface, and by `app`."""
        return {kind: child.pid for kind, child in self._children.items()}

    @property
    def app_output(self) -> str:
        """The end of what the user's app has printed and logged; "" when there is no such app."""
        return self._children[APP].output_tail if APP in self._children else ""

    async def start(
        self, instances: Sequence[Instance], answers: VerbatimAnswers
    ) -> Mapping[str, int]:
        """Starts everything; ports by instance key, and by `verbatim:server`, `:other`, `:third`.

        Raises:
            UsageError: an instance names a server that is not registered.
            ServerFailed: an app or a child does not start; its traceback or output is in the text.
        """
        jobs = self._jobs(instances, answers)
        try:
            started = await start_all(self._start(kind, job) for kind, job in jobs.items())
        except BaseException:
            await self.stop()
            raise
        return {key: port for ports in started for key, port in ports.items()}

    async def start_app(
        self,
        spec: str,
        folder: Path,
        *,
        raising: bool = False,
        engine: str = "",
        timeout_s: int = START_TIMEOUT_S,
    ) -> AppServed:
        """Starts the user's app beside everything else; in `folder`, and modules there come first.

        What runs already is not started again.

        Args:
            spec: what `parse_app_spec` takes.
            folder: the user's.
            raising: once more, with an unhandled exception in every view.
            engine: as in Instance, once more for each.
            timeout_s: seconds that it has to start.

        Raises:
            ServerUnfit: its views cannot be made to raise, or it cannot be loaded a second time;
                all other servers stay up.
            UsageError: `spec` is malformed, or there is no such module, attribute or app.
            ServerFailed: the app raised while it was imported or made, and its traceback is in
                the text; or it does not start to serve, and its output is.
        """
        name = app_name(APP_RAISING if raising else APP, engine)
        if name not in self._apps:
            parse_app_spec(spec)
            job = ServeUserApp(
                folder=folder, app=spec, raising=raising, engine=engine or EVERY_ENGINE
            )
            try:
                self._apps[name] = await self._start_app(name, job, timeout_s)
            except ServerUnfit:
                await self._children.pop(name).stop()
                raise
            except BaseException:
                await self.stop()
                raise
        return self._apps[name]

    async def replace_answers(self, answers: VerbatimAnswers) -> None:
        """Gives the verbatim server other answers, for all connections from now on.

        For answers that name ports which are known only after `start`.

        Raises:
            ServerFailed: an answer has no bytes to send, or the child is gone.
        """
        await self._children[VERBATIM].request(messages.answers_to_json(answers))

    def check(self) -> None:
        """Raises ServerFailed, with the end of its output, when a child is no longer there."""
        check_all(self._children.values())

    def check_apps(self) -> None:
        """Raises what `check` raises, of the user's app only."""
        check_all(child for name, child in self._children.items() if _is_app(name))

    async def look(self) -> None:
        """Raises what `check` raises: nothing more can be seen of our own processes."""
        self.check()

    async def watch(self) -> None:
        """Waits until a child dies and raises ServerFailed; returns when `stop` was called."""
        await watch_all(self._children.values())

    async def stop(self) -> None:
        """Ends all children; idempotent."""
        children, self._children, self._apps = self._children, {}, {}
        await asyncio.gather(*(child.stop() for child in children.values()))
        late = [name for name, child in children.items() if child.was_killed and _is_app(name)]
        if late and self._output:
            self._output.note(
                f"{' and '.join(late)} still ran {PATIENCE_S:g} s after it was told to end, so it "
                "was killed: its output ends with what its threads were doing"
            )

    async def _start_app(self, name: str, job: ServeUserApp, timeout_s: int) -> AppServed:
        others = sorted(self._apps)
        child = self._children[name] = ServerWorker(APP, APP_HANGS, timeout_s)
        if self._output:
            child.give_output(self._output.pipe(name))
        try:
            return messages.app_served_from_json(await child.begin(job, job.folder))
        except ServerFailed as failure:
            if not others:
                raise
            why = _loaded_once_only(failure, name, others[0], job.folder)
            if job.raising:
                raise ServerUnfit(why) from failure
            raise ServerFailed(f"{why}\n{failure}") from failure

    async def _start(self, kind: str, job: Job) -> Mapping[str, int]:
        child = self._children[kind] = ServerWorker(kind)
        return messages.ports_from_json(await child.begin(job))

    def _jobs(self, instances: Sequence[Instance], answers: VerbatimAnswers) -> dict[str, Job]:
        apps: defaultdict[str, list[AppToServe]] = defaultdict(list)
        for instance in instances:
            entry = self._entry(instance.server)
            apps[entry.interface].append(_to_serve(instance, entry))
        jobs: dict[str, Job] = {
            interface: ServeApps(interface=interface, folders=self._folders, apps=tuple(some))
            for interface, some in apps.items()
        }
        app = self._entries[VERBATIM].app
        jobs[VERBATIM] = ServeVerbatim(folders=self._folders, app=app, answers=answers)
        return jobs

    def _entry(self, server: str) -> ServerEntry:
        if server not in self._entries or server == VERBATIM:
            known = ", ".join(name for name in self._entries if name != VERBATIM)
            raise UsageError(f"found server {server!r}; expected one of {known}")
        return self._entries[server]


def _to_serve(instance: Instance, entry: ServerEntry) -> AppToServe:
    policy = None if entry.fixed else instance.policy or CorsPolicy()
    return AppToServe(key=instance.key, app=entry.app, policy=policy, scheme=instance.scheme)


def _is_app(name: str) -> bool:
    """Whether a child is the user's app, as `app_name` calls it."""
    return name.partition(" ")[0] in APPS


def _loaded_once_only(failure: ServerFailed, name: str, loaded: str, folder: Path) -> str:
    """Why there is no server `name` of an app that runs already, as `loaded`: in one line."""
    return (
        f"the app can be loaded only once: a second time, for {name} beside {loaded}, "
        f"{_in_a_line(str(failure), folder)}; does it hold something that there is one of, "
        "such as a port, a lock or a file?"
    )


def _in_a_line(failure: str, folder: Path) -> str:
    """What was raised, and where in the user's folder; of a failure without traceback its start."""
    frames = list(_FRAME.finditer(failure))
    raised = _RAISED.search(failure, frames[-1].end()) if frames else None
    if raised is None:
        return failure.partition("\n")[0]
    own = [frame for frame in frames if Path(frame["file"]).is_relative_to(folder.absolute())]
    frame = (own or frames)[-1]
    return f"{Path(frame['file']).name}:{frame['line']} raised {raised[0]}"

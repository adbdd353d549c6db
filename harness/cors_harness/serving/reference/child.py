"""A child process that serves: `python -m cors_harness.serving.reference.child KIND`.

KIND is for whoever reads a list of processes; what to do is in the first command, a Job of
messages.py. It exits when its stdin ends, so it cannot outlive the process that started it,
however that one died; what its apps have started ends with it. It exits as Python does, within
OrderlyEnd's patience: an app's own clearing up runs.
"""

import importlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cors_harness.errors import AppUnreadable, HarnessError, ServerFailed
from cors_harness.model.subject import ENGINE_VARIABLE, EVERY_ENGINE
from cors_harness.processes.descriptors import allow_many_descriptors
from cors_harness.processes.json_worker import CommandPipes, JsonFields, error_fields
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.messages import (
    AppServed,
    AppToServe,
    PortsServed,
    ReadRoutes,
    ServeApps,
    ServeUserApp,
    ServeVerbatim,
    imported,
    load_reference_app,
)
from cors_harness.serving.reference.orderly_end import OrderlyEnd

if TYPE_CHECKING:
    from cors_harness.serving.user.app import LoadedApp

SendReply = Callable[[messages.Reply], None]
SCHEMES = ("http", "https")  # of the URLs by which browsers call a user's app: a port for each
HOSTS = {"aiohttp": "aiohttp_app", "tornado": "tornado_app"}  # of what has another name


def main() -> int:
    """Does what the first command asks for; the exit status, 0 where it was told to end."""
    end = OrderlyEnd()
    pipes = CommandPipes()
    command = pipes.read()
    if command is None:
        return 0

    def reply(reply: messages.Reply) -> None:
        pipes.answer(command, messages.reply_to_json(reply))

    try:
        _do(messages.job_from_json(command), pipes, reply, end)
    except HarnessError as exc:
        pipes.answer(command, error_fields(exc))
        return 1
    except KeyboardInterrupt:
        if not end.is_due:
            raise
    return 0 if end.is_due else 1


def _do(job: messages.Job, pipes: CommandPipes, reply: SendReply, end: OrderlyEnd) -> None:
    if isinstance(job, ServeVerbatim):
        _serve_verbatim(job, pipes, reply)
        return
    pipes.follow(_no_more, end.begin)
    match job:
        case ServeApps():
            _serve_apps(job, reply, end)
        case ServeUserApp():
            _serve_user_app(job, reply, end)
        case ReadRoutes():
            _read_routes(job, reply, end)


def _no_more(command: JsonFields) -> None:
    raise ValueError(f"found command {command!r}; expected none behind the job")


def _serve_apps(job: ServeApps, reply: SendReply, end: OrderlyEnd) -> None:
    allow_many_descriptors()  # hundreds of apps have a port each
    sys.path[:0] = job.folders
    apps = {app.key: _load(app) for app in job.apps}
    secure = frozenset(app.key for app in job.apps if app.scheme == "https")
    _host(job.interface).serve(apps, lambda ports: reply(PortsServed(ports=ports)), secure, end)


def _load(app: AppToServe) -> Any:
    try:
        return load_reference_app(app)
    except Exception as exc:
        from cors_harness.serving.user.app import own_traceback  # noqa: PLC0415 - for this only

        raise ServerFailed(f"{app.key}: {app.app} raised\n{own_traceback(exc)}") from exc


def _host(interface: str) -> Any:
    module = HOSTS.get(interface, interface)
    return importlib.import_module(f"cors_harness.serving.reference.{module}")


def _serve_user_app(job: ServeUserApp, reply: SendReply, end: OrderlyEnd) -> None:
    from cors_harness.serving.survey.known_apps import frameworks_in  # noqa: PLC0415
    from cors_harness.serving.user.interfaces import imported_versions  # noqa: PLC0415

    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # else prints come late
    os.environ[ENGINE_VARIABLE] = job.engine
    loaded = _load_user_app(job)
    host = _host(loaded.interface)
    if job.raising:
        from cors_harness.serving.survey.raising import make_views_raise  # noqa: PLC0415

        make_views_raise(loaded.app)

    def report(ports: Mapping[str, int]) -> None:
        served = AppServed(
            ports=ports,
            interface=loaded.interface,
            versions=imported_versions(),
            frameworks=frameworks_in(loaded.app),
        )
        reply(served)

    try:
        host.serve(dict.fromkeys(SCHEMES, loaded.app), report, frozenset({"https"}), end)
    except ServerFailed as exc:
        raise ServerFailed(f"app {job.app!r}: {exc}") from exc


def _read_routes(job: ReadRoutes, reply: SendReply, end: OrderlyEnd) -> None:
    from cors_harness.serving.survey.app_routes import NotReadableError, survey_of  # noqa: PLC0415
    from cors_harness.serving.user.app_spec import malformed  # noqa: PLC0415

    is_read = threading.Event()
    os.environ[ENGINE_VARIABLE] = EVERY_ENGINE
    app = _load_user_app(job).app
    try:
        reply(survey_of(app))
    except NotReadableError as exc:
        raise AppUnreadable(str(malformed(job.app, str(exc)))) from exc
    end.calls(is_read.set)
    is_read.wait()


def _load_user_app(job: ServeUserApp | ReadRoutes) -> "LoadedApp":
    from cors_harness.processes.loop import runner_of_this_process  # noqa: PLC0415 - the others
    from cors_harness.serving.user.app import load_app  # noqa: PLC0415 - need none of it
    from cors_harness.serving.user.app_spec import parse_app_spec  # noqa: PLC0415 - the others

    sys.path[:0] = [str(job.folder)]
    sys.argv[1:] = []  # these are ours; an app may look at its own
    runner_of_this_process()  # an app may ask for the event loop before it is served
    return load_app(parse_app_spec(job.app), job.folder)


def _serve_verbatim(job: ServeVerbatim, pipes: CommandPipes, reply: SendReply) -> None:
    from cors_harness.serving.reference.verbatim import VerbatimHost  # noqa: PLC0415 - others need no loop

    sys.path[:0] = job.folders
    host = VerbatimHost(imported(job.app), {})

    def replace(answers: messages.VerbatimAnswers) -> None:
        try:
            host.replace(answers)
        except ValueError as exc:
            raise ServerFailed(f"verbatim: {exc}") from exc

    def take(command: JsonFields) -> None:
        try:
            replace(messages.answers_from_json(command))
        except ServerFailed as exc:
            pipes.answer(command, error_fields(exc))
        else:
            pipes.answer(command, messages.reply_to_json(PortsServed(ports=host.ports)))

    replace(job.answers)
    pipes.follow(take, lambda: os._exit(0))  # nothing of a user's runs here
    host.serve(lambda ports: reply(PortsServed(ports=ports)))


if __name__ == "__main__":
    sys.exit(main())

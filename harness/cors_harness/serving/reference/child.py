"""A child process that serves: `python -m cors_harness.serving.reference.child KIND`.

KIND is for whoever reads a list of processes; what to do is in the first command, a Job of
messages.py. It exits when its stdin ends, so it cannot outlive the process that started it,
however that one died; what its apps have started ends with it.
"""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cors_harness.errors import AppUnreadable, HarnessError, ServerFailed
from cors_harness.model.server import APP
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

if TYPE_CHECKING:
    from cors_harness.serving.user.app import LoadedApp

SendReply = Callable[[messages.Reply], None]
HOSTS = {"aiohttp": "aiohttp_app", "tornado": "tornado_app"}  # of what has another name


def main() -> int:
    """Does what the first command asks for; returns only when that is not possible."""
    pipes = CommandPipes()
    command = pipes.read()
    if command is None:
        return 0

    def reply(reply: messages.Reply) -> None:
        pipes.answer(command, messages.reply_to_json(reply))

    try:
        _do(messages.job_from_json(command), pipes, reply)
    except HarnessError as exc:
        pipes.answer(command, error_fields(exc))
    return 1


def _do(job: messages.Job, pipes: CommandPipes, reply: SendReply) -> None:
    match job:
        case ServeVerbatim():
            _serve_verbatim(job, pipes, reply)
        case ServeApps():
            pipes.follow(_no_more, _exit)
            _serve_apps(job, reply)
        case ServeUserApp():
            pipes.follow(_no_more, _exit)
            _serve_user_app(job, reply)
        case ReadRoutes():
            pipes.follow(_no_more, _exit)
            _read_routes(job, reply)


def _no_more(command: JsonFields) -> None:
    raise ValueError(f"found command {command!r}; expected none behind the job")


def _serve_apps(job: ServeApps, reply: SendReply) -> None:
    sys.path[:0] = job.folders
    apps = {app.key: _load(app) for app in job.apps}
    secure = frozenset(app.key for app in job.apps if app.scheme == "https")
    _host(job.interface).serve(apps, lambda ports: reply(PortsServed(ports=ports)), secure)


def _load(app: AppToServe) -> Any:
    try:
        return load_reference_app(app)
    except Exception as exc:
        from cors_harness.serving.user.app import own_traceback  # noqa: PLC0415 - for this only

        raise ServerFailed(f"{app.key}: {app.app} raised\n{own_traceback(exc)}") from exc


def _host(interface: str) -> Any:
    module = HOSTS.get(interface, interface)
    return importlib.import_module(f"cors_harness.serving.reference.{module}")


def _serve_user_app(job: ServeUserApp, reply: SendReply) -> None:
    from cors_harness.serving.user.interfaces import imported_versions  # noqa: PLC0415

    loaded = _load_user_app(job)
    host = _host(loaded.interface)
    if job.raising:
        from cors_harness.serving.survey.raising import make_views_raise  # noqa: PLC0415

        make_views_raise(loaded.app)

    def report(ports: Mapping[str, int]) -> None:
        served = AppServed(
            port=ports[APP], interface=loaded.interface, versions=imported_versions()
        )
        reply(served)

    secure = frozenset({APP} if job.scheme == "https" else ())
    host.serve({APP: loaded.app}, report, secure)


def _read_routes(job: ReadRoutes, reply: SendReply) -> None:
    from cors_harness.serving.survey.app_routes import NotReadableError, survey_of  # noqa: PLC0415
    from cors_harness.serving.user.app_spec import malformed  # noqa: PLC0415

    app = _load_user_app(job).app
    try:
        reply(survey_of(app))
    except NotReadableError as exc:
        raise AppUnreadable(str(malformed(job.app, str(exc)))) from exc
    threading.Event().wait()  # until the parent has read it and ends this process


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
    pipes.follow(take, _exit)
    host.serve(lambda ports: reply(PortsServed(ports=ports)))


def _exit() -> None:
    """Ends this process and, when it has a process group of its own, what is in that."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())

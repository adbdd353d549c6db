"""A child process that serves: `python -m cors_harness.serving.reference.child KIND`.

With `survey` it loads the user's app and tells what is in it. What it hears and says is in
messages.py. It exits when its stdin ends, so it cannot outlive the process that started it,
however that one died; what its apps have started ends with it.
"""

import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cors_harness.errors import HarnessError, ServerFailed, ServerUnfit, UsageError
from cors_harness.model.server import APP, VERBATIM
from cors_harness.serving.reference import messages
from cors_harness.serving.reference.messages import imported, load_reference_app

if TYPE_CHECKING:
    from cors_harness.serving.reference.messages import AppToServe
    from cors_harness.serving.user.app import LoadedApp

ReportReady = Callable[[Mapping[str, int]], None]


class _Pipes:
    """The pipes to the parent, out of the way of apps.

    What an app prints goes to stderr, and reading stdin it finds nothing; nor do processes that
    it starts get hold of either pipe.
    """

    def __init__(self) -> None:
        self._orders = os.fdopen(os.dup(0), "rb")
        self._replies = os.fdopen(os.dup(1), "wb")
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)

    def first_order(self) -> messages.Job:
        return messages.read_job(self._orders.readline())

    def reply(self, reply: messages.Reply) -> None:
        self._replies.write(messages.reply_line(reply))
        self._replies.flush()

    def report(self, ports: Mapping[str, int]) -> None:
        self.reply(messages.Reply(ports=dict(ports)))

    def refuse(self, error: HarnessError) -> None:
        reply = messages.Reply(
            error=str(error),
            is_usage=isinstance(error, UsageError),
            is_unfit=isinstance(error, ServerUnfit),
        )
        self.reply(reply)

    def exit_with_stdin(self, on_line: Callable[[bytes], None]) -> None:
        def read() -> None:
            for line in self._orders:
                on_line(line)
            _exit()

        threading.Thread(target=read, daemon=True).start()


def main(kind: str) -> int:
    """Serves what the first line of stdin asks for; returns only when that is not possible."""
    pipes = _Pipes()
    job = pipes.first_order()
    sys.path[:0] = job.folders
    try:
        _serve(kind, job, pipes)
    except HarnessError as exc:
        pipes.refuse(exc)
    return 1


def _serve(kind: str, job: messages.Job, pipes: _Pipes) -> None:
    if kind == VERBATIM:
        _serve_verbatim(job, pipes)
        return
    pipes.exit_with_stdin(lambda _: None)
    if kind == APP:
        _serve_app(job, pipes)
    elif kind == messages.SURVEY:
        _survey(job, pipes)
    else:
        apps = {each.key: _made(each) for each in job.apps}
        secure = frozenset(each.key for each in job.apps if each.scheme == "https")
        _host(kind).serve(apps, pipes.report, secure)


def _loaded(job: messages.Job) -> "LoadedApp":
    from cors_harness.serving.user.app import load_app  # noqa: PLC0415 - need none of it
    from cors_harness.serving.user.app_spec import parse_app_spec  # noqa: PLC0415 - the others

    sys.argv[1:] = []  # these are ours; an app may look at its own
    return load_app(parse_app_spec(job.app), Path(job.folders[0]))


def _survey(job: messages.Job, pipes: _Pipes) -> None:
    from cors_harness.serving.survey.app_routes import NotReadableError, survey_of  # noqa: PLC0415
    from cors_harness.serving.user.app_spec import malformed  # noqa: PLC0415

    app = _loaded(job).app
    try:
        survey = survey_of(app)
    except NotReadableError as exc:
        raise malformed(job.app, str(exc)) from exc
    pipes.reply(messages.Reply(survey=survey))
    threading.Event().wait()  # until the parent has read it and ends this process


def _serve_app(job: messages.Job, pipes: _Pipes) -> None:
    from cors_harness.serving.user.interfaces import imported_versions  # noqa: PLC0415

    loaded = _loaded(job)
    host = _host(loaded.interface)
    if job.raising:
        from cors_harness.serving.survey.raising import make_views_raise  # noqa: PLC0415

        make_views_raise(loaded.app)

    def report(ports: Mapping[str, int]) -> None:
        made_of = messages.AppOrigin(interface=loaded.interface, versions=imported_versions())
        pipes.reply(messages.Reply(ports=dict(ports), made_of=made_of))

    secure = frozenset({APP} if job.scheme == "https" else ())
    host.serve({APP: loaded.app}, report, secure)


def _serve_verbatim(job: messages.Job, pipes: _Pipes) -> None:
    from cors_harness.serving.reference.verbatim import VerbatimHost  # noqa: PLC0415 - others need no loop

    host = VerbatimHost(imported(job.app), {})

    def replace(answers: messages.VerbatimAnswers) -> None:
        try:
            host.replace(answers)
        except ValueError as exc:
            raise ServerFailed(f"verbatim: {exc}") from exc

    def on_line(line: bytes) -> None:
        try:
            replace(messages.read_answers(line))
            pipes.report(host.ports)
        except ServerFailed as exc:
            pipes.refuse(exc)

    replace(job.answers)
    pipes.exit_with_stdin(on_line)
    host.serve(pipes.report)


def _made(each: "AppToServe") -> Any:
    try:
        return load_reference_app(each)
    except Exception as exc:
        from cors_harness.serving.user.app import own_traceback  # noqa: PLC0415 - for this only

        raise ServerFailed(f"{each.key}: {each.app} raised\n{own_traceback(exc)}") from exc


def _host(interface: str) -> Any:
    return importlib.import_module(f"cors_harness.serving.reference.{interface}")


def _exit() -> None:
    """Ends this process and, when it has a process group of its own, what is in that."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

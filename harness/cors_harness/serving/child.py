"""A child process that serves: `python -m cors_harness.serving.child wsgi|asgi|verbatim`.

What it hears and says is in messages.py. It exits when its stdin ends, so it cannot outlive the
process that started it, however that one died.
"""

import importlib
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from cors_harness.serving import messages

Report = Callable[[Mapping[str, int]], None]


class _AppFailed(Exception):  # noqa: N818 - reads as what happened
    """An app could not be made; its text has the traceback of why."""


def main(interface: str) -> int:
    """Serves what the first line of stdin asks for; returns only when that is not possible."""
    replies = _claim_stdout()
    job = messages.read_job(sys.stdin.buffer.readline())
    sys.path[:0] = job.folders
    try:
        _serve(interface, job, replies)
    except _AppFailed as exc:
        _reply(replies, messages.error_line(str(exc)))
    return 1


def _serve(interface: str, job: messages.Job, replies: BinaryIO) -> None:
    def report(ports: Mapping[str, int]) -> None:
        _reply(replies, messages.ports_line(ports))

    if interface == "verbatim":
        _serve_verbatim(job, replies, report)
    else:
        _exit_with_stdin(lambda _: None)
        apps = {each.key: _made(each.app, each.key, each.policy) for each in job.apps}
        importlib.import_module(f"cors_harness.serving.{interface}").serve(apps, report)


def _serve_verbatim(job: messages.Job, replies: BinaryIO, report: Report) -> None:
    from cors_harness.serving.verbatim import VerbatimHost  # noqa: PLC0415 - others need no loop

    host = VerbatimHost(_imported(job.app), {})

    def replace(answers: messages.Answers) -> None:
        try:
            host.replace(answers)
        except ValueError as exc:
            raise _AppFailed(f"verbatim: {exc}") from exc

    def on_line(line: bytes) -> None:
        try:
            replace(messages.read_answers(line))
            report(host.ports)
        except _AppFailed as exc:
            _reply(replies, messages.error_line(str(exc)))

    replace(job.answers)
    _exit_with_stdin(on_line)
    host.serve(report)


def _made(app: str, key: str, policy: object) -> Any:
    try:
        return _imported(app)(policy)
    except Exception as exc:
        raise _AppFailed(f"{key}: {app} raised\n{traceback.format_exc()}") from exc


def _imported(app: str) -> Any:
    module, _, factory = app.partition(":")
    return getattr(importlib.import_module(module), factory)


def _claim_stdout() -> BinaryIO:
    """Keeps stdout for the replies; what an app prints goes to stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return replies


def _reply(replies: BinaryIO, line: bytes) -> None:
    replies.write(line)
    replies.flush()


def _exit_with_stdin(on_line: Callable[[bytes], None]) -> None:
    def read() -> None:
        for line in sys.stdin.buffer:
            on_line(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

"""`cors-harness serve`: a page that shows a run live, and runs again what changes."""

import argparse
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from cors_harness.cli import saying
from cors_harness.cli.options import (
    Command,
    add_executable,
    add_remote,
    add_selection,
    invocation_of,
)
from cors_harness.cli.run_recorder import (
    INTERRUPTED,
    add_run_options,
    install_browsers,
    run_request,
)
from cors_harness.errors import UsageError
from cors_harness.model.subject import AppSubject, CommandSubject
from cors_harness.reports.summary import counted
from cors_harness.settings.advertise import AdvertiseError, advertised_host
from cors_harness.settings.invocation import Invocation

if TYPE_CHECKING:
    from cors_harness.live.rounds import LiveRequest
    from cors_harness.live.session import Tell
    from cors_harness.live.watching import Watched

MOST_PORT = 65535

DESCRIPTION = """\
Runs as `run` does, and shows the page of `report` live, at an address that it prints: cells as they
finish. When a scenario or your app changes, what that touches runs again: edit a CORS line in one
window and watch the browsers in another. Cells are run again on the page, too. Ctrl-C ends it."""

EXAMPLES = """\
examples:
  cors-harness serve --app shop:app
  cors-harness serve --app shop:app --browser webkit orders.yaml
  cors-harness serve --command 'gunicorn shop:app -b 127.0.0.1:{port}' --ready /healthz
  cors-harness serve --url http://127.0.0.1:8000 --port 8900

With --app and --command the files of the current folder (of the app's, by pyproject.toml) are
watched: Python, settings, templates, scripts; with --url the scenarios alone. The address has a
token: whoever does not know it gets no answer.

exit status: 0 ended by Ctrl-C while nothing ran, 130 by Ctrl-C while cells ran, 2 wrong usage"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `serve`."""
    add_selection(parser)
    add_executable(parser)
    add_remote(parser)
    add_run_options(parser.add_argument_group("how to run"))
    group = parser.add_argument_group("the page")
    group.add_argument(
        "--port", metavar="N", default="0", help="the port of the page (default: any free one)"
    )
    group.add_argument(
        "--host",
        metavar="HOST",
        help="serve the page to other machines too, by this name or address of this machine; "
        "nothing is encrypted (default: only this machine can open it)",
    )


def execute(args: argparse.Namespace) -> int:
    """Serves until it is interrupted; returns the exit status."""
    from cors_harness.live.session import LiveSession, LiveSources

    host, port = _host(args.host), _port(args.port)
    first = invocation_of(args)  # wrong usage ends it before anything is served
    _install(first)
    tell = _teller()
    session = LiveSession(
        LiveSources(
            request=lambda: _request(invocation_of(args)),
            watched=lambda: _watched(first),
            argv=first.options.argv,
            options=first.options.rerun_argv(),
        ),
        tell,
        host=host,
        port=port,
    )
    if host:
        tell("warning", f"the page answers on {host}, not only on this machine, and unencrypted")
        tell("warning", "whoever reads its address on the way can run cells, and see all of it")
    saying.say(session.access.url)
    watched = _watched(first)
    tell("watches", _watched_text(watched))
    if more := watched.left_out():
        tell(
            "warning", f"{counted(more, 'folder')} more are not watched: too many; start it deeper"
        )
    try:
        session.run()
    except KeyboardInterrupt:
        tell("ended", "")
        return 0 if session.is_idle else INTERRUPTED
    return 0


def _install(invocation: Invocation) -> None:
    """Installs what is asked for, once: later runs find it there."""
    options = invocation.options
    if options.install_browsers or options.install_servers:
        request = run_request(invocation)
        if request.install_browsers:
            install_browsers(request)


def _request(invocation: Invocation) -> "LiveRequest":
    from cors_harness.live.rounds import LiveRequest

    options = replace(invocation.options, install_servers=False)
    request = run_request(replace(invocation, options=options))
    return LiveRequest(plan=request.plan, settings=request.settings, argv=request.argv)


def _watched(invocation: Invocation) -> "Watched":
    from cors_harness.live.watching import Watched

    subject, project = invocation.target.subject, invocation.project.folder
    own = {subject.folder} if isinstance(subject, AppSubject | CommandSubject) else set[Path]()
    if isinstance(subject, CommandSubject):
        own.add(Path.cwd())
    return Watched(
        scenarios=invocation.scenario_paths,
        sources=tuple(sorted(own)),
        settings=(Path.cwd(), *([project] if project else [])),
    )


def _watched_text(watched: "Watched") -> str:
    names = [str(path) for path in watched.scenarios]
    app = [f"the app in {folder}" for folder in watched.sources]
    return f"{', '.join([*names, *app])}; Ctrl-C ends it"


def _host(text: str | None) -> str:
    if text is None:
        return ""
    try:
        return advertised_host(text)
    except AdvertiseError as error:
        raise UsageError(f"--host: {error}") from error


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > MOST_PORT:
        raise UsageError(
            f"--port: found {text!r}; expected a port, such as 8900; 0 is any free one"
        )
    return int(text)


def _teller() -> "Tell":
    """What prints a line on stderr, from any thread."""
    lock = Lock()

    def tell_of(word: str, text: str) -> None:
        first, *others = text.splitlines() or [""]
        with lock:
            saying.tell(f"{word:<9}{first}".rstrip())
            for line in others:
                saying.tell(f"{'':<9}{line}".rstrip())

    return tell_of


COMMAND = Command(
    name="serve",
    summary="show a run live on a page, and run again what changes",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

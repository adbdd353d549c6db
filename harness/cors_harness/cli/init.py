"""`cors-harness init`: a first scenario file for an app, from its routes."""

import argparse
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.options import Command, add_subject, invocation_of
from cors_harness.cli.page_login import add_session, session_of
from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.subject import AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.planning.real_origins import SERVER_HOST, default_server, origin_option
from cors_harness.reports.summary import counted
from cors_harness.settings.invocation import Invocation
from cors_harness.settings.target import Target
from cors_harness.terms.origin import Origin, is_loopback
from cors_harness.terms.secrets import redacted

if TYPE_CHECKING:
    from cors_harness.drafts.draft import Intent, Section
    from cors_harness.drafts.operation import Operation
    from cors_harness.drafts.session import DraftSession
    from cors_harness.model.survey import Answers, AppRoutes, PageLogin

DEFAULT_OUT = Path("scenarios/cors.yaml")
STDOUT = Path("-")
MOST_LINES = 40

DESCRIPTION = """\
Looks at your app and writes a first scenario file: every route and method, with and without
credentials and JSON, from the origins that you name and from similar origins that must not be
allowed; and what a page sees of a 404, a 405, a 422, an unhandled exception and a redirect.
The app is loaded in a process of its own and may be a Flask, FastAPI or Starlette app. For any
other server, --command or --url, the routes come from its OpenAPI document, /openapi.json.
Then the app is asked without a browser what it answers, so that the file can say which status must
come: by GET, and otherwise only where no view of it can run."""

EXAMPLES = """\
examples:
  cors-harness init --app shop:app --origin https://app.example.com
  cors-harness init --app 'shop.web:create_app("prod")' --origin https://app.example.com \\
      --origin https://admin.example.com --server-origin https://api.example.org --credentials
  cors-harness init --app shop:app --origin http://localhost:3000 --out -     to the terminal
  cors-harness init --url http://127.0.0.1:8000 --origin https://app.example.com

exit status: 0 written, 2 wrong usage, an app that has no routes or is not known, or a file that is
there already, 3 the app does not import, or the server does not start or is not there"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `init`."""
    add_subject(parser, "your app, from the current folder (default: the server of pyproject.toml)")
    parser.add_argument(
        "--origin",
        metavar="ORIGIN",
        action="append",
        default=[],
        help="an origin whose pages may call the app, repeatable: https://app.example.com "
        "(default: page-origin of pyproject.toml)",
    )
    parser.add_argument(
        "--server-origin",
        metavar="ORIGIN",
        help="the origin of the app, as browsers see it (default: server-origin of "
        f"pyproject.toml, or {SERVER_HOST})",
    )
    parser.add_argument(
        "--credentials",
        action="store_true",
        help="these origins may send cookies (default: the file leaves that open)",
    )
    add_session(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        default=DEFAULT_OUT,
        help="where to write it; - for the terminal (default: %(default)s)",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _InitOptions:
    """What only `init` has: the origins that may call, how they are let in, where the file goes."""

    origins: tuple[str, ...]
    credentials: bool
    session: "PageLogin"
    out: Path


def execute(args: argparse.Namespace) -> int:
    """Writes the file and says what is in it; returns the exit status."""
    options = _InitOptions(
        origins=tuple(args.origin),
        credentials=args.credentials,
        session=session_of(args),
        out=args.out,
    )
    return _init(invocation_of(args), options)


def _init(invocation: Invocation, options: _InitOptions) -> int:
    from cors_harness.drafts.operations import operations_of
    from cors_harness.drafts.session import session_notes
    from cors_harness.drafts.text import draft_text

    intent = _intent(invocation, options)
    subject = _subject(invocation.target)
    _check_free(options.out)
    survey = _survey(subject)
    operations = operations_of(survey)
    if not operations:
        raise UsageError(_no_route(subject))
    # The server's origin is in the file.
    target_argv = replace(invocation.options.target, server_origin=None).argv()
    draft, how = _draft(subject, operations, intent, options.session)
    run = _command("run", target_argv, options.out)
    text = draft_text(
        _name(subject),
        run,
        draft,
        credentials=options.credentials or how.by_cookie,
        notes=session_notes(how),
    )
    if options.out == STDOUT:
        print(text, end="")
        return 0
    _write(options.out, text)
    subject_line = f"{_name(subject)} ({', '.join(survey.frameworks)})"
    said = (*_errors(draft, options.out), *_secrets(how, options.out))
    for line in (subject_line, *_table(operations), *said, *_next(target_argv, options.out)):
        print(line)
    return 0


# What the user means


def _subject(target: Target) -> Subject:
    subject = target.confirmed()
    if subject is None:
        raise UsageError(
            "no app to look at: --app module:app, or app under [tool.cors-harness] in "
            "pyproject.toml; or a server with an OpenAPI document: --command, --url"
        )
    return subject


def _name(subject: Subject) -> str:
    match subject:
        case AppSubject(spec=spec):
            return spec
        case CommandSubject(text=text):
            return redacted(text)
        case UrlSubject(origin=origin):
            return str(origin)


def _no_route(subject: Subject) -> str:
    if isinstance(subject, AppSubject):
        return (
            f"app {subject.spec!r} has no route that a page could call\n"
            "  are its blueprints or routers registered in what makes it?"
        )
    return f"the OpenAPI document of {_name(subject)} has no operation that a page could call"


def _intent(invocation: Invocation, options: _InitOptions) -> "Intent":
    from cors_harness.drafts.draft import Intent

    named = tuple(origin_option("--origin", text) for text in options.origins)
    origins = tuple(dict.fromkeys(filter(None, named or (invocation.project.page_origin,))))
    if not origins:
        raise UsageError(
            "no origin that is allowed: --origin https://app.example.com, "
            "or page-origin under [tool.cors-harness] in pyproject.toml"
        )
    server = invocation.target.server or _default_server(origins)
    _check_server(server, origins)
    return Intent(
        origins=origins,
        server=server,
        credentials=options.credentials,
        can_raise=isinstance(invocation.target.subject, AppSubject),
    )


def _default_server(origins: Sequence[Origin]) -> Origin:
    """The server's origin: under https where a page is, which may not call http."""
    return default_server(next((o for o in origins if o.is_secure), origins[0]))


def _check_server(server: Origin, origins: Sequence[Origin]) -> None:
    if server in origins:
        raise UsageError(
            f"--server-origin: found {str(server)!r}, which is one of --origin; expected another\n"
            "  a page calls its own origin without CORS: there is nothing to test"
        )
    secure = next((origin for origin in origins if origin.is_secure), None)
    if secure and not server.is_secure and not is_loopback(server.host):
        raise UsageError(
            f"--server-origin: found {str(server)!r}; expected an https origin\n"
            f"  browsers let no page of {secure} call http: mixed content"
        )


# The app and the file


def _survey(subject: Subject) -> "AppRoutes":
    from cors_harness.run.loop_thread import run_in_thread
    from cors_harness.serving.survey.app_routes import read_app_routes
    from cors_harness.serving.survey.openapi_document import openapi_survey

    if isinstance(subject, AppSubject):
        return run_in_thread(read_app_routes(subject.spec, subject.folder))
    return run_in_thread(openapi_survey(subject))


def _draft(
    subject: Subject,
    operations: "Sequence[Operation]",
    intent: "Intent",
    session: "PageLogin",
) -> "tuple[Sequence[Section], DraftSession]":
    """The draft, and how its pages are let in, once the app was asked."""
    from cors_harness.drafts.draft import sections
    from cors_harness.drafts.session import DraftSession, with_session
    from cors_harness.serving.survey.login import with_answer

    answers = _answers(subject, operations, intent, session)
    anonymous = sections(operations, intent, answers.anonymous)
    frame, login = str(intent.origins[0]), answers.login
    if login is None:
        how = DraftSession(session=session, frame=frame)
        return with_session(anonymous, anonymous, how), how
    how = DraftSession(
        session=with_answer(session, login),
        frame=frame,
        status=login.status,
        by_cookie=bool(login.cookies) and (intent.credentials or login.token is None),
    )
    meant = replace(intent, credentials=intent.credentials or how.by_cookie)
    return with_session(anonymous, sections(operations, meant, answers.logged_in), how), how


def _answers(
    subject: Subject,
    operations: "Sequence[Operation]",
    intent: "Intent",
    session: "PageLogin",
) -> "Answers":
    """What the app answers without a browser; nothing where it cannot be started, and why."""
    from cors_harness.drafts.draft import asked_calls
    from cors_harness.model.survey import Answers
    from cors_harness.run.loop_thread import run_in_thread
    from cors_harness.serving.survey.asked import answers_of

    calls = asked_calls(operations, intent)
    try:
        return run_in_thread(answers_of(subject, calls, intent.server, session))
    except HarnessError as error:
        if session.login is not None:  # what it brings is not known
            raise
        note = f"no status is asserted, as the app cannot be asked: {error}"
        print(f"cors-harness: {note}", file=sys.stderr)
        return Answers()


def _check_free(out: Path) -> None:
    if out != STDOUT and out.exists():
        other = out / DEFAULT_OUT.name if out.is_dir() else out.with_stem(f"{out.stem}-new")
        raise UsageError(
            f"--out: {out} is there already, and init overwrites nothing\n"
            f"  write to another file, --out {shlex.quote(str(other))}, or to the terminal, --out -"
        )


def _write(out: Path, text: str) -> None:
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"--out: {out} cannot be written: {error.strerror}") from error


# What it says


def _command(command: str, options: Sequence[str], out: Path) -> str:
    file = DEFAULT_OUT if out == STDOUT else out
    return shlex.join(map(redacted, ("cors-harness", command, *options, str(file))))


def _next(options: Sequence[str], out: Path) -> Iterator[str]:
    from cors_harness.loading.scenarios import load_scenarios

    scenarios = load_scenarios([out])
    yield ""
    yield f"{out}: {counted(len(scenarios), 'cell')} in each browser"
    yield ""
    yield "next:"
    yield f"  {_command('run', options, out)}"
    yield f"  {_command('record', options, out)}"


def _errors(draft: "Sequence[Section]", out: Path) -> Iterator[str]:
    """That the app answers some of its own calls by an error, where it does."""
    if any(section.notes for section in draft):
        yield ""
        yield f"asked without a browser, the app answers some calls with an error: see {out}"


def _secrets(how: "DraftSession", out: Path) -> Iterator[str]:
    """That what lets pages in stands in the file."""
    options = [
        *(("--header",) if how.session.headers else ()),
        *(("--login",) if how.session.login else ()),
    ]
    if options:
        say = "says" if len(options) == 1 else "say"
        yield ""
        yield f"what {' and '.join(options)} {say} stands in {out} as it is: keep no secret in it"


def _table(operations: "Sequence[Operation]") -> Iterator[str]:
    methods: dict[str, list[str]] = {}
    for operation in operations:
        methods.setdefault(operation.template, []).append(operation.method)
    yield counted(len(methods), "route")
    routes = list(methods.items())
    width = max(len(template) for template in methods)
    for template, of_route in routes[:MOST_LINES]:
        yield f"  {template:<{width}}  {' '.join(of_route)}"
    if more := len(routes[MOST_LINES:]):
        yield f"  … and {more} more"


COMMAND = Command(
    name="init",
    summary="write a first scenario file for your app",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

"""`cors-harness init`: a first scenario file for an app, from its routes."""

import argparse
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.asked_draft import AskedDraft, asked_draft
from cors_harness.cli.draft_files import DEFAULT_OUT, STDOUT, DraftFiles, Heading, check_free
from cors_harness.cli.init_sources import RouteSources, declare_sources
from cors_harness.cli.options import Command, add_subject, invocation_of
from cors_harness.cli.page_login import add_login_options, page_login_of
from cors_harness.cli.saying import say
from cors_harness.errors import UsageError
from cors_harness.model.subject import AppSubject, CommandSubject, Subject, UrlSubject
from cors_harness.planning.real_origins import (
    SERVER_HOST,
    check_server_origin,
    default_server,
    origin_option,
)
from cors_harness.reports.summary import counted
from cors_harness.settings.invocation import Invocation
from cors_harness.settings.target import Target
from cors_harness.terms.origin import Origin
from cors_harness.terms.secrets import redacted

if TYPE_CHECKING:
    from cors_harness.drafts.draft import Intent
    from cors_harness.drafts.operation import Operation
    from cors_harness.model.survey import PageLogin

MOST_LINES = 40

DESCRIPTION = """\
Looks at your app and writes a first scenario file: every route and method, with and without
credentials and JSON, from the origins that you name and from similar origins that must not be
allowed; and what a page sees of a 404, a 405, a 422, an unhandled exception and a redirect.
The app is loaded in a process of its own, and its framework tells the routes: Flask (APIFlask too),
FastAPI, Starlette, Quart, Django (REST framework and django-ninja too), Litestar, Sanic, Falcon,
aiohttp, Tornado, Bottle, Pyramid, BlackSheep or Connexion. Of any other server or app they come
from its OpenAPI document, JSON or YAML, where frameworks put it or where its page of documentation
says, or from what you name: --openapi, --route, --har. Streams of events, WebSockets and pages of
documentation are left out. A draft that is more than a file may hold becomes several, in a folder.
Then the app is asked without a browser what it answers, so that the file can say which status must
come: by GET, and otherwise only where no view of it can run."""

EXAMPLES = """\
examples:
  cors-harness init --app shop:app --origin https://app.example.com
  cors-harness init --app 'shop.web:create_app("prod")' --origin https://app.example.com \\
      --origin https://admin.example.com --server-origin https://api.example.org --credentials
  cors-harness init --app shop:app --origin http://localhost:3000 --out -     to the terminal
  cors-harness init --url http://127.0.0.1:8000 --origin https://app.example.com
  cors-harness init --command './serve {port}' --origin https://app.example.com \\
      --route 'GET /orders' --route 'PUT,DELETE /orders/{id}'

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
    add_login_options(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        default=DEFAULT_OUT,
        help="where to write it; - for the terminal (default: %(default)s)",
    )
    declare_sources(parser)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InitOptions:
    """What only `init` has: the origins that may call, how they are let in, where the file goes."""

    origins: tuple[str, ...]
    credentials: bool
    page_login: "PageLogin"
    out: Path
    sources: RouteSources


def execute(args: argparse.Namespace) -> int:
    """Writes the file and says what is in it; returns the exit status."""
    page_login = page_login_of(args)
    options = _InitOptions(
        origins=tuple(args.origin),
        credentials=args.credentials,
        page_login=page_login,
        out=args.out,
        sources=RouteSources.of(args, page_login),
    )
    return _init(invocation_of(args), options)


def _init(invocation: Invocation, options: _InitOptions) -> int:
    intent = _intent(invocation, options)
    subject = _subject(invocation.target)
    check_free(options.out)
    found = options.sources.found(subject, intent.server)
    if not found.operations:
        raise UsageError("\n  ".join((_no_route(subject), *found.remarks)))
    intent = replace(intent, can_raise=intent.can_raise and found.knows_views)
    # The server's origin is in the file.
    target_argv = replace(invocation.options.target, server_origin=None).argv()
    asked = asked_draft(subject, found.operations, intent, options.page_login)
    command = partial(_command, "run", target_argv)
    heading = Heading(app=_name(subject), command=command, remarks=found.remarks)
    draft = DraftFiles(asked, heading, options.out)
    if options.out == STDOUT:
        say(draft.only_text(), end="")
        return 0
    draft.write()
    subject_line = f"{_name(subject)} ({', '.join(found.frameworks)})"
    told = (*_table(found.operations), *found.remarks, *draft.told(), *_secrets(asked, draft))
    for line in (subject_line, *told, *_next(target_argv, draft)):
        say(line)
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
    return (
        f"the OpenAPI document of {_name(subject)} has no operation that a page could call\n"
        "  --route 'GET /orders' names one"
    )


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
    check_server_origin(server, origins, "one of --origin")
    return Intent(
        origins=origins,
        server=server,
        credentials=options.credentials,
        can_raise=isinstance(invocation.target.subject, AppSubject),
    )


def _default_server(origins: Sequence[Origin]) -> Origin:
    """The server's origin: under https where a page is, which may not call http."""
    return default_server(next((o for o in origins if o.is_secure), origins[0]))


# What it says


def _command(command: str, options: Sequence[str], out: Path) -> str:
    file = DEFAULT_OUT if out == STDOUT else out
    return shlex.join(map(redacted, ("cors-harness", command, *options, str(file))))


def _next(options: Sequence[str], draft: DraftFiles) -> Iterator[str]:
    yield ""
    yield "next:"
    yield f"  {_command('run', options, draft.place)}"
    yield f"  {_command('record', options, draft.place)}"


def _secrets(asked: AskedDraft, draft: DraftFiles) -> Iterator[str]:
    """That what lets pages in stands in the file."""
    how, out = asked.how, draft.place
    options = [
        *(("--header",) if how.page_login.headers else ()),
        *(("--login",) if how.page_login.login else ()),
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

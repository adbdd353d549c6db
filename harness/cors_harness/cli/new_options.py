"""Said: what a user says of a new scenario, by options of `new` or by answers to its questions."""

import argparse
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from cors_harness.cli.page_login import typed_headers
from cors_harness.drafts.bodies import JSON_TYPE
from cors_harness.drafts.new_scenario import NewScenario
from cors_harness.drafts.operation import Operation
from cors_harness.errors import UsageError
from cors_harness.planning.real_origins import (
    check_server_origin,
    default_server,
    origin_option,
)
from cors_harness.terms.origin import Origin, parse_origin
from cors_harness.text.problems import not_one_of

Given = TypeVar("Given")
Read = TypeVar("Read")
OUTCOMES = ALLOWED, BLOCKED = ("allowed", "blocked")
SERVERS = APP, POLICY = ("app", "policy")
EXAMPLE = '{"n": 1}'
BY_CREDENTIALS = "--credentials sends cookies"
TEXT_TYPE = "text/plain;charset=UTF-8"  # what fetch() says of a text by itself
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # https://httpwg.org/specs/rfc9110.html#tokens
_ID = re.compile(r"[a-z0-9-]+")
# https://fetch.spec.whatwg.org/#forbidden-response-header-name
_NEVER_READ = frozenset(("set-cookie", "set-cookie2"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said of the scenario beside its call; None: nothing is said.

    Attributes:
        body: the text, and the content type by default.
    """

    page: Origin | None = None
    server: Origin | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: tuple[str, str] | None = None
    credentials: bool | None = None
    is_blocked: bool | None = None
    readable: tuple[str, ...] | None = None
    by_policy: bool | None = None
    id: str | None = None
    title: str | None = None


def declare_said(parser: argparse.ArgumentParser) -> None:
    """Adds the options; there is one for each question."""
    group = parser.add_argument_group("what is said of the call, in place of questions")
    group.add_argument(
        "--page-origin",
        metavar="ORIGIN",
        help="the origin of the page: https://app.example.com (default: a page of the harness, "
        "which may be moved by the option of the same name of `run`)",
    )
    group.add_argument(
        "--server-origin",
        metavar="ORIGIN",
        help="the origin of the server, as such a page calls it: https://api.example.org",
    )
    group.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        help="a request header, repeatable: 'X-Request-Kind: change'",
    )
    body = group.add_mutually_exclusive_group()
    body.add_argument("--json", metavar="JSON", help="the body, as application/json")
    body.add_argument(
        "--data",
        metavar="TEXT",
        help="or the body as text; --header 'Content-Type: …' says of what",
    )
    group.add_argument(
        "--credentials",
        action=argparse.BooleanOptionalAction,
        help="the page sends cookies (default: it sends none, or those that the curl command or "
        "the HAR file has)",
    )
    group.add_argument("--expect", choices=OUTCOMES, help="what should come out (default: allowed)")
    group.add_argument(
        "--read",
        metavar="HEADER",
        action="append",
        help="a response header that the page must be able to read, repeatable: X-Total-Count",
    )
    group.add_argument(
        "--server",
        choices=SERVERS,
        help="which server: your app, or the reference servers, under a policy for what should "
        "come out (default: app)",
    )
    group.add_argument("--id", metavar="ID", help="its id (default: made of the call)")
    group.add_argument("--title", metavar="TEXT", help="its title (default: made of the call)")


def said_by(args: argparse.Namespace) -> Said:
    """What the options say; raises UsageError."""
    return Said(
        page=origin_option("--page-origin", args.page_origin),
        server=origin_option("--server-origin", args.server_origin),
        headers=tuple(typed_headers(args.header, BY_CREDENTIALS)),
        body=_body_said(args),
        credentials=args.credentials,
        is_blocked=_if_said(args.expect, is_blocked),
        readable=_if_said(args.read, lambda names: readable(",".join(names))),
        by_policy=_if_said(args.server, is_by_policy),
        id=_if_said(args.id, scenario_id),
        title=_if_said(args.title, title),
    )


def with_said(scenario: NewScenario, said: Said) -> NewScenario:
    """The scenario as it is said; raises UsageError where no page can make such a call."""
    scenario = replace(
        scenario,
        operation=_called(scenario, said),
        page=scenario.page if said.page is None else str(said.page),
        server=scenario.server if said.server is None else said.server,
        id=said.id or "",
        title=said.title or "",
        **{name: getattr(said, name) for name in _PLAIN if getattr(said, name) is not None},
    )
    if scenario.is_blocked and scenario.readable:
        raise UsageError(
            "--read: found a header to be read beside --expect blocked; expected one of them\n"
            "  a page whose call is blocked reads nothing"
        )
    return _between_origins(scenario)


_PLAIN = ("credentials", "is_blocked", "readable", "by_policy")


def _called(scenario: NewScenario, said: Said) -> Operation:
    operation = scenario.operation
    own = {name.lower() for name, _ in said.headers}
    content_types = [value for name, value in said.headers if name.lower() == "content-type"]
    if said.body is not None:
        body, content_type = said.body
        if operation.method.upper() in {"GET", "HEAD"}:
            raise UsageError(
                f"--json, --data: found a body for {operation.method}; expected none, or another "
                "method\n"
                "  fetch() refuses it before anything is sent"
            )
        operation = replace(operation, body=body, content_type=content_type)
    if content_types and operation.body is not None:
        operation = replace(operation, content_type=content_types[-1])
    kept = (pair for pair in operation.headers if pair[0].lower() not in own)
    is_body = operation.body is not None
    more = (pair for pair in said.headers if not is_body or pair[0].lower() != "content-type")
    return replace(
        operation,
        headers=(*kept, *more),
        authorized=operation.authorized and "authorization" not in own,
    )


def _between_origins(scenario: NewScenario) -> NewScenario:
    """The scenario with a server that its page may call; raises UsageError where it may not."""
    if not scenario.has_real_page:
        return scenario
    page = parse_origin(scenario.page)
    if scenario.server is None:
        return replace(scenario, server=default_server(page)) if scenario.by_policy else scenario
    check_server_origin(scenario.server, (page,), "the page's own")
    return scenario


# What a text says


def json_body(text: str) -> tuple[str, str]:
    """A body of JSON; raises UsageError where it is none."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"--json: found no JSON: {error}; expected such as {EXAMPLE}") from error
    return text, JSON_TYPE


def any_body(text: str) -> tuple[str, str] | None:
    """A body of JSON where it begins like that, else of text; None for nothing."""
    if not text:
        return None
    return json_body(text) if text.startswith(("{", "[")) else (text, TEXT_TYPE)


def is_blocked(text: str) -> bool:
    """Whether `blocked` is expected; raises UsageError for what is neither of both."""
    return _one_of("--expect", OUTCOMES, text) == BLOCKED


def is_by_policy(text: str) -> bool:
    """Whether the reference servers are meant; raises UsageError for what is no server."""
    return _one_of("--server", SERVERS, text) == POLICY


def readable(text: str) -> tuple[str, ...]:
    """Names of response headers, with commas or spaces between; raises UsageError."""
    names = tuple(dict.fromkeys(re.findall(r"[^\s,]+", text)))
    for name in names:
        if name.lower() in _NEVER_READ:
            raise UsageError(f"--read: found {name}, which no page can read; expected another")
        if not _NAME.fullmatch(name):
            raise UsageError(f"--read: found {name!r}; expected a name such as X-Total-Count")
    return names


def header(text: str) -> tuple[str, str]:
    """A request header; raises UsageError."""
    (pair,) = typed_headers([text], BY_CREDENTIALS)
    return pair


def scenario_id(text: str) -> str:
    """An id; raises UsageError where it has other characters."""
    if not _ID.fullmatch(text):
        raise UsageError(f"--id: found {text!r}; expected small letters a-z, digits and hyphens")
    return text


def title(text: str) -> str:
    """A title; raises UsageError where it is empty."""
    if not text.strip():
        raise UsageError("--title: found nothing; expected a sentence")
    return " ".join(text.split())


def yes_or_no(text: str) -> bool:
    """Whether it is yes; raises UsageError for what is neither."""
    return _one_of("the answer", ("yes", "no", "y", "n"), text.lower()) in {"yes", "y"}


def _one_of(what: str, words: Sequence[str], text: str) -> str:
    if text not in words:
        raise UsageError(f"{what}: {not_one_of(text, words)}")
    return text


def _if_said(value: Given | None, read: Callable[[Given], Read]) -> Read | None:
    return None if value is None else read(value)


def _body_said(args: argparse.Namespace) -> tuple[str, str] | None:
    if args.json is not None:
        return json_body(args.json)
    return None if args.data is None else (args.data, TEXT_TYPE)

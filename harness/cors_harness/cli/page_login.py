"""page_login_of(): what `init` is told of how pages are let in, --header and --login."""

import argparse
import json
import re
from collections.abc import Iterator, Sequence

from cors_harness.errors import UsageError
from cors_harness.model.survey import LoginCall, PageLogin
from cors_harness.terms.page_requests import is_header

_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_LOGIN = re.compile(r"\s*(?:([A-Za-z]+)\s+)?(/[!-~]*)(?:\s+(.*\S))?\s*", re.DOTALL)
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
HEADER_SHAPE = "'Name: value', such as --header 'Authorization: Bearer abc'"
BY_LOGIN = "--login 'POST /login ...' has one set"
LOGIN_SHAPE = """a method, a path and what is sent, such as --login 'POST /login {"user": "ann"}'"""


def add_login_options(parser: argparse.ArgumentParser) -> None:
    """Adds the two options."""
    parser.add_argument(
        "--header",
        metavar="'NAME: VALUE'",
        action="append",
        default=[],
        help="a header that lets pages in, in every call, repeatable: 'Authorization: Bearer abc'; "
        "it may name what the login brings: 'X-Csrf: {steps.0.cookie.csrf}'",
    )
    parser.add_argument(
        "--login",
        metavar="CALL",
        help="the call by which pages log in first, with JSON or a form: "
        """'POST /login {"user": "ann"}'; its cookies, or the token in its JSON, go with the """
        "calls that follow (where it brings both, cookies with --credentials only)",
    )


def page_login_of(args: argparse.Namespace) -> PageLogin:
    """What the options say; raises UsageError where they are no header and no call."""
    page_login = PageLogin(
        headers=tuple(typed_headers(args.header, BY_LOGIN)), login=_login(args.login)
    )
    if page_login.login is None:
        for name, value in page_login.headers:
            if "{steps." in value:
                raise UsageError(
                    f"--header: found {{steps. in the value of {name}; expected --login beside it"
                )
    return page_login


def typed_headers(texts: Sequence[str], for_cookies: str) -> Iterator[tuple[str, str]]:
    """The headers of --header; raises UsageError, which says what is `for_cookies` instead."""
    for text in texts:
        match = _HEADER.fullmatch(text)
        if match is None or not match[2].isprintable() or not match[2].isascii():
            raise UsageError(f"--header: found {text.partition(':')[0]!r}; expected {HEADER_SHAPE}")
        if not is_header(match[1], match[2]):
            is_cookie = match[1].lower() == "cookie"
            cookie = f"; {for_cookies}" if is_cookie else ""
            raise UsageError(f"--header: found {match[1]}, which no page can set{cookie}")
        yield match[1], match[2]


def _login(text: str | None) -> LoginCall | None:
    if text is None:
        return None
    match = _LOGIN.fullmatch(text)
    if match is None:
        shown = text.split("{", maxsplit=1)[0].strip()
        raise UsageError(f"--login: found {shown!r}; expected {LOGIN_SHAPE}")
    body = match[3]
    method = (match[1] or ("GET" if body is None else "POST")).upper()
    if body is not None and method in {"GET", "HEAD"}:
        raise UsageError(f"--login: found a body for {method}; expected {LOGIN_SHAPE}")
    return LoginCall(
        method=method, target=match[2], content_type=body and _content_type(body), body=body
    )


def _content_type(body: str) -> str:
    if not body.startswith(("{", "[")):
        return FORM
    try:
        json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"--login: what is sent is no JSON: {error}; expected {LOGIN_SHAPE}"
        ) from error
    return JSON

"""log_in(): what a login brings, asked for without a browser; with_answer(): its use in headers."""

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.route import Address
from cors_harness.model.survey import LoginAnswer, LoginCall, PageLogin
from cors_harness.serving.survey.connection import ANSWER_S, answered_within, connected
from cors_harness.terms.set_cookie import cookies_set
from cors_harness.terms.step_value import STEP_VALUE, StepSource, step_values_in
from cors_harness.text.json_values import JsonError, json_value
from cors_harness.text.problems import shown

SentHeaders = tuple[tuple[str, str], ...]

# As OAuth 2 calls it (https://www.rfc-editor.org/rfc/rfc6749#section-5.1), and as others do.
TOKEN_KEYS = ("access_token", "accessToken", "access", "token", "auth_token", "jwt", "id_token")
# What a placeholder of a scenario can name, and what a header can have.
_KEY, _HEADER_VALUE = re.compile(r"[^{}\s.]+"), re.compile(r"[\t -~\x80-\xff]*")
_INDEX = re.compile("[0-9]{1,9}")
DEEPEST = 3
KEYS_SHOWN = 12
MOST_BYTES = 1_000_000
FIRST_ERROR = 400


async def log_in(address: Address, call: LoginCall, headers: SentHeaders) -> LoginAnswer:
    """What the server answers to `call`; redirects are not followed.

    `headers`: those that a browser would add.

    Raises:
        ServerFailed: it gives no answer.
        UsageError: it answers with an error.
    """
    try:
        answer = await asyncio.to_thread(_asked, address, call, dict((*headers, *call.headers)))
    except (OSError, HTTPException) as error:
        named = f"{call.method} {call.target}"
        raise ServerFailed(f"--login: your server gives {named} no answer: {error}") from error
    if answer.status >= FIRST_ERROR:
        raise UsageError(
            f"--login: {call.method} {call.target} is answered with status {answer.status}; "
            "expected one that logs in\n"
            '  is the path right, and the body? as in: --login \'POST /login {"user": "ann"}\''
        )
    return answer


def with_answer(page_login: PageLogin, answer: LoginAnswer) -> PageLogin:
    """The same with a header for a token, where the login brought one and no header names it.

    Raises:
        UsageError: a header names what the login did not bring, or the login brought nothing.
    """
    named = [value for _, text in page_login.headers for value in step_values_in(text)]
    for value in named:
        text = _value(answer, value.source, value.name)
        if text is None:
            raise UsageError(f"--header: the login brings no {{{value}}}\n  {_brought(answer)}")
        if not _HEADER_VALUE.fullmatch(text):
            raise UsageError(
                f"--header: {{{value}}} of the login is nothing that a header can have"
            )
    if named or any(name.lower() == "authorization" for name, _ in page_login.headers):
        return page_login
    if answer.token is None and not answer.cookies:
        raise UsageError(
            "--login: it sets no cookie, and its JSON has no token "
            f"({', '.join(TOKEN_KEYS)})\n  {_brought(answer)}\n"
            "  name what it brings: --header 'Authorization: Bearer {steps.0.json.KEY}'"
        )
    if answer.token is None:
        return page_login
    bearer = ("Authorization", f"Bearer {{steps.0.json.{answer.token}}}")
    return PageLogin(headers=(*page_login.headers, bearer), login=page_login.login)


def filled_headers(page_login: PageLogin, answer: LoginAnswer | None) -> SentHeaders:
    """The headers with the values that the login brought."""
    if answer is None:
        return page_login.headers

    def value(match: Any) -> str:
        named = next(step_values_in(match[0]))
        return _value(answer, named.source, named.name) or ""

    return tuple((name, STEP_VALUE.sub(value, text)) for name, text in page_login.headers)


def _asked(address: Address, call: LoginCall, headers: Mapping[str, str]) -> LoginAnswer:
    connection = HTTPConnection(address.tls_name or address.host, address.port)
    with connected(address) as connection.sock, answered_within(ANSWER_S, connection.sock):
        body = None if call.body is None else call.body.encode()
        connection.request(call.method, call.target, body, dict(headers))
        with connection.getresponse() as response:
            document = _document(response.read(MOST_BYTES))
        return LoginAnswer(
            status=response.status,
            cookies=tuple(_cookies(response.headers.items())),
            headers={name.lower(): text for name, text in response.headers.items()},
            token=next(_tokens(document, (), DEEPEST), None),
            json=document,
        )


def _cookies(headers: Iterable[tuple[str, str]]) -> Iterator[str]:
    """`name=value` of each cookie that the response sets, and does not delete."""
    listed = tuple((name.encode("latin-1"), text.encode("latin-1")) for name, text in headers)
    kept = {each.name: each for each in cookies_set(listed)}
    return (f"{each.name}={each.value}" for each in kept.values() if not each.is_over)


def _document(body: bytes) -> object:
    try:
        return json_value(body)
    except JsonError:
        return None


def _tokens(document: object, keys: tuple[str, ...], depth: int) -> Iterator[str]:
    """The keys to every text that is called like a token, the outermost first."""
    if not isinstance(document, Mapping) or not depth:
        return
    for key in TOKEN_KEYS:
        if isinstance(token := document.get(key), str) and _HEADER_VALUE.fullmatch(token):
            yield ".".join((*keys, key))
    for key, value in document.items():
        if _KEY.fullmatch(key):
            yield from _tokens(value, (*keys, key), depth - 1)


def _value(answer: LoginAnswer, source: StepSource, name: str) -> str | None:
    match source:
        case StepSource.HEADER:
            return answer.headers.get(name.lower())
        case StepSource.COOKIE:
            return dict(cookie.partition("=")[::2] for cookie in answer.cookies).get(name)
        case StepSource.JSON:
            return _in_json(answer.json, name)


def _in_json(document: object, name: str) -> str | None:
    for key in name.split("."):
        if isinstance(document, list) and _INDEX.fullmatch(key) and int(key) < len(document):
            document = document[int(key)]
        elif isinstance(document, Mapping):
            document = document.get(key)
        else:
            return None
    if isinstance(document, bool):
        return json.dumps(document)
    return str(document) if isinstance(document, str | int | float) else None


def _brought(answer: LoginAnswer) -> str:
    """What came, by name: no value is shown."""
    names = _listed(cookie.partition("=")[0] for cookie in answer.cookies)
    keys = _listed(answer.json) if isinstance(answer.json, Mapping) else "no JSON object"
    return f"it came with status {answer.status}; cookies: {names}; keys: {keys}"


def _listed(names: Iterable[str]) -> str:
    """A server's names, in quotes and with escapes."""
    every = list(names)
    more = f" and {len(every) - KEYS_SHOWN} more" if len(every) > KEYS_SHOWN else ""
    return f"{', '.join(map(shown, every[:KEYS_SHOWN]))}{more}" or "none"

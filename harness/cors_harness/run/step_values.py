"""brought(): the value that a step brought for later ones, or why there is none.

What a server says stands in these words only as text in quotes, with escapes.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.scenario import Call
from cors_harness.terms.headers import get, get_all, get_list
from cors_harness.terms.modes import CredentialsMode, ResponseType
from cors_harness.terms.set_cookie import cookies_set
from cors_harness.terms.step_value import StepSource, StepValue
from cors_harness.text.problems import shown

JSON_LIMIT = 1_000_000  # UTF-16 code units of a body that JSON is taken from
NAMES_SHOWN = 12
EXPOSE = "Access-Control-Expose-Headers"
_OPAQUE = frozenset((ResponseType.OPAQUE, ResponseType.OPAQUE_REDIRECT))
_HTTP_SPACE = "\t\n\r "  # https://fetch.spec.whatwg.org/#concept-header-value-normalize


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedStep:
    """What is known of a step that is over; `exchanges` in wire order."""

    call: Call
    observation: Observation
    exchanges: Sequence[Exchange]


@dataclass(frozen=True, slots=True)
class NotBrought:
    """That there is no such value; `why` says what came instead, in the rest of a sentence."""

    why: str


def brought(value: StepValue, finished: FinishedStep) -> str | NotBrought:
    """The text of `value`."""
    if value.source is StepSource.COOKIE:
        return _cookie(value.name, finished.exchanges)
    seen = finished.observation
    if not isinstance(seen, Fulfilled):
        return NotBrought(f"it has no response that page code can read: {_end(seen)}")
    if seen.response_type in _OPAQUE:
        return NotBrought("its response is opaque, page code can read nothing of it")
    if value.source is StepSource.HEADER:
        return _header(value.name, seen, finished)
    return _json(value.name.split("."), seen)


def refused_in_header(value: str) -> str:
    """What `fetch()` would refuse in a header of this value; empty where it takes it.

    https://fetch.spec.whatwg.org/#concept-header-value
    """
    value = value.strip(_HTTP_SPACE)
    if re.search(r"[\r\n]", value):
        return "a line break"
    if "\0" in value:
        return "NUL"
    return "a character above U+00FF" if re.search(r"[^\x00-\xff]", value) else ""


def _end(seen: Rejected | TimedOut | Crashed) -> str:
    match seen:
        case Rejected(error_name=name):
            return f"fetch() rejected with {shown(name)}"
        case TimedOut():
            return "nothing came in time"
        case Crashed():
            return "the engine went away"


def _header(name: str, seen: Fulfilled, finished: FinishedStep) -> str | NotBrought:
    values = [value for key, value in seen.headers if key.lower() == name.lower()]
    if values:
        return ", ".join(values)
    response = f"its response ({seen.status})"
    requests = _requests(finished.exchanges)
    if requests and get_all(requests[-1].response_headers, name):
        hidden = _why_hidden(name, requests[-1], finished.call)
        return NotBrought(f"{response} has it on the wire, but page code cannot read it: {hidden}")
    names = _listed(key for key, _ in seen.headers)
    return NotBrought(f"{response} has {names or 'no header'} that page code can read")


def _why_hidden(name: str, exchange: Exchange, call: Call) -> str:
    """https://fetch.spec.whatwg.org/#ref-for-concept-response-cors-exposed-header-name-list."""
    exposed = get(exchange.response_headers, EXPOSE)
    if exposed is None:
        return f"there is no {EXPOSE}, which must name {name}"
    found = f"{EXPOSE} is {shown(exposed.decode('latin-1'))}"
    names = [each.lower() for each in get_list(exchange.response_headers, EXPOSE)]
    with_credentials = call.credentials is CredentialsMode.INCLUDE
    if name.lower() in names or ("*" in names and not with_credentials):
        return f"{found}, and yet this browser keeps it back"
    star = "is no wildcard with credentials and " if "*" in names else ""
    return f"{found}, which {star}must name {name}"


def _json(keys: Sequence[str], seen: Fulfilled) -> str | NotBrought:
    response = f"its response ({seen.status})"
    if seen.body is None:
        return NotBrought(f"{response} has a body that cannot be read")
    if len(seen.body.encode("utf-16-le", "surrogatepass")) // 2 > JSON_LIMIT:
        return NotBrought(f"{response} has a body of more than {JSON_LIMIT} characters")
    if not seen.body:
        return NotBrought(f"{response} has an empty body")
    try:
        # Numbers stay as they are written.
        value = json.loads(seen.body, parse_int=str, parse_float=str, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return NotBrought(f"{response} has a body that is no JSON: {shown(seen.body)}")
    return _at(keys, value, response)


def _no_json(word: str) -> None:
    raise ValueError(word)


def _at(keys: Sequence[str], value: Any, response: str) -> str | NotBrought:
    """The text at `keys` inside `value`."""
    for depth, key in enumerate(keys):
        inner = _inside(value, key)
        if isinstance(inner, NotBrought):
            return NotBrought(f"{response} {_place(keys[:depth])} {_kind(value)}")
        (value,) = inner
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return NotBrought(f"{response} {_place(keys)} {_kind(value)}")


def _inside(value: Any, key: str) -> tuple[Any] | NotBrought:
    if isinstance(value, dict) and key in value:
        return (value[key],)
    if isinstance(value, list) and re.fullmatch(r"[0-9]{1,9}", key) and int(key) < len(value):
        return (value[int(key)],)
    return NotBrought("")


def _place(keys: Sequence[str]) -> str:
    return f"has at {'.'.join(keys)}" if keys else "is JSON:"


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case dict():
            return f"an object with {_listed(map(shown, value), 'the keys ') or 'no keys'}"
        case list():
            return f"a list of {len(value)}"
        case _:
            return "a text or a number"


def _cookie(name: str, exchanges: Sequence[Exchange]) -> str | NotBrought:
    requests = [exchange for exchange in _requests(exchanges) if exchange.status is not None]
    if not requests:
        return NotBrought("no response to it was on the wire")
    every = (cookie for each in requests for cookie in cookies_set(each.response_headers))
    cookies = {cookie.name: cookie for cookie in every}
    cookie = cookies.get(name)
    if cookie and not cookie.is_over:
        return cookie.value
    statuses = ", ".join(str(exchange.status) for exchange in requests)
    response = f"its response ({statuses})" if len(requests) == 1 else f"its responses ({statuses})"
    verb = "deletes it" if len(requests) == 1 else "delete it"
    if cookie:
        return NotBrought(f"{response} {verb}")
    names = _listed(map(shown, cookies), "only the cookies ") or "no cookie"
    return NotBrought(f"{response} {'sets' if len(requests) == 1 else 'set'} {names}")


def _requests(exchanges: Iterable[Exchange]) -> Sequence[Exchange]:
    return [exchange for exchange in exchanges if exchange.kind is ExchangeKind.REQUEST]


def _listed(names: Iterable[str], before: str = "") -> str:
    """`a, b and 3 more`; empty for none."""
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - NAMES_SHOWN} more" if len(every) > NAMES_SHOWN else ""
    return f"{before}{', '.join(every[:NAMES_SHOWN])}{more}" if every else ""

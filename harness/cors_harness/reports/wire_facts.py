"""Wire facts: what two exchanges differ in, of all that a browser decides by, in words."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from urllib.parse import urlsplit

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import get, get_all
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.statuses import is_ok

ORIGIN = "Access-Control-Allow-Origin"
TIMES = {1: "once", 2: "twice"}
ABOUT: Mapping[ReasonCode, str] = {  # the header that a reason is about, where it is not ORIGIN
    ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE: "Access-Control-Allow-Credentials",
    ReasonCode.METHOD_NOT_ALLOWED: "Access-Control-Allow-Methods",
    ReasonCode.ALLOW_METHODS_INVALID: "Access-Control-Allow-Methods",
    ReasonCode.HEADER_NOT_ALLOWED: "Access-Control-Allow-Headers",
    ReasonCode.ALLOW_HEADERS_INVALID: "Access-Control-Allow-Headers",
}


def first_difference(
    alone: Sequence[Exchange], deployed: Sequence[Exchange], code: ReasonCode | None = None
) -> str:
    """What is different in the first exchange that differs; empty where none does.

    Of headers, Access-Control-Allow-Origin counts and the one that `code` is about.
    """
    for before, after in zip_longest(alone, deployed):
        words = ", ".join(_facts(before, after, code))
        if words:
            return words
    return ""


def _facts(
    before: Exchange | None, after: Exchange | None, code: ReasonCode | None
) -> Iterator[str]:
    if after is None:
        yield f"no {before.kind if before else 'request'} was sent"
    elif before is None:
        yield f"one more {after.kind}, answered {_status(after)}"
    elif before.kind is not after.kind:
        yield f"a {after.kind} instead of a {before.kind}"
    elif _origins(before) and not _origins(after):
        yield f"{after.kind} answered {_status(after)} without {ORIGIN}"
    else:
        yield from _status_facts(before, after)
        yield from _origin_facts(before, after)
        yield from _header_facts(before, after, ABOUT.get(code) if code else None)
        yield from _redirect_facts(before, after)


def _status_facts(before: Exchange, after: Exchange) -> Iterator[str]:
    is_preflight = after.kind is ExchangeKind.PREFLIGHT
    if before.status == after.status or (
        is_preflight and is_ok(before.status) and is_ok(after.status)
    ):
        return
    yield f"{after.kind} answered {_status(after)} instead of {_status(before)}"


def _origin_facts(before: Exchange, after: Exchange) -> Iterator[str]:
    had, has = _origins(before), _origins(after)
    if len(had) == len(has):
        yield from _value_facts(ORIGIN, had, has)
    elif len(has) == 1 and not had:
        yield f"{after.kind} answered {_status(after)} with {ORIGIN}, alone without"
    else:
        times = TIMES.get(len(has), f"{len(has)} times")
        yield f"{after.kind} answered with {ORIGIN} {times}"


def _header_facts(before: Exchange, after: Exchange, name: str | None) -> Iterator[str]:
    if name is not None:
        had, has = (get_all(each.response_headers, name) for each in (before, after))
        yield from _value_facts(name, had, has)


def _value_facts(name: str, had: Sequence[bytes], has: Sequence[bytes]) -> Iterator[str]:
    if had != has:
        yield f"{name} is {_shown(has)}, alone {_shown(had)}"


def _redirect_facts(before: Exchange, after: Exchange) -> Iterator[str]:
    ways = _redirect_way(before), _redirect_way(after)
    if all(ways) and ways[0] != ways[1]:
        yield f"redirected to {ways[1]} instead of {ways[0]}"


def _origins(each: Exchange) -> tuple[bytes, ...]:
    return get_all(each.response_headers, ORIGIN)


def _status(each: Exchange) -> str:
    return "nothing" if each.status is None else str(each.status)


def _redirect_way(each: Exchange) -> str:
    """Scheme and path of a redirect; ports differ from server to server."""
    location = get(each.response_headers, "Location")
    parts = urlsplit((location or b"").decode("latin-1"))
    return f"{parts.scheme}://…{parts.path}" if parts.scheme else parts.path


def _shown(values: Sequence[bytes]) -> str:
    return ", ".join(value.decode("latin-1") for value in values) or "missing"

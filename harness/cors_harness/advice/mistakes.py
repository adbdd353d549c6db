"""diagnose(): which mistake it is, by the reason and by what was on the wire."""

from collections.abc import Mapping
from http import HTTPStatus
from itertools import pairwise

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.advice.frameworks import STARLETTE_REFUSES
from cors_harness.model.advice import Mistake
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import get, get_all, get_list
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.statuses import REDIRECT_STATUSES, is_ok

_BY_CODE: Mapping[ReasonCode, Mistake] = {
    ReasonCode.ALLOW_ORIGIN_MISMATCH: Mistake.ORIGIN_MISMATCH,
    ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS: Mistake.WILDCARD_CREDENTIALS,
    ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE: Mistake.CREDENTIALS,
    ReasonCode.HEADER_NOT_ALLOWED: Mistake.HEADER,
    ReasonCode.ALLOW_METHODS_INVALID: Mistake.LIST_INVALID,
    ReasonCode.ALLOW_HEADERS_INVALID: Mistake.LIST_INVALID,
    ReasonCode.LOCAL_NETWORK_ACCESS: Mistake.LOCAL_NETWORK,
    ReasonCode.CERTIFICATE: Mistake.CERTIFICATE,
}
_ABOUT_ORIGIN = frozenset(
    {
        ReasonCode.ALLOW_ORIGIN_MISSING,
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
        ReasonCode.ALLOW_ORIGIN_REFUSED,
    }
)
# What engines say of a preflight that did not pass, each in its own order of checks.
_ABOUT_PREFLIGHT = _ABOUT_ORIGIN | {
    ReasonCode.PREFLIGHT_STATUS,
    ReasonCode.PREFLIGHT_REDIRECT,
    ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
    ReasonCode.UNKNOWN,
    ReasonCode.NETWORK,
}
_BY_STATUS: Mapping[int, Mistake] = {
    **dict.fromkeys(REDIRECT_STATUSES, Mistake.PREFLIGHT_REDIRECT),
    **dict.fromkeys((401, 403, 407), Mistake.PREFLIGHT_AUTH),
    **dict.fromkeys((404, 405, 501), Mistake.PREFLIGHT_ROUTE),
}


def diagnose(blocked: Blocked) -> Mistake | None:
    """The mistake; None where what is known fits none."""
    if blocked.reason is None:
        return _unreadable(blocked)
    last, code = blocked.last, blocked.reason.code
    if code is ReasonCode.MIXED_CONTENT:
        return Mistake.REDIRECTED_TO_HTTP if last else Mistake.MIXED_CONTENT
    if last is None:
        return _BY_CODE.get(code)
    if code is ReasonCode.ALLOW_ORIGIN_MULTIPLE:
        return Mistake.TWICE if len(blocked.allow_origin) > 1 else Mistake.SEVERAL_IN_ONE
    if blocked.at_preflight and not is_ok(last.status) and code in _ABOUT_PREFLIGHT:
        return _preflight_status(last, blocked)
    return _origin(blocked, last) if code in _ABOUT_ORIGIN else _other(blocked, code)


def _other(blocked: Blocked, code: ReasonCode) -> Mistake | None:
    if code is ReasonCode.METHOD_NOT_ALLOWED:
        return _method(blocked)
    return _BY_CODE.get(code)


def _unreadable(blocked: Blocked) -> Mistake:
    headers = blocked.last.response_headers if blocked.last else ()
    is_sent = any(get_all(headers, name) for name in blocked.hidden)
    return Mistake.NOT_EXPOSED if is_sent else Mistake.NEVER_SENT


def _preflight_status(last: Exchange, blocked: Blocked) -> Mistake | None:
    if last.status is None:
        return None
    if _is_refused_by_starlette(last):
        return _refused_by_starlette(last, blocked)
    return _BY_STATUS.get(last.status, Mistake.PREFLIGHT_ERROR)


def _is_refused_by_starlette(last: Exchange) -> bool:
    """By the body, or, as browsers need not wait for that of a preflight, by the headers."""
    is_cut = not last.complete and not last.body
    names_methods = get(last.response_headers, "Access-Control-Allow-Methods") is not None
    return last.body.startswith(STARLETTE_REFUSES) or (
        is_cut and last.status == HTTPStatus.BAD_REQUEST and names_methods
    )


def _refused_by_starlette(last: Exchange, blocked: Blocked) -> Mistake:
    """Its 400 says yes to what it allows, so what it refused is what the headers do not name."""
    if blocked.allow_origin not in {("*",), (blocked.origin,)}:
        return Mistake.ORIGIN_MISSING
    asked = get(last.request_headers, "Access-Control-Request-Method") or b""
    if asked.decode("latin-1") not in get_list(
        last.response_headers, "Access-Control-Allow-Methods"
    ):
        return _method(blocked)
    return Mistake.HEADER if refused_headers(last) else Mistake.PREFLIGHT_ERROR


def refused_headers(preflight: Exchange) -> tuple[str, ...]:
    """Request headers that a preflight asks for and the answer does not name, lower case."""
    asked = get_list(preflight.request_headers, "Access-Control-Request-Headers")
    named = get_list(preflight.response_headers, "Access-Control-Allow-Headers")
    allowed = {name.lower() for name in named}
    return tuple(name for name in asked if name not in allowed)


def _method(blocked: Blocked) -> Mistake:
    """`patch` is sent as it is written; only GET, POST and a few others are put in upper case.

    https://fetch.spec.whatwg.org/#concept-method-normalize
    """
    method = blocked.call.method or "GET"
    headers = blocked.preflight.response_headers if blocked.preflight else ()
    named = get_list(headers, "Access-Control-Allow-Methods")
    is_written_otherwise = method not in named and method.upper() in named
    return Mistake.METHOD_CASE if is_written_otherwise else Mistake.METHOD


def _origin(blocked: Blocked, last: Exchange) -> Mistake | None:
    if _is_led_away(blocked):
        return Mistake.REDIRECTED_AWAY
    if blocked.origin == NULL:
        return Mistake.ORIGIN_NULL
    if blocked.allow_origin:
        return Mistake.ORIGIN_MISMATCH
    return _missing(blocked, last)


def _is_led_away(blocked: Blocked) -> bool:
    """Whether a redirect led the call from one origin to another."""
    return any(before.origin != after.origin for before, after in pairwise(blocked.wire))


def _missing(blocked: Blocked, last: Exchange) -> Mistake | None:
    if last.status is None:
        return None
    if last.status == 413:
        return Mistake.TOO_LARGE
    if last.status >= 400:
        return Mistake.CRASH if last.status == 500 else Mistake.ERROR
    passed = blocked.preflight is not None and not blocked.at_preflight
    return Mistake.ONLY_ON_PREFLIGHT if passed else Mistake.ORIGIN_MISSING

"""diagnose(): which Mistake blocked a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.advice.known_answers import (
    aiohttp_cors_refuses,
    blacksheep_refuses,
    is_by_litestar,
    is_by_starlette,
    is_host_refused,
    litestar_refuses_headers,
)
from cors_harness.advice.redirects import leads_to_itself, leads_to_login, location_of
from cors_harness.model.advice import Mistake
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import REDIRECT_STATUSES, get, get_all, get_list, is_ok
from cors_harness.terms.reasons import ReasonCode

_BY_STATUS: Mapping[int, Mistake] = {
    **dict.fromkeys(REDIRECT_STATUSES, Mistake.PREFLIGHT_REDIRECT),
    **dict.fromkeys((401, 407), Mistake.PREFLIGHT_AUTH),
    403: Mistake.PREFLIGHT_REFUSED,
    429: Mistake.RATE_LIMIT,
    **dict.fromkeys((404, 405, 501), Mistake.PREFLIGHT_ROUTE),
}


def diagnose(blocked: Blocked) -> Mistake | None:
    """The mistake; None where what is known fits none."""
    if blocked.reason is None:
        return _unreadable(blocked)
    decision, last = DECISIONS[blocked.reason.code], blocked.last
    if last is None:
        return decision.unsent
    if leads_to_itself(last):
        return Mistake.HTTPS_UNTOLD
    if decision.may_be_status and blocked.at_preflight and not is_ok(last.status):
        return _preflight_status(last, blocked)
    find = decision.answered
    return find(blocked, last) if callable(find) else find


def _unreadable(blocked: Blocked) -> Mistake | None:
    last = blocked.last
    if last is not None and is_host_refused(last, blocked.made_of):
        return Mistake.HOST_REFUSED  # by what stands where CORS headers are put on it
    if not blocked.hidden:
        return None
    headers = last.response_headers if last else ()
    is_sent = any(get_all(headers, name) for name in blocked.hidden)
    return Mistake.NOT_EXPOSED if is_sent else Mistake.NEVER_SENT


def _preflight_status(last: Exchange, blocked: Blocked) -> Mistake | None:
    if last.status is None:
        return None
    if is_by_starlette(last):
        return _refused_by_starlette(last, blocked)
    if last.status in REDIRECT_STATUSES and leads_to_login(last):
        return Mistake.LOGIN_REDIRECT
    return _known_refusal(last, blocked) or _BY_STATUS.get(last.status, Mistake.PREFLIGHT_ERROR)


def _known_refusal(last: Exchange, blocked: Blocked) -> Mistake | None:
    """What a library that we know says it refused, or may have."""
    if is_host_refused(last, blocked.made_of):
        return Mistake.HOST_REFUSED
    if word := blacksheep_refuses(last):
        return _BLACKSHEEP_REFUSES[word]
    if litestar_refuses_headers(last, blocked.made_of):
        return Mistake.HEADER
    by_aiohttp = dict(zip(_REFUSABLE, aiohttp_cors_refuses(last), strict=True))
    refused = [mistake for mistake, is_refused in by_aiohttp.items() if is_refused]
    if len(refused) == 1:
        return refused[0]
    return Mistake.PREFLIGHT_REFUSED if refused or is_by_litestar(last, blocked.made_of) else None


_REFUSABLE = (Mistake.ORIGIN_MISSING, Mistake.METHOD, Mistake.HEADER)
_BLACKSHEEP_REFUSES: Mapping[str, Mistake] = {
    "origin": Mistake.ORIGIN_MISSING,
    "method": Mistake.METHOD,
    "request header": Mistake.HEADER,
}


def _refused_by_starlette(last: Exchange, blocked: Blocked) -> Mistake:
    """The mistake that Starlette answers 400: what its headers do not name was refused."""
    if blocked.allow_origin not in {("*",), (blocked.origin,)}:
        return Mistake.ORIGIN_MISSING
    asked = get(last.request_headers, "Access-Control-Request-Method") or b""
    if asked.decode("latin-1") not in get_list(
        last.response_headers, "Access-Control-Allow-Methods"
    ):
        return _method(blocked, last)
    return Mistake.HEADER if refused_headers(last) else Mistake.PREFLIGHT_ERROR


def refused_headers(preflight: Exchange) -> tuple[str, ...]:
    """The request headers that a preflight asks for and the answer does not name, lower case."""
    asked = get_list(preflight.request_headers, "Access-Control-Request-Headers")
    named = get_list(preflight.response_headers, "Access-Control-Allow-Headers")
    allowed = {name.lower() for name in named}
    return tuple(name for name in asked if name not in allowed)


def _method(blocked: Blocked, _last: Exchange) -> Mistake:
    """The mistake behind a refused method; `patch` is refused for its case, as it is sent so.

    https://fetch.spec.whatwg.org/#concept-method-normalize
    """
    method = blocked.call.method or "GET"
    headers = blocked.preflight.response_headers if blocked.preflight else ()
    named = get_list(headers, "Access-Control-Allow-Methods")
    is_written_otherwise = method not in named and method.upper() in named
    return Mistake.METHOD_CASE if is_written_otherwise else Mistake.METHOD


def _origin(blocked: Blocked, last: Exchange) -> Mistake | None:
    if any(leads_to_login(exchange) for exchange in blocked.wire):
        return Mistake.LOGIN_REDIRECT
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
    if last.status in REDIRECT_STATUSES and location_of(last):
        return Mistake.REDIRECT
    if last.status >= 400:
        return _error(blocked, last)
    passed = blocked.preflight is not None and not blocked.at_preflight
    return Mistake.ONLY_ON_PREFLIGHT if passed else Mistake.ORIGIN_MISSING


def _error(blocked: Blocked, last: Exchange) -> Mistake:
    """The mistake behind an error without Access-Control-Allow-Origin."""
    if known := _known_refusal(last, blocked):
        return known
    if blocked.speaks_cors:
        return Mistake.ORIGIN_MISSING
    return _BY_ERROR.get(last.status, Mistake.ERROR)


_BY_ERROR: Mapping[int | None, Mistake] = {
    413: Mistake.TOO_LARGE,
    429: Mistake.RATE_LIMIT,
    500: Mistake.CRASH,
}


def _allow_origin_repeated(blocked: Blocked, _last: Exchange) -> Mistake:
    return Mistake.TWICE if len(blocked.allow_origin) > 1 else Mistake.SEVERAL_IN_ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is advised for one reason code.

    Attributes:
        answered: the mistake where requests reached a server, or what finds it; None: no advice.
        unsent: the mistake where nothing reached a server; None: no advice.
        may_be_status: whether engines, each with its own order of checks, give this reason also
            for a preflight whose status is an error; then the status decides.
    """

    answered: Mistake | Callable[[Blocked, Exchange], Mistake | None] | None = None
    unsent: Mistake | None = None
    may_be_status: bool = False


def _always(mistake: Mistake, *, may_be_status: bool = False) -> Decision:
    return Decision(answered=mistake, unsent=mistake, may_be_status=may_be_status)


_NO_ADVICE = Decision()
_ONLY_A_STATUS = Decision(may_be_status=True)

DECISIONS: Mapping[ReasonCode, Decision] = {
    ReasonCode.ALLOW_ORIGIN_MISSING: Decision(answered=_origin, may_be_status=True),
    ReasonCode.ALLOW_ORIGIN_MISMATCH: Decision(
        answered=_origin, unsent=Mistake.ORIGIN_MISMATCH, may_be_status=True
    ),
    ReasonCode.ALLOW_ORIGIN_REFUSED: Decision(answered=_origin, may_be_status=True),
    ReasonCode.ALLOW_ORIGIN_MULTIPLE: Decision(answered=_allow_origin_repeated),
    ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS: _always(
        Mistake.WILDCARD_CREDENTIALS, may_be_status=True
    ),
    ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE: _always(Mistake.CREDENTIALS, may_be_status=True),
    ReasonCode.PREFLIGHT_STATUS: _ONLY_A_STATUS,
    ReasonCode.PREFLIGHT_REDIRECT: _ONLY_A_STATUS,
    ReasonCode.METHOD_NOT_ALLOWED: Decision(answered=_method),
    ReasonCode.HEADER_NOT_ALLOWED: _always(Mistake.HEADER),
    ReasonCode.ALLOW_METHODS_INVALID: _always(Mistake.LIST_INVALID),
    ReasonCode.ALLOW_HEADERS_INVALID: _always(Mistake.LIST_INVALID),
    ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY: _NO_ADVICE,
    ReasonCode.REDIRECT_CREDENTIALS: _NO_ADVICE,
    ReasonCode.REDIRECT_NOT_HTTP: _NO_ADVICE,
    ReasonCode.REDIRECT_INVALID_URL: _NO_ADVICE,
    ReasonCode.REDIRECT_COUNT: _NO_ADVICE,
    ReasonCode.REDIRECT_MODE_ERROR: _NO_ADVICE,
    ReasonCode.MODE_SAME_ORIGIN: _NO_ADVICE,
    ReasonCode.MODE_NO_CORS_REDIRECT: _NO_ADVICE,
    ReasonCode.ARGUMENTS_REFUSED: _NO_ADVICE,
    ReasonCode.BAD_PORT: _NO_ADVICE,
    ReasonCode.MIXED_CONTENT: Decision(
        answered=Mistake.REDIRECTED_TO_HTTP, unsent=Mistake.MIXED_CONTENT
    ),
    ReasonCode.LOCAL_NETWORK_ACCESS: _always(Mistake.LOCAL_NETWORK),
    ReasonCode.CERTIFICATE: _always(Mistake.CERTIFICATE),
    ReasonCode.NETWORK: _ONLY_A_STATUS,
    ReasonCode.UNKNOWN: _ONLY_A_STATUS,
}
"""What is advised for every reason code; a test says which one is forgotten."""

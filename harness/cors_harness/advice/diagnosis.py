"""diagnose(): which mistake it is, by the reason and by what was on the wire."""

from collections.abc import Mapping
from http import HTTPStatus
from itertools import pairwise

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.model.advice import Mistake, Where
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import REDIRECT_STATUSES, get, get_all, get_list, is_ok
from cors_harness.terms.reasons import ReasonCode

NGINX_PAGE = b"<center>nginx"  # the end of every error page that nginx makes itself
NO_CONTENT = 204
STARLETTE_REFUSES = b"Disallowed CORS "  # the body of its 400 to a preflight
_FRONTS = {"nginx": Where.NGINX, "apache": Where.ANY, "uwsgi": Where.ANY}
SPEAK_CORS = frozenset({"flask-cors", "fastapi", "starlette", "django-cors-headers"})
ASGI_SERVERS = frozenset({"uvicorn", "hypercorn", "granian"})
# What of a response no code of flask-cors puts on anything but an answer to OPTIONS.
ON_PREFLIGHTS_ONLY = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


def framework_for_fix(blocked: Blocked) -> Where:
    """ANY where nothing says what the server is made of, or no lines are known for it."""
    last = blocked.last
    if last is None:
        return framework_of(blocked)
    if made_by_nginx(last) or made_by_nginx(blocked.preflight):
        return Where.NGINX
    is_twice = len(blocked.allow_origin) > 1
    if is_twice or _is_error(last) or _is_answered_in_front(blocked):
        return _front(blocked, last) or framework_of(blocked)
    return framework_of(blocked)


def _front(blocked: Blocked, last: Exchange) -> Where | None:
    """What stands in front of the app and answers for it, or adds to what it says."""
    names = blocked.made_of | {_server(last)}
    found = (where for name, where in _FRONTS.items() if name in names)
    return next(found, None)


def framework_of(blocked: Blocked) -> Where:
    """What the app itself is made with."""
    names = blocked.made_of
    is_asgi = bool(names & ASGI_SERVERS) or "flask" not in names
    if "django" in names:
        return Where.DJANGO
    if is_asgi and "fastapi" in names:
        return Where.FASTAPI
    if is_asgi and "starlette" in names:
        return Where.STARLETTE
    if "flask" in names:
        return Where.FLASK if _is_by_hand(blocked) else Where.FLASK_CORS
    return _by_signature(blocked)


def _by_signature(blocked: Blocked) -> Where:
    """What frameworks cannot help saying, where nobody knows what the server is made of."""
    if any(each.body.startswith(STARLETTE_REFUSES) for each in blocked.wire):
        return Where.STARLETTE
    is_werkzeug = blocked.last is not None and _server(blocked.last) == "werkzeug"
    return Where.FLASK if is_werkzeug else Where.ANY


def app_speaks_cors(blocked: Blocked) -> bool:
    """Whether the app behind nginx has a library for CORS."""
    return bool(blocked.made_of & SPEAK_CORS)


def made_by_nginx(exchange: Exchange | None) -> bool:
    """Whether nginx gave this answer without the app; no framework answers a preflight 204."""
    if exchange is None:
        return False
    return NGINX_PAGE in exchange.body or (
        exchange.status == NO_CONTENT and _server(exchange) == "nginx"
    )


def _server(exchange: Exchange) -> str:
    """The product that the header Server names, in lower case."""
    said = get(exchange.response_headers, "Server") or b""
    return said.decode("latin-1").partition("/")[0].lower()


def _is_answered_in_front(blocked: Blocked) -> bool:
    return blocked.preflight is not None and blocked.preflight.status == NO_CONTENT


def _is_error(last: Exchange) -> bool:
    """Errors that apps put CORS headers on and nginx without `always` does not; 500 is theirs."""
    return last.status is not None and last.status >= 400 and last.status != 500


def _is_by_hand(blocked: Blocked) -> bool:
    """Whether headers that flask-cors does not send are there, or flask-cors itself is not."""
    if "flask-cors" not in blocked.made_of:
        return True
    if len(blocked.allow_origin) != 1 or blocked.at_preflight or blocked.last is None:
        return False
    return any(get(blocked.last.response_headers, name) for name in ON_PREFLIGHTS_ONLY)


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

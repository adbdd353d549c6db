"""diagnose(): which Mistake blocked a call, and fix_target(): whose lines mend it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise

from cors_harness.advice.blocked import NULL, Blocked
from cors_harness.model.advice import FixTarget, Mistake
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import REDIRECT_STATUSES, get, get_all, get_list, is_ok
from cors_harness.terms.reasons import ReasonCode

NGINX_PAGE = b"<center>nginx"  # the end of every error page that nginx makes itself
NO_CONTENT = 204
STARLETTE_REFUSES = b"Disallowed CORS "  # the body of its 400 to a preflight
_FRONTS = {"nginx": FixTarget.NGINX, "apache": FixTarget.ANY, "uwsgi": FixTarget.ANY}
SPEAK_CORS = frozenset({"flask-cors", "fastapi", "starlette", "django-cors-headers"})
ASGI_SERVERS = frozenset({"uvicorn", "hypercorn", "granian"})
# What of a response no code of flask-cors puts on anything but an answer to OPTIONS.
ON_PREFLIGHTS_ONLY = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


def fix_target(blocked: Blocked) -> FixTarget:
    """What the lines are written for; ANY where nothing tells it, or no lines are known for it."""
    last = blocked.last
    if last is None:
        return _app_target(blocked)
    if made_by_nginx(last) or made_by_nginx(blocked.preflight):
        return FixTarget.NGINX
    is_twice = len(blocked.allow_origin) > 1
    if is_twice or _is_error(last) or _is_answered_in_front(blocked):
        return _front(blocked, last) or _app_target(blocked)
    return _app_target(blocked)


def _front(blocked: Blocked, last: Exchange) -> FixTarget | None:
    """What stands in front of the app and answers for it, or adds to what it says."""
    names = blocked.made_of | {_server(last)}
    return next((target for name, target in _FRONTS.items() if name in names), None)


def _app_target(blocked: Blocked) -> FixTarget:
    """What the app itself is made with."""
    names = blocked.made_of
    is_asgi = bool(names & ASGI_SERVERS) or "flask" not in names
    if "django" in names:
        return FixTarget.DJANGO
    if is_asgi and "fastapi" in names:
        return FixTarget.FASTAPI
    if is_asgi and "starlette" in names:
        return FixTarget.STARLETTE
    if "flask" in names:
        return FixTarget.FLASK if _is_by_hand(blocked) else FixTarget.FLASK_CORS
    return _by_signature(blocked)


def _by_signature(blocked: Blocked) -> FixTarget:
    """The framework that a response gives away, for a server that nobody has described."""
    if any(exchange.body.startswith(STARLETTE_REFUSES) for exchange in blocked.wire):
        return FixTarget.STARLETTE
    is_werkzeug = blocked.last is not None and _server(blocked.last) == "werkzeug"
    return FixTarget.FLASK if is_werkzeug else FixTarget.ANY


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
    value = get(exchange.response_headers, "Server") or b""
    return value.decode("latin-1").partition("/")[0].lower()


def _is_answered_in_front(blocked: Blocked) -> bool:
    return blocked.preflight is not None and blocked.preflight.status == NO_CONTENT


def _is_error(last: Exchange) -> bool:
    """Whether an app puts CORS headers on this error, and nginx without `always` does not."""
    return last.status is not None and last.status >= 400 and last.status != 500


def _is_by_hand(blocked: Blocked) -> bool:
    """Whether headers that flask-cors does not send are there, or flask-cors itself is not."""
    if "flask-cors" not in blocked.made_of:
        return True
    if len(blocked.allow_origin) != 1 or blocked.at_preflight or blocked.last is None:
        return False
    return any(get(blocked.last.response_headers, name) for name in ON_PREFLIGHTS_ONLY)


_BY_STATUS: Mapping[int, Mistake] = {
    **dict.fromkeys(REDIRECT_STATUSES, Mistake.PREFLIGHT_REDIRECT),
    **dict.fromkeys((401, 403, 407), Mistake.PREFLIGHT_AUTH),
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


def leads_to_itself(last: Exchange) -> bool:
    """Whether an https address answers with a redirect to itself, as what takes it for http does.

    The query does not count: it may have lost the cell's token. A Location without a scheme says
    nothing about https.
    """
    location = (get(last.response_headers, "Location") or b"").decode("latin-1")
    asked = f"{last.origin}{last.target}"
    return (
        last.status in REDIRECT_STATUSES
        and asked.startswith("https://")
        and location.partition("?")[0] == asked.partition("?")[0]
    )


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
    """Whether Starlette refused it: told by the body, or by the headers of a preflight's answer."""
    is_cut = not last.complete and not last.body
    names_methods = get(last.response_headers, "Access-Control-Allow-Methods") is not None
    return last.body.startswith(STARLETTE_REFUSES) or (
        is_cut and last.status == HTTPStatus.BAD_REQUEST and names_methods
    )


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

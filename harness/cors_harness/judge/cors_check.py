"""cors_refusal() and policy_refusal(): what the Fetch standard refuses about one response.

They decide by one exchange alone, as a browser does by the response. The reasons that they give
are used only where a call was rejected and the engine was not heard or said too little.
"""

import re
from collections.abc import Callable

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call
from cors_harness.terms.headers import REDIRECT_STATUSES, get, get_all, get_list, is_ok
from cors_harness.terms.modes import CredentialsMode, RequestMode
from cors_harness.terms.reasons import ReasonCode

Refused = tuple[ReasonCode, str]
"""The code, and the fact on the wire that decides."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SAFE_METHODS = frozenset(("GET", "HEAD", "POST"))
_NOT_BY_WILDCARD = "authorization"


def cors_refusal(call: Call, exchange: Exchange) -> Refused | None:
    """What a CORS check, and of a preflight all that follows, refuses; None: nothing.

    https://fetch.spec.whatwg.org/#concept-cors-check and, from there on, step 7 of
    https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    origin = get(exchange.request_headers, "Origin")
    is_cors = call.mode in {None, RequestMode.CORS}
    if not is_cors or origin is None or origin.decode("latin-1") == exchange.origin:
        return None
    checks: tuple[Callable[[Call, Exchange], Refused | None], ...] = (_allow_origin, _credentials)
    if exchange.kind is ExchangeKind.PREFLIGHT:
        checks += (_status, _methods, _headers)
    return next(filter(None, (check(call, exchange) for check in checks)), None)


def policy_refusal(call: Call, exchange: Exchange) -> Refused | None:
    """What Cross-Origin-Resource-Policy refuses to a page without an embedder policy.

    Whether two hosts are one site is read off Sec-Fetch-Site: the browser itself decided it.
    https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header
    """
    if call.mode is not RequestMode.NO_CORS or call.role == "page":
        return None
    policy = get(exchange.response_headers, "Cross-Origin-Resource-Policy")
    is_cross_site = get(exchange.request_headers, "Sec-Fetch-Site") == b"cross-site"
    if policy == b"same-origin" or (policy == b"same-site" and is_cross_site):
        fact = f"Cross-Origin-Resource-Policy: {policy.decode('latin-1')}"
        return ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY, fact
    return None


def allow_origin_code(values: tuple[bytes, ...], *, include: bool) -> ReasonCode:
    """What is wrong with Access-Control-Allow-Origin; `include`: credentials are included."""
    if len(values) > 1 or b"," in values[0]:
        return ReasonCode.ALLOW_ORIGIN_MULTIPLE
    if include and values[0].strip(b" \t") == b"*":
        return ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS
    return ReasonCode.ALLOW_ORIGIN_MISMATCH


def _includes_credentials(call: Call) -> bool:
    return call.credentials is CredentialsMode.INCLUDE


def _allow_origin(call: Call, exchange: Exchange) -> Refused | None:
    values = get_all(exchange.response_headers, "Access-Control-Allow-Origin")
    if not values:
        return ReasonCode.ALLOW_ORIGIN_MISSING, "no Access-Control-Allow-Origin"
    include = _includes_credentials(call)
    origin = get(exchange.request_headers, "Origin")
    if values == (origin,) or (values == (b"*",) and not include):
        return None
    joined = b", ".join(values).decode("latin-1")
    return allow_origin_code(values, include=include), f"Access-Control-Allow-Origin: {joined}"


def _credentials(call: Call, exchange: Exchange) -> Refused | None:
    value = get(exchange.response_headers, "Access-Control-Allow-Credentials")
    if value == b"true" or not _includes_credentials(call):
        return None
    fact = "no Access-Control-Allow-Credentials"
    if value is not None:
        fact = f"Access-Control-Allow-Credentials: {value.decode('latin-1')}"
    return ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE, fact


def _status(_call: Call, exchange: Exchange) -> Refused | None:
    is_redirect = exchange.status in REDIRECT_STATUSES
    code = ReasonCode.PREFLIGHT_REDIRECT if is_redirect else ReasonCode.PREFLIGHT_STATUS
    return None if is_ok(exchange.status) else (code, f"status {exchange.status}")


def _methods(call: Call, exchange: Exchange) -> Refused | None:
    allowed = get_list(exchange.response_headers, "Access-Control-Allow-Methods")
    if broken := _no_token(allowed):
        return ReasonCode.ALLOW_METHODS_INVALID, broken
    asked = get_list(exchange.request_headers, "Access-Control-Request-Method")
    is_wild = "*" in allowed and not _includes_credentials(call)
    refused = [method for method in asked if method not in {*allowed, *_SAFE_METHODS}]
    return (ReasonCode.METHOD_NOT_ALLOWED, refused[0]) if refused and not is_wild else None


def _headers(call: Call, exchange: Exchange) -> Refused | None:
    allowed = get_list(exchange.response_headers, "Access-Control-Allow-Headers")
    if broken := _no_token(allowed):
        return ReasonCode.ALLOW_HEADERS_INVALID, broken
    is_wild = "*" in allowed and not _includes_credentials(call)
    names = {name.lower() for name in allowed}
    for name in get_list(exchange.request_headers, "Access-Control-Request-Headers"):
        if name.lower() not in names and not (is_wild and name.lower() != _NOT_BY_WILDCARD):
            return ReasonCode.HEADER_NOT_ALLOWED, name
    return None


def _no_token(members: tuple[str, ...]) -> str:
    return next((member for member in members if not _TOKEN.fullmatch(member)), "")

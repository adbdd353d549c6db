"""refine(): the RefinedReason that the wire proves where an engine's words say too little.

Only words from the closed tables are refined, and only by facts; words that nobody mapped stay
unknown.
"""

import re
from urllib.parse import SplitResult, urljoin, urlsplit

from cors_harness.engine_kinds.kind import WireEvidence
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call
from cors_harness.terms.headers import REDIRECT_STATUSES, get, get_all, is_ok
from cors_harness.terms.modes import CredentialsMode, RedirectMode, RequestMode
from cors_harness.terms.origin import is_loopback
from cors_harness.terms.reasons import ReasonCode

RefinedReason = tuple[ReasonCode, str]

# urljoin() takes these for relative; the URL standard fails on the empty host
_NO_HOST = re.compile(r"https?://+", re.IGNORECASE)

MAX_REDIRECTS = 20
"""https://fetch.spec.whatwg.org/#http-redirect-fetch ("If request's redirect count is 20")."""


def refine(
    evidence: WireEvidence, call: Call, exchanges: tuple[Exchange, ...]
) -> RefinedReason | None:
    """The code and detail that the step's exchanges (wire order) prove; None: they add nothing."""
    match evidence:
        case WireEvidence.ALLOW_ORIGIN:
            return _allow_origin(call, exchanges)
        case WireEvidence.PREFLIGHT_STATUS:
            return _preflight_status(exchanges)
        case WireEvidence.PREFLIGHT_METHOD:
            return _preflight_method(exchanges)
        case WireEvidence.ANYTHING:
            return _anything(call, exchanges)


def _by_wire(code: ReasonCode, fact: str) -> RefinedReason:
    return code, f"narrowed by the wire: {fact}"


def _allow_origin(call: Call, exchanges: tuple[Exchange, ...]) -> RefinedReason | None:
    if not exchanges:
        return None
    last = exchanges[-1]
    values = get_all(last.response_headers, "Access-Control-Allow-Origin")
    if last.status in REDIRECT_STATUSES and values in _admitting(last):
        return None  # it is the answer behind the redirect that was refused, and none of ours
    if not values:
        return _by_wire(ReasonCode.ALLOW_ORIGIN_MISSING, "no Access-Control-Allow-Origin")
    code = _allow_origin_code(values, include=call.credentials is CredentialsMode.INCLUDE)
    joined = b", ".join(values).decode("latin-1")
    return _by_wire(code, f"Access-Control-Allow-Origin: {joined}")


def _admitting(exchange: Exchange) -> tuple[tuple[bytes, ...], ...]:
    origin = get(exchange.request_headers, "Origin")
    return ((b"*",), (origin,)) if origin else ((b"*",),)


def _allow_origin_code(values: tuple[bytes, ...], *, include: bool) -> ReasonCode:
    if len(values) > 1 or b"," in values[0]:
        return ReasonCode.ALLOW_ORIGIN_MULTIPLE
    if include and values[0].strip(b" \t") == b"*":
        return ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS
    return ReasonCode.ALLOW_ORIGIN_MISMATCH


def _last_preflight(exchanges: tuple[Exchange, ...]) -> Exchange | None:
    preflights = [exchange for exchange in exchanges if exchange.kind is ExchangeKind.PREFLIGHT]
    return preflights[-1] if preflights else None


def _preflight_status(exchanges: tuple[Exchange, ...]) -> RefinedReason | None:
    """A redirected preflight is called a redirect, whatever an engine calls it."""
    preflight = _last_preflight(exchanges)
    if preflight is None or preflight.status is None:
        return None
    if preflight.status in REDIRECT_STATUSES:
        return _by_wire(ReasonCode.PREFLIGHT_REDIRECT, f"status {preflight.status}")
    return _by_wire(ReasonCode.PREFLIGHT_STATUS, f"status {preflight.status}")


def _preflight_method(exchanges: tuple[Exchange, ...]) -> RefinedReason | None:
    preflight = _last_preflight(exchanges)
    method = preflight and get(preflight.request_headers, "Access-Control-Request-Method")
    return (ReasonCode.METHOD_NOT_ALLOWED, method.decode("latin-1")) if method else None


def _anything(call: Call, exchanges: tuple[Exchange, ...]) -> RefinedReason | None:
    if not exchanges:
        return _no_exchange(call)
    last = exchanges[-1]
    if last.kind is ExchangeKind.PREFLIGHT:
        return None if is_ok(last.status) else _preflight_status((last,))
    if last.status in REDIRECT_STATUSES:
        return _redirect(call, exchanges)
    return None


def _no_exchange(call: Call) -> RefinedReason | None:
    if call.mode is RequestMode.SAME_ORIGIN and call.role != "page":
        return _by_wire(ReasonCode.MODE_SAME_ORIGIN, "mode same-origin and nothing was sent")
    if call.mode is RequestMode.NO_CORS and call.redirect not in {None, RedirectMode.FOLLOW}:
        fact = f"mode no-cors with redirect {call.redirect} and nothing was sent"
        return _by_wire(ReasonCode.MODE_NO_CORS_REDIRECT, fact)
    return None


def _redirect(call: Call, exchanges: tuple[Exchange, ...]) -> RefinedReason | None:
    """Why the last response, a redirect, was not followed.

    https://fetch.spec.whatwg.org/#http-redirect-fetch, its checks in their order.
    """
    last = exchanges[-1]
    if call.redirect is RedirectMode.ERROR:
        return _by_wire(ReasonCode.REDIRECT_MODE_ERROR, f"status {last.status}")
    location = get(last.response_headers, "Location")
    if location is None:
        return None
    redirects = sum(
        exchange.status in REDIRECT_STATUSES
        for exchange in exchanges
        if exchange.kind is ExchangeKind.REQUEST
    )
    code = _location_code(call, last, location.decode("latin-1"), redirects)
    return _by_wire(code, f"Location: {location.decode('latin-1')}") if code else None


def _location_code(call: Call, last: Exchange, location: str, redirects: int) -> ReasonCode | None:
    target = _parse(last, location)
    if target is None:
        return ReasonCode.REDIRECT_INVALID_URL
    if target.scheme not in {"http", "https"}:
        return ReasonCode.REDIRECT_NOT_HTTP
    if redirects > MAX_REDIRECTS:
        return ReasonCode.REDIRECT_COUNT
    return _target_code(call.mode or RequestMode.CORS, last, target)


def _target_code(mode: RequestMode, last: Exchange, target: SplitResult) -> ReasonCode | None:
    if mode is RequestMode.CORS and "@" in target.netloc:
        return ReasonCode.REDIRECT_CREDENTIALS
    if target.scheme == "http" and _from_https(last) and not is_loopback(target.hostname or ""):
        return ReasonCode.MIXED_CONTENT
    same_origin = f"{target.scheme}://{target.netloc}" == last.origin
    if mode is RequestMode.SAME_ORIGIN and not same_origin:
        return ReasonCode.MODE_SAME_ORIGIN
    return None


def _from_https(exchange: Exchange) -> bool:
    """Whether the page that asked is on https, as far as its request says."""
    values = (get(exchange.request_headers, name) for name in ("Origin", "Referer"))
    return any(value.startswith(b"https:") for value in values if value)


def _parse(last: Exchange, location: str) -> SplitResult | None:
    """The redirect's target; None where it is no URL."""
    try:
        target = urlsplit(urljoin(last.origin + last.target, location))
        _ = target.port
    except ValueError:
        return None
    hostless = target.scheme in {"http", "https"} and not target.hostname
    return None if hostless or _NO_HOST.fullmatch(location) else target

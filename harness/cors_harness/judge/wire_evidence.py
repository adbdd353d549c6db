"""refine(): the RefinedReason that the wire proves where an engine says too little, or nothing.

Only silence and words from the closed tables are refined, and only by facts; words that nobody
mapped stay unknown.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote_to_bytes, urljoin, urlsplit

from cors_harness.engine_kinds.kind import WireEvidence
from cors_harness.judge.cors_check import (
    allow_origin_code,
    cors_refusal,
    policy_refusal,
)
from cors_harness.judge.response_faults import doubt_of, fault_of
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call
from cors_harness.terms.headers import REDIRECT_STATUSES, get, get_all, is_ok
from cors_harness.terms.modes import CredentialsMode, RedirectMode, RequestMode
from cors_harness.terms.origin import BAD_PORTS, Origin, is_loopback
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.token import TOKEN_IN_URL

RefinedReason = tuple[ReasonCode, str]

# urljoin() takes these for relative; the URL standard fails on the empty host
_NO_HOST = re.compile(r"https?:[/\\]*", re.IGNORECASE)
# The URL standard minds neither their number nor their direction.
_SLASHES = re.compile(r"^(https?:)[/\\]{2,}", re.IGNORECASE)
# https://url.spec.whatwg.org/#forbidden-domain-code-point
_NO_DOMAIN = re.compile(rb"[\0-\x20\x7f\"#%/:<>?@\[\\\]^`{|}]")

MAX_REDIRECTS = 20
"""https://fetch.spec.whatwg.org/#http-redirect-fetch ("If request's redirect count is 20")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What of a call's cell decides, beside its arguments.

    Attributes:
        page: the real origin that the call is made from; None: one on a port of this run, or an
            opaque one.
        target: the real origin that is called; None: one on a port of this run.
        is_heard: whether what the engine says of this call can be heard: it has a console, the
            call is not made by a worker, and is not one of which the engine says nothing.
    """

    page: Origin | None = None
    target: Origin | None = None
    is_heard: bool = True

    def is_same_origin(self, call: Call) -> bool:
        """Whether the URL of the call is same origin with whoever calls."""
        return call.role == "page" or (self.page is not None and self.page == self.target)


SOMEWHERE = Surroundings()


def refine(
    evidence: WireEvidence,
    call: Call,
    exchanges: tuple[Exchange, ...],
    surroundings: Surroundings = SOMEWHERE,
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
            return _anything(call, exchanges, surroundings)


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
    code = allow_origin_code(values, include=call.credentials is CredentialsMode.INCLUDE)
    joined = b", ".join(values).decode("latin-1")
    return _by_wire(code, f"Access-Control-Allow-Origin: {joined}")


def _admitting(exchange: Exchange) -> tuple[tuple[bytes, ...], ...]:
    origin = get(exchange.request_headers, "Origin")
    return ((b"*",), (origin,)) if origin else ((b"*",),)


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


def _anything(
    call: Call, exchanges: tuple[Exchange, ...], surroundings: Surroundings
) -> RefinedReason | None:
    """What the Fetch standard makes of the last exchange, in the order of its checks."""
    if not exchanges:
        return _no_exchange(call, surroundings)
    last = exchanges[-1]
    if fault := fault_of(last):
        return _by_wire(ReasonCode.NETWORK, fault)
    # An engine that is heard always says so when it refuses by a CORS check; what it says of a URL
    # without the token does not come to this cell.
    is_heard = surroundings.is_heard and TOKEN_IN_URL.search(last.target)
    if not is_heard and (refused := cors_refusal(call, last)):
        return _by_wire(*refused)
    if last.kind is ExchangeKind.PREFLIGHT:
        if not is_ok(last.status):
            return _preflight_status((last,))
    elif refused := policy_refusal(call, last) or _redirect(call, exchanges):
        return _by_wire(*refused)
    doubt = doubt_of(last)
    return _by_wire(ReasonCode.NETWORK, doubt) if doubt else None


def _no_exchange(call: Call, surroundings: Surroundings) -> RefinedReason | None:
    """https://fetch.spec.whatwg.org/#main-fetch refuses all of this before anything is sent."""
    target = surroundings.target
    if target is not None and target.port in BAD_PORTS:
        return _by_wire(ReasonCode.BAD_PORT, f"port {target.port} and nothing was sent")
    if surroundings.is_same_origin(call):
        return None
    if call.mode is RequestMode.SAME_ORIGIN:
        return _by_wire(ReasonCode.MODE_SAME_ORIGIN, "mode same-origin and nothing was sent")
    if call.mode is RequestMode.NO_CORS and call.redirect not in {None, RedirectMode.FOLLOW}:
        fact = f"mode no-cors with redirect {call.redirect} and nothing was sent"
        return _by_wire(ReasonCode.MODE_NO_CORS_REDIRECT, fact)
    return None


def _redirect(call: Call, exchanges: tuple[Exchange, ...]) -> RefinedReason | None:
    """Why the last response, if it is a redirect, was not followed.

    https://fetch.spec.whatwg.org/#http-redirect-fetch, its checks in their order.
    """
    last = exchanges[-1]
    if last.status not in REDIRECT_STATUSES:
        return None
    if call.redirect is RedirectMode.ERROR:
        return ReasonCode.REDIRECT_MODE_ERROR, f"status {last.status}"
    location = get(last.response_headers, "Location")
    if location is None:
        return None
    redirects = sum(
        exchange.status in REDIRECT_STATUSES
        for exchange in exchanges
        if exchange.kind is ExchangeKind.REQUEST
    )
    code = _location_code(call, last, location.decode("latin-1"), redirects)
    return (code, f"Location: {location.decode('latin-1')}") if code else None


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
    user, _, host = target.netloc.rpartition("@")
    is_same_origin = f"{target.scheme}://{host}" == last.origin
    if mode is RequestMode.CORS and user and (_is_cross_origin(last) or not is_same_origin):
        return ReasonCode.REDIRECT_CREDENTIALS
    if target.port in BAD_PORTS:
        return ReasonCode.BAD_PORT
    if target.scheme == "http" and _from_https(last) and not is_loopback(target.hostname or ""):
        return ReasonCode.MIXED_CONTENT
    if mode is RequestMode.SAME_ORIGIN and not is_same_origin:
        return ReasonCode.MODE_SAME_ORIGIN
    return None


def _is_cross_origin(exchange: Exchange) -> bool:
    """Whether its request, in mode cors, went to another origin: then it has an Origin."""
    origin = get(exchange.request_headers, "Origin")
    return origin is not None and origin.decode("latin-1") != exchange.origin


def _from_https(exchange: Exchange) -> bool:
    """Whether the page that asked is on https, as far as its request says."""
    values = (get(exchange.request_headers, name) for name in ("Origin", "Referer"))
    return any(value.startswith(b"https:") for value in values if value)


def _parse(last: Exchange, location: str) -> SplitResult | None:
    """The redirect's target; None where it is no URL."""
    try:
        target = urlsplit(urljoin(last.origin + last.target, _SLASHES.sub(r"\1//", location)))
        _ = target.port
    except ValueError:
        return None
    is_http = target.scheme in {"http", "https"}
    hostless = is_http and not _is_host(target.hostname or "")
    return None if hostless or _NO_HOST.fullmatch(location) else target


def _is_host(host: str) -> bool:
    is_address = ":" in host  # of IPv6, which urlsplit() has looked at
    return is_address or bool(host and not _NO_DOMAIN.search(unquote_to_bytes(host)))

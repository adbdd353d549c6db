"""policy_for_fix(): the CorsPolicy that lets a call through.

It keeps what the wire shows of the old one.
"""

import re
from collections.abc import Iterable

from cors_harness.advice.blocked import Blocked
from cors_harness.advice.sentences import spelling_difference
from cors_harness.model.exchange import Exchange
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.headers import get, get_list
from cors_harness.terms.origin import is_origin

# https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2: nothing else gets into a line of code
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Frameworks name these in every answer; nobody configures them.
_SAFELISTED = frozenset({"accept", "accept-language", "content-language"})
_DEFAULT_MAX_AGES = frozenset({b"600", b"86400"})  # of CORSMiddleware and of django-cors-headers


def policy_for_fix(blocked: Blocked) -> CorsPolicy:
    """The policy as a developer would write it; the page's own origin stands last."""
    preflight = blocked.preflight
    return CorsPolicy(
        allow_origins=(*_other_origins(blocked), blocked.page),
        allow_methods=_methods(blocked, preflight),
        allow_headers=_headers(blocked, preflight),
        allow_credentials=_credentials(blocked),
        expose_headers=_exposed(blocked),
        max_age=_max_age(preflight),
    )


def _other_origins(blocked: Blocked) -> tuple[str, ...]:
    """The origins that are let in now, without those that are none and the page's own, misspelt."""
    values = {part.strip() for value in blocked.allow_origin for part in value.split(",")}
    return tuple(sorted(value for value in values if _is_another(value, blocked.page)))


def _is_another(value: str, page: str) -> bool:
    return value != page and is_origin(value) and not spelling_difference(value, page)


def _methods(blocked: Blocked, preflight: Exchange | None) -> tuple[str, ...]:
    named = (
        get_list(preflight.response_headers, "Access-Control-Allow-Methods") if preflight else ()
    )
    return _names((*named, (blocked.call.method or "GET")))


def _headers(blocked: Blocked, preflight: Exchange | None) -> tuple[str, ...]:
    """The request headers to allow, written as the page writes them where it sends them."""
    if preflight is None:
        return ()
    named = get_list(preflight.response_headers, "Access-Control-Allow-Headers")
    asked = get_list(preflight.request_headers, "Access-Control-Request-Headers")
    written = {name.lower(): name for name, _ in blocked.call.headers}
    names = (name for name in (*named, *asked) if name.lower() not in _SAFELISTED)
    return _names(written.get(name.lower(), name) for name in names)


def _exposed(blocked: Blocked) -> tuple[str, ...]:
    headers = blocked.last.response_headers if blocked.last else ()
    return _names((*get_list(headers, "Access-Control-Expose-Headers"), *blocked.hidden))


def _credentials(blocked: Blocked) -> bool:
    """Whether credentials stay allowed: to an origin by its name, never to what `*` lets in."""
    values = [
        get(exchange.response_headers, "Access-Control-Allow-Credentials")
        for exchange in blocked.wire
    ]
    return blocked.with_credentials or (b"true" in values and blocked.allow_origin != ("*",))


def _max_age(preflight: Exchange | None) -> int | None:
    seconds = get(preflight.response_headers, "Access-Control-Max-Age") if preflight else None
    if seconds is None or seconds in _DEFAULT_MAX_AGES or not seconds.isdigit():
        return None
    return int(seconds)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """The names without repeats, without `*`, and without what is no name."""
    by_lower: dict[str, str] = {}
    for name in names:
        if name != "*" and _TOKEN.fullmatch(name):
            by_lower[name.lower()] = name
    return tuple(by_lower.values())

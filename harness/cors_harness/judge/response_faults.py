"""fault_of() and doubt_of(): what of a response is no usable HTTP, as a sentence on the wire.

https://fetch.spec.whatwg.org/#concept-http-network-fetch: a response that breaks HTTP is a network
error. Which breaks a browser forgives, differs; so faults that all or most of them refuse come
before every check of the response, those that most forgive behind all of them.
"""

import re

from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import REDIRECT_STATUSES, get_all

_INTERIM = frozenset({100, *range(102, 200)})  # the recorder cuts them off where they do not end
_DIGITS = re.compile(rb"[0-9]+")
_LARGE_HEAD = 64 * 1024  # what libsoup, below WebKitGTK, takes at most; Chromium takes 256 KiB


def fault_of(exchange: Exchange) -> str | None:
    """Why it is a network error in every engine that minds HTTP; None: it has no such fault.

    https://httpwg.org/specs/rfc9110.html#fields.values and
    https://httpwg.org/specs/rfc9112.html#message.body.length
    """
    if exchange.status is None or exchange.status in _INTERIM:
        return _without_response(exchange)
    if any(b"\0" in name + value for name, value in exchange.response_headers):
        return "a NUL in the response headers"
    if len(_lengths(exchange)) > 1:
        return f"Content-Length: {_joined(_lengths(exchange))}"
    locations = set(get_all(exchange.response_headers, "Location"))
    if exchange.status in REDIRECT_STATUSES and len(locations) > 1:
        return f"Location: {_joined(locations)}"
    return None


def _without_response(exchange: Exchange) -> str:
    if exchange.status is not None:
        return f"nothing but interim responses came, the last one {exchange.status}"
    return "what came is no HTTP" if exchange.is_no_http else "no response came"


def doubt_of(exchange: Exchange) -> str | None:
    """What some engines refuse and others forgive; None: nothing of that kind."""
    if exchange.status is not None and not 200 <= exchange.status <= 999:
        return f"status {exchange.status}"
    if any(not _DIGITS.fullmatch(length) for length in _lengths(exchange)):
        return f"Content-Length: {_joined(_lengths(exchange))}"
    codings = get_all(exchange.response_headers, "Transfer-Encoding")
    if codings and codings != (b"chunked",):
        return f"Transfer-Encoding: {_joined(codings)}"
    size = sum(len(name) + len(value) + 4 for name, value in exchange.response_headers)
    if size > _LARGE_HEAD:
        return f"{size} bytes of response headers"
    return None if exchange.complete else "the response did not come whole"


def _lengths(exchange: Exchange) -> set[bytes]:
    """The different values of Content-Length, unless Transfer-Encoding makes them void."""
    if get_all(exchange.response_headers, "Transfer-Encoding"):
        return set()
    values = get_all(exchange.response_headers, "Content-Length")
    return {part.strip(b" \t") for value in values for part in value.split(b",")}


def _joined(values: "set[bytes] | tuple[bytes, ...]") -> str:
    return b", ".join(sorted(values)).decode("latin-1")

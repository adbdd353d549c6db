"""What a page may put into a request by `fetch()`, and what of that needs no preflight."""

import re

FORBIDDEN_METHODS = frozenset(("CONNECT", "TRACE", "TRACK"))
"""https://fetch.spec.whatwg.org/#forbidden-method: `fetch()` throws, and nothing is sent."""

SAFELISTED_METHODS = frozenset(("GET", "HEAD", "POST"))
"""https://fetch.spec.whatwg.org/#cors-safelisted-method"""

SAFELISTED_TYPES = frozenset(
    ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain")
)
"""https://fetch.spec.whatwg.org/#cors-safelisted-request-header, of Content-Type."""

# https://fetch.spec.whatwg.org/#forbidden-request-header; a page that gives one is not heard.
_FORBIDDEN_HEADERS = frozenset(
    (
        *("accept-charset", "accept-encoding", "access-control-request-headers"),
        *("access-control-request-method", "access-control-request-private-network"),
        *("connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host"),
        *("keep-alive", "origin", "referer", "set-cookie", "te", "trailer", "transfer-encoding"),
        *("upgrade", "via"),
    )
)
_NORMALIZED = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"))
_OVERRIDES = frozenset(("x-http-method", "x-http-method-override", "x-method-override"))
_SAFE_LANGUAGES = re.compile(r"[0-9A-Za-z *,\-.;=]{0,128}")
# https://fetch.spec.whatwg.org/#cors-unsafe-request-header-byte
_SAFE_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\"():<>?@\[\\\]{}\x7f]{0,128}")
# https://httpwg.org/specs/rfc9110.html#tokens
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def is_method(method: str) -> bool:
    """Whether `fetch()` takes it as a method: a token, and none that is forbidden.

    https://fetch.spec.whatwg.org/#dom-request, at "If init["method"] exists".
    """
    return _TOKEN.fullmatch(method) is not None and method.upper() not in FORBIDDEN_METHODS


def normalized(method: str) -> str:
    """The method that `fetch()` sends; `patch` stays as it is, and is another one than `PATCH`.

    https://fetch.spec.whatwg.org/#concept-method-normalize
    """
    return upper if (upper := method.upper()) in _NORMALIZED else method


def is_header(name: str, value: str = "") -> bool:
    """Whether a page can send a header of that name, and with that value.

    https://fetch.spec.whatwg.org/#forbidden-request-header
    """
    lower = name.lower()
    if lower in _OVERRIDES:
        methods = (method.strip().upper() for method in value.split(","))
        return FORBIDDEN_METHODS.isdisjoint(methods)
    return (
        _TOKEN.fullmatch(name) is not None
        and lower not in _FORBIDDEN_HEADERS
        and not lower.startswith(("proxy-", "sec-"))
    )


def is_safelisted(name: str, value: str) -> bool:
    """Whether the header needs no preflight.

    https://fetch.spec.whatwg.org/#cors-safelisted-request-header, without Range.
    """
    match name.lower():
        case "accept":
            return _SAFE_VALUE.fullmatch(value) is not None
        case "accept-language" | "content-language":
            return _SAFE_LANGUAGES.fullmatch(value) is not None
        case "content-type":
            essence = value.partition(";")[0].strip().lower()
            return essence in SAFELISTED_TYPES and _SAFE_VALUE.fullmatch(value) is not None
        case _:
            return False

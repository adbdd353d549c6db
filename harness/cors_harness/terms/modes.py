"""The closed word lists of the Fetch standard that a request or response carries.

https://fetch.spec.whatwg.org/#concept-request-mode and the sections beside it.
"""

from enum import StrEnum

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""https://httpwg.org/specs/rfc9110.html#safe.methods; any other may change something."""


class RequestMode(StrEnum):
    """https://fetch.spec.whatwg.org/#concept-request-mode (the values `fetch()` takes)."""

    CORS = "cors"
    NO_CORS = "no-cors"
    SAME_ORIGIN = "same-origin"


class CredentialsMode(StrEnum):
    """https://fetch.spec.whatwg.org/#concept-request-credentials-mode."""

    OMIT = "omit"
    SAME_ORIGIN = "same-origin"
    INCLUDE = "include"


class RedirectMode(StrEnum):
    """https://fetch.spec.whatwg.org/#concept-request-redirect-mode."""

    FOLLOW = "follow"
    ERROR = "error"
    MANUAL = "manual"


class CacheMode(StrEnum):
    """https://fetch.spec.whatwg.org/#concept-request-cache-mode."""

    DEFAULT = "default"
    NO_STORE = "no-store"
    RELOAD = "reload"
    NO_CACHE = "no-cache"
    FORCE_CACHE = "force-cache"


class ResponseType(StrEnum):
    """https://fetch.spec.whatwg.org/#concept-response-type (as `Response.type` shows it)."""

    BASIC = "basic"
    CORS = "cors"
    DEFAULT = "default"
    ERROR = "error"
    OPAQUE = "opaque"
    OPAQUE_REDIRECT = "opaqueredirect"


class ReferrerPolicy(StrEnum):
    """https://w3c.github.io/webappsec-referrer-policy/#referrer-policies."""

    NO_REFERRER = "no-referrer"
    NO_REFERRER_WHEN_DOWNGRADE = "no-referrer-when-downgrade"
    ORIGIN = "origin"
    ORIGIN_WHEN_CROSS_ORIGIN = "origin-when-cross-origin"
    SAME_ORIGIN = "same-origin"
    STRICT_ORIGIN = "strict-origin"
    STRICT_ORIGIN_WHEN_CROSS_ORIGIN = "strict-origin-when-cross-origin"
    UNSAFE_URL = "unsafe-url"

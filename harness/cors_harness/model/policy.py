"""CorsPolicy: how a reference server is to be configured to answer.

Every field is what a developer writes into CORSMiddleware, flask-cors or an `after_request`
function; a server need not be able to express all of them (see `servers/registry.toml`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CorsPolicy:
    """What a server shall allow.

    Attributes:
        allow_origins: serialized origins (`http://127.0.0.1:8001`, no trailing slash), or `*`.
        allow_origin_regex: a pattern for whole origins, or None.
        allow_methods: method names, or `*`.
        allow_headers: request header names, or `*`.
        allow_credentials: whether `Access-Control-Allow-Credentials: true` is sent.
        expose_headers: response header names that page code may read.
        max_age: seconds in `Access-Control-Max-Age`; None sends what the framework sends by itself.
    """

    allow_origins: tuple[str, ...] = ()
    allow_origin_regex: str | None = None
    allow_methods: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    allow_credentials: bool = False
    expose_headers: tuple[str, ...] = ()
    max_age: int | None = None

"""Advice: what keeps a page from reading a server's answer, and the code that mends it."""

from dataclasses import dataclass
from enum import StrEnum


class FixTarget(StrEnum):
    """What lines of code are written for: a framework, nginx, or any server; as people call it."""

    FASTAPI = "FastAPI"
    STARLETTE = "Starlette"
    FLASK_CORS = "flask-cors"
    FLASK = "Flask"
    DJANGO = "django-cors-headers"
    LITESTAR = "Litestar"
    QUART = "quart-cors"
    SANIC = "sanic-ext"
    FALCON = "Falcon"
    AIOHTTP_CORS = "aiohttp-cors"
    AIOHTTP = "aiohttp"
    TORNADO = "Tornado"
    BOTTLE = "Bottle"
    PYRAMID = "Pyramid"
    CONNEXION = "Connexion"
    BLACKSHEEP = "BlackSheep"
    NGINX = "nginx"
    ANY = "any server"  # the lines are headers as they go over the wire


class Mistake(StrEnum):
    """What a server, or whoever calls it, does wrong."""

    ORIGIN_MISSING = "origin-missing"  # a good response, and no Access-Control-Allow-Origin
    ORIGIN_MISMATCH = "origin-mismatch"
    ORIGIN_NULL = "origin-null"  # the page's origin is opaque
    ONLY_ON_PREFLIGHT = "only-on-preflight"
    CRASH = "crash"  # a 500 without CORS headers
    ERROR = "error"  # another error without them
    TOO_LARGE = "too-large"  # a 413 without them
    RATE_LIMIT = "rate-limit"  # a 429 without them
    HOST_REFUSED = "host-refused"  # a 400, as the server does not know the Host
    REDIRECT = "redirect"  # a redirect without them
    LOGIN_REDIRECT = "login-redirect"  # the same, to where people log in
    TWICE = "twice"
    SEVERAL_IN_ONE = "several-in-one"
    WILDCARD_CREDENTIALS = "wildcard-credentials"
    CREDENTIALS = "credentials"
    PREFLIGHT_AUTH = "preflight-auth"
    PREFLIGHT_REFUSED = "preflight-refused"  # a 403, which may be about anything in it
    PREFLIGHT_ROUTE = "preflight-route"
    PREFLIGHT_ERROR = "preflight-error"
    PREFLIGHT_REDIRECT = "preflight-redirect"
    METHOD = "method"
    METHOD_CASE = "method-case"
    HEADER = "header"
    LIST_INVALID = "list-invalid"
    REDIRECTED_AWAY = "redirected-away"
    REDIRECTED_TO_HTTP = "redirected-to-http"
    HTTPS_UNTOLD = "https-untold"  # it redirects an https address to itself, taking it for http
    NOT_EXPOSED = "not-exposed"
    NEVER_SENT = "never-sent"  # the header that page code is to read is not in the response
    MIXED_CONTENT = "mixed-content"
    LOCAL_NETWORK = "local-network"
    CERTIFICATE = "certificate"
    LETS_EVERYONE_IN = "lets-everyone-in"  # by `*`, whom the scenario keeps out
    REFLECTS_ORIGIN = "reflects-origin"
    MATCHES_TOO_MUCH = "matches-too-much"  # a pattern, or a comparison of a part
    LETS_NULL_IN = "lets-null-in"
    LETS_STRANGER_IN = "lets-stranger-in"  # one of them, by name
    CARRIED_OUT = "carried-out"  # what a comparison finds, and no blocked call shows


SHUTS_OUT = frozenset(
    {
        *(Mistake.LETS_EVERYONE_IN, Mistake.REFLECTS_ORIGIN, Mistake.MATCHES_TOO_MUCH),
        *(Mistake.LETS_NULL_IN, Mistake.LETS_STRANGER_IN),
    }
)
"""Mistakes by which somebody is let in: what mends them lets nobody in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """How one blocked call, one unreadable header, or one stranger that is let in, is mended.

    Attributes:
        mistake: which of the known ones it is.
        wrong: what is wrong, a sentence for people who do not know CORS.
        where: what the lines are written for.
        place: where they go, a sentence without its full stop; empty where there are no lines.
        lines: code to paste, complete; empty where no line of a server's helps, or none is proven.
        link: a report of the same trouble, or documentation.
        link_is: which of the two, in words.
        keep: what has to be minded of other calls of the run, a sentence; why there are no lines
            where they would cost those something. Empty: nothing.
    """

    mistake: Mistake
    wrong: str
    where: FixTarget
    place: str = ""
    lines: tuple[str, ...] = ()
    link: str
    link_is: str
    keep: str = ""

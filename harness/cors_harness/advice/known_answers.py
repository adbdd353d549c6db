"""Answers that frameworks, libraries and nginx give themselves, told by the head alone.

A browser may refuse a response, and end the connection, before its body has come: so a text is told
by its length and kind, which the head says, and never by its bytes.
"""

from collections.abc import Set
from http import HTTPStatus
from itertools import combinations

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.events import FRAMEWORKS
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import get, get_list

PLAIN, HTML, JSON = b"text/plain", b"text/html", b"application/json"
_NGINX_TITLES = {
    400: "400 Bad Request",
    401: "401 Authorization Required",
    403: "403 Forbidden",
    404: "404 Not Found",
    405: "405 Not Allowed",
    408: "408 Request Time-out",
    413: "413 Request Entity Too Large",
    414: "414 Request-URI Too Large",
    416: "416 Requested Range Not Satisfiable",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}
_NGINX_PAGE = (
    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>"
    "\r\n<hr><center>{server}</center>\r\n</body>\r\n</html>\r\n"
)
_NGINX_PADDING = 6 * len("<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n")
_FLASK_PAGE = (
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n"
    "<h1>Internal Server Error</h1>\n<p>The server encountered an internal error and was unable to "
    "complete your request. Either the server is overloaded or there is an error in the "
    "application.</p>\n"
)
_HOST_BY_STARLETTE = "Invalid host header"
_HOST_BY_LITESTAR = '{"message":"invalid host header"}'
_MOST_NAMES = 10  # whose combinations are tried
_REFUSED = "Disallowed CORS {}"  # of Starlette and of Litestar
_FAILURES = ("origin", "method", "headers", "private-network")
_BY_AIOHTTP_CORS = "CORS preflight request failed: {}"


def says(exchange: Exchange, kind: bytes, *texts: str) -> bool:
    """Whether the body can be one of these texts, by its type and its length."""
    length = get(exchange.response_headers, "Content-Length") or b""
    return (get(exchange.response_headers, "Content-Type") or b"").startswith(kind) and length in {
        str(len(text.encode())).encode() for text in texts
    }


# nginx


def is_by_nginx(exchange: Exchange) -> bool:
    """Whether it is an error page that nginx makes itself, which names nginx as Server does."""
    server = (get(exchange.response_headers, "Server") or b"").decode("latin-1")
    title = _NGINX_TITLES.get(exchange.status or 0)
    if title is None or server.partition("/")[0] != "nginx":
        return False
    page = _NGINX_PAGE.format(title=title, server=server)
    return says(exchange, HTML, page, page + " " * _NGINX_PADDING)


# A preflight that a library refuses


def is_by_starlette(exchange: Exchange) -> bool:
    """Whether CORSMiddleware refused a preflight: its 400 says which methods it allows."""
    names_methods = get(exchange.response_headers, "Access-Control-Allow-Methods") is not None
    return names_methods and _is_disallowed(exchange)


def is_by_litestar(exchange: Exchange, made_of: Set[str]) -> bool:
    """Whether CORSConfig refused a preflight: its 400 says nothing about CORS but the text."""
    return "litestar" in made_of and _is_disallowed(exchange)


def _is_disallowed(exchange: Exchange) -> bool:
    texts = (
        _REFUSED.format(", ".join(chosen))
        for count in range(1, len(_FAILURES) + 1)
        for chosen in combinations(_FAILURES, count)
    )
    return _refuses(exchange, HTTPStatus.BAD_REQUEST) and says(exchange, PLAIN, *texts)


def litestar_refuses_headers(exchange: Exchange, made_of: Set[str]) -> bool:
    """Whether it is headers that CORSConfig refused, and they alone; else it may be anything."""
    return is_by_litestar(exchange, made_of) and says(exchange, PLAIN, _REFUSED.format("headers"))


def is_by_aiohttp_cors(exchange: Exchange) -> bool:
    """Whether aiohttp-cors refused a preflight, for its origin, its method or its headers."""
    return any(aiohttp_cors_refuses(exchange))


def aiohttp_cors_refuses(exchange: Exchange) -> tuple[bool, bool, bool]:
    """Whether aiohttp-cors refused a preflight: for its origin, for its method, for headers."""
    if not _refuses(exchange, HTTPStatus.FORBIDDEN):
        return False, False, False
    asked = [
        (get(exchange.request_headers, name) or b"").decode("latin-1")
        for name in ("Origin", "Access-Control-Request-Method")
    ]
    origin = says(
        exchange,
        PLAIN,
        _BY_AIOHTTP_CORS.format(f"origin '{asked[0]}' is not allowed"),
        _BY_AIOHTTP_CORS.format("no origins are allowed"),
    )
    method = says(
        exchange,
        PLAIN,
        _BY_AIOHTTP_CORS.format(
            f"request method {asked[1]!r} is not allowed for {asked[0]!r} origin"
        ),
    )
    names = get_list(exchange.request_headers, "Access-Control-Request-Headers")[:_MOST_NAMES]
    headers = (
        _BY_AIOHTTP_CORS.format(f"headers are not allowed: {', '.join(chosen)}")
        for count in range(1, len(names) + 1)
        for chosen in combinations(names, count)
    )
    return origin, method, says(exchange, PLAIN, *headers)


def is_by_blacksheep(exchange: Exchange) -> bool:
    """Whether `use_cors` refused a request or a preflight."""
    return bool(blacksheep_refuses(exchange))


def blacksheep_refuses(exchange: Exchange) -> str:
    """What `use_cors` refused: `origin`, `method` or `request header`; empty: nothing."""
    error = (get(exchange.response_headers, "CORS-Error") or b"").decode("latin-1")
    return next((word for word in ("origin", "method", "request header") if word in error), "")


def _refuses(exchange: Exchange, status: HTTPStatus) -> bool:
    return exchange.kind is ExchangeKind.PREFLIGHT and exchange.status == status


# Other answers


def is_host_refused(exchange: Exchange, made_of: Set[str]) -> bool:
    """Whether it looks as where Starlette, Litestar or Django refuse the Host.

    Django does so in CommonMiddleware, which then gives the page no Content-Length as it gives all
    others.
    """
    if exchange.status != HTTPStatus.BAD_REQUEST:
        return False
    if "django" in made_of:
        kind = get(exchange.response_headers, "Content-Type") or b""
        is_unmeasured = get(exchange.response_headers, "Content-Length") is None
        return kind.startswith(HTML) and is_unmeasured
    if "litestar" in made_of:
        return says(exchange, JSON, _HOST_BY_LITESTAR)
    may_be_starlette = "starlette" in made_of or not made_of & FRAMEWORKS
    return may_be_starlette and says(exchange, PLAIN, _HOST_BY_STARLETTE)


def is_flasks_crash(exchange: Exchange) -> bool:
    """Whether Flask itself answered for a crash; else the debugger or the WSGI server did."""
    return exchange.status == HTTPStatus.INTERNAL_SERVER_ERROR and says(exchange, HTML, _FLASK_PAGE)


def is_by_django(exchange: Exchange) -> bool:
    """Whether it has all that Django's own SecurityMiddleware and its clickjacking one add."""
    added = {
        "Referrer-Policy": b"same-origin",
        "Cross-Origin-Opener-Policy": b"same-origin",
        "X-Content-Type-Options": b"nosniff",
        "X-Frame-Options": b"DENY",
    }
    return all(get(exchange.response_headers, name) == value for name, value in added.items())

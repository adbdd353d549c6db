"""where_to_mend(): which framework the lines are for, by distributions and by the wire."""

from cors_harness.advice.blocked import Blocked
from cors_harness.model.advice import Where
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import get

NGINX_PAGE = b"<center>nginx"  # the end of every error page that nginx makes itself
NO_CONTENT = 204
STARLETTE_REFUSES = b"Disallowed CORS "  # the body of its 400 to a preflight
_FRONTS = {"nginx": Where.NGINX, "apache": Where.ANY, "uwsgi": Where.ANY}
SPEAK_CORS = frozenset({"flask-cors", "fastapi", "starlette", "django-cors-headers"})
ASGI_SERVERS = frozenset({"uvicorn", "hypercorn", "granian"})
# What of a response no code of flask-cors puts on anything but an answer to OPTIONS.
ON_PREFLIGHTS_ONLY = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


def where_to_mend(blocked: Blocked) -> Where:
    """ANY where nothing says what the server is made of, or no lines are known for it."""
    last = blocked.last
    if last is None:
        return framework_of(blocked)
    if made_by_nginx(last) or made_by_nginx(blocked.preflight):
        return Where.NGINX
    is_twice = len(blocked.allow_origin) > 1
    if is_twice or _is_error(last) or _is_answered_in_front(blocked):
        return _front(blocked, last) or framework_of(blocked)
    return framework_of(blocked)


def _front(blocked: Blocked, last: Exchange) -> Where | None:
    """What stands in front of the app and answers for it, or adds to what it says."""
    names = blocked.made_of | {_server(last)}
    found = (where for name, where in _FRONTS.items() if name in names)
    return next(found, None)


def framework_of(blocked: Blocked) -> Where:
    """What the app itself is made with."""
    names = blocked.made_of
    is_asgi = bool(names & ASGI_SERVERS) or "flask" not in names
    if "django" in names:
        return Where.DJANGO
    if is_asgi and "fastapi" in names:
        return Where.FASTAPI
    if is_asgi and "starlette" in names:
        return Where.STARLETTE
    if "flask" in names:
        return Where.FLASK if _is_by_hand(blocked) else Where.FLASK_CORS
    return _by_signature(blocked)


def _by_signature(blocked: Blocked) -> Where:
    """What frameworks cannot help saying, where nobody knows what the server is made of."""
    if any(each.body.startswith(STARLETTE_REFUSES) for each in blocked.wire):
        return Where.STARLETTE
    is_werkzeug = blocked.last is not None and _server(blocked.last) == "werkzeug"
    return Where.FLASK if is_werkzeug else Where.ANY


def app_speaks_cors(blocked: Blocked) -> bool:
    """Whether the app behind nginx has a library for CORS."""
    return bool(blocked.made_of & SPEAK_CORS)


def made_by_nginx(exchange: Exchange | None) -> bool:
    """Whether nginx gave this answer without the app; no framework answers a preflight 204."""
    if exchange is None:
        return False
    return NGINX_PAGE in exchange.body or (
        exchange.status == NO_CONTENT and _server(exchange) == "nginx"
    )


def _server(exchange: Exchange) -> str:
    """The product that the header Server names, in lower case."""
    said = get(exchange.response_headers, "Server") or b""
    return said.decode("latin-1").partition("/")[0].lower()


def _is_answered_in_front(blocked: Blocked) -> bool:
    return blocked.preflight is not None and blocked.preflight.status == NO_CONTENT


def _is_error(last: Exchange) -> bool:
    """Errors that apps put CORS headers on and nginx without `always` does not; 500 is theirs."""
    return last.status is not None and last.status >= 400 and last.status != 500


def _is_by_hand(blocked: Blocked) -> bool:
    """Whether headers that flask-cors does not send are there, or flask-cors itself is not."""
    if "flask-cors" not in blocked.made_of:
        return True
    if len(blocked.allow_origin) != 1 or blocked.at_preflight or blocked.last is None:
        return False
    return any(get(blocked.last.response_headers, name) for name in ON_PREFLIGHTS_ONLY)

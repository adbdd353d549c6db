"""fix_target(): whose lines mend a call: a framework's, nginx's, or plain headers."""

from collections.abc import Iterable

from cors_harness.advice.blocked import Blocked
from cors_harness.advice.known_answers import (
    is_by_aiohttp_cors,
    is_by_blacksheep,
    is_by_django,
    is_by_nginx,
    is_by_starlette,
)
from cors_harness.model.advice import FixTarget
from cors_harness.model.exchange import Exchange
from cors_harness.terms.headers import get

NO_CONTENT = 204
SPEAK_CORS = frozenset(
    {
        *("flask-cors", "fastapi", "starlette", "django-cors-headers", "litestar", "quart-cors"),
        *("sanic-ext", "sanic-cors", "falcon", "aiohttp-cors", "connexion", "blacksheep"),
    }
)
ASGI_SERVERS = frozenset({"uvicorn", "hypercorn", "granian"})
_FRONTS = {"nginx": FixTarget.NGINX, "apache": FixTarget.ANY, "uwsgi": FixTarget.ANY}
# By distribution; the first that is there counts, as a Connexion app has one of Flask inside.
_FRAMEWORKS = {
    "connexion": FixTarget.CONNEXION,
    "litestar": FixTarget.LITESTAR,
    "quart": FixTarget.QUART,
    "sanic": FixTarget.SANIC,
    "falcon": FixTarget.FALCON,
    "blacksheep": FixTarget.BLACKSHEEP,
    "aiohttp": FixTarget.AIOHTTP,
    "tornado": FixTarget.TORNADO,
    "bottle": FixTarget.BOTTLE,
    "pyramid": FixTarget.PYRAMID,
    "django": FixTarget.DJANGO,
}
_BY_SERVER = {  # as the header Server names it: nobody else's app runs there
    "tornadoserver": FixTarget.TORNADO,
    "werkzeug": FixTarget.FLASK,
}
# What of a response no code of flask-cors puts on anything but an answer to OPTIONS.
ON_PREFLIGHTS_ONLY = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")


def fix_target(blocked: Blocked) -> FixTarget:
    """What the lines are written for; ANY where nothing tells it, or no lines are known for it."""
    last = blocked.last
    if last is None:
        return _app_target(blocked)
    if made_by_nginx(last) or made_by_nginx(blocked.preflight):
        return FixTarget.NGINX
    is_twice = len(blocked.allow_origin) > 1
    if is_twice or _is_error(last) or _is_answered_in_front(blocked):
        return front_of(blocked) or _app_target(blocked)
    return _app_target(blocked)


def front_of(blocked: Blocked) -> FixTarget | None:
    """What stands in front of the app and answers for it, or adds to what it says."""
    names = blocked.made_of | ({_server(blocked.last)} if blocked.last else set())
    return next((target for name, target in _FRONTS.items() if name in names), None)


def is_framework_known(blocked: Blocked) -> bool:
    """Whether the framework of the app is known, or it is a front that answers."""
    return _app_target(blocked) is not FixTarget.ANY or front_of(blocked) is not None


def _app_target(blocked: Blocked) -> FixTarget:
    """What the app itself is made with."""
    names = blocked.made_of
    found = next((target for name, target in _FRAMEWORKS.items() if name in names), None)
    if found is FixTarget.AIOHTTP:
        has_library = "aiohttp-cors" in names or any(map(is_by_aiohttp_cors, blocked.wire))
        return FixTarget.AIOHTTP_CORS if has_library else found
    is_asgi = bool(names & ASGI_SERVERS) or "flask" not in names
    if found is None and is_asgi:
        found = _first(names, {"fastapi": FixTarget.FASTAPI, "starlette": FixTarget.STARLETTE})
    if found is None and "flask" in names:
        found = FixTarget.FLASK if _is_by_hand(blocked) else FixTarget.FLASK_CORS
    return found or _by_signature(blocked)


def _first(names: Iterable[str], targets: dict[str, FixTarget]) -> FixTarget | None:
    there = frozenset(names)
    return next((target for name, target in targets.items() if name in there), None)


def _by_signature(blocked: Blocked) -> FixTarget:
    """The framework that a response gives away, for a server that nobody has described."""
    wire, last = blocked.wire, blocked.last
    if any(is_by_starlette(exchange) for exchange in wire):
        return FixTarget.STARLETTE
    if any(is_by_aiohttp_cors(exchange) for exchange in wire):
        return FixTarget.AIOHTTP_CORS
    if any(is_by_blacksheep(exchange) for exchange in wire):
        return FixTarget.BLACKSHEEP
    if any(is_by_django(exchange) for exchange in wire):
        return FixTarget.DJANGO
    if last is not None and b" aiohttp/" in (get(last.response_headers, "Server") or b""):
        return FixTarget.AIOHTTP
    return _BY_SERVER.get(_server(last), FixTarget.ANY) if last else FixTarget.ANY


def app_speaks_cors(blocked: Blocked) -> bool:
    """Whether the app behind nginx has a library for CORS."""
    return bool(blocked.made_of & SPEAK_CORS)


def made_by_nginx(exchange: Exchange | None) -> bool:
    """Whether nginx gave this answer without the app."""
    if exchange is None:
        return False
    is_empty = exchange.status == NO_CONTENT and _server(exchange) == "nginx"
    return is_by_nginx(exchange) or is_empty


def _server(exchange: Exchange) -> str:
    """The product that the header Server names, in lower case."""
    value = get(exchange.response_headers, "Server") or b""
    return value.decode("latin-1").partition("/")[0].lower()


def _is_answered_in_front(blocked: Blocked) -> bool:
    return blocked.preflight is not None and blocked.preflight.status == NO_CONTENT


def _is_error(last: Exchange) -> bool:
    """Whether an app puts CORS headers on this error, and nginx without `always` does not."""
    return last.status is not None and last.status >= 400 and last.status != 500


def _is_by_hand(blocked: Blocked) -> bool:
    """Whether headers that flask-cors does not send are there, or flask-cors itself is not."""
    if "flask-cors" not in blocked.made_of:
        return True
    if len(blocked.allow_origin) != 1 or blocked.at_preflight or blocked.last is None:
        return False
    return any(get(blocked.last.response_headers, name) for name in ON_PREFLIGHTS_ONLY)

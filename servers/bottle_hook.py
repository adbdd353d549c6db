"""Bottle with CORS by hand: a hook for every response, and a route for every OPTIONS.

With that route every path has one, so that what would be a 404 is a 405.
"""

import bottle

import checked_headers
from cors_harness.model.server import CorsPolicy

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Json = dict[str, object]


def data() -> Json:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    bottle.response.set_header("X-Total-Count", "3")
    return {"method": bottle.request.method}


def items() -> Json:
    """Without the last slash Bottle knows no such path."""
    return {"items": ["a", "b", "c"]}


def error() -> Json:
    """A bug that nobody handles: Bottle turns it into a 500, and what hooks have set is lost."""
    raise RuntimeError("this route always fails")


def login() -> Json:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = bottle.request.query.get("user", "ann")
    bottle.response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return {"user": user}


def me() -> Json:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = bottle.request.query.get("user", "ann")
    if bottle.request.get_cookie(f"session-{user}") != "in":
        bottle.response.status = 401
        return {"error": "not logged in"}
    return {"user": user}


def create_app(policy: CorsPolicy) -> bottle.Bottle:
    """The routes, with `after_request` and an answer to OPTIONS on every path."""
    app = bottle.Bottle()
    app.route("/api/data", METHODS, data)
    app.route("/api/list/", ["GET", "POST"], items)
    app.route("/api/error", "GET", error)
    app.route("/api/login", "POST", login)
    app.route("/api/me", "GET", me)

    def add_headers() -> None:
        origin = bottle.request.get_header("Origin")
        bottle.response.headers.update(checked_headers.response_headers(policy, origin))

    def options(path: str) -> None:  # noqa: ARG001 - any
        origin = bottle.request.get_header("Origin")
        bottle.response.headers.update(checked_headers.preflight_headers(policy, origin))
        bottle.response.status = 204

    app.add_hook("after_request", add_headers)
    app.route("/<path:path>", "OPTIONS", options)
    return app

"""Quart with Quart-CORS, the whole policy given to `cors(app, ...)` once for the whole app."""

import re

from quart import Quart, jsonify, request
from quart.typing import ResponseReturnValue
from quart_cors import cors

from cors_harness.model.server import CorsPolicy

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def data() -> ResponseReturnValue:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return jsonify(method=request.method), {"X-Total-Count": "3"}


async def items() -> ResponseReturnValue:
    """Without the last slash Quart answers 308, to the preflight too, and no browser follows."""
    return jsonify(items=["a", "b", "c"])


async def error() -> ResponseReturnValue:
    """A bug that nobody handles: Quart turns it into a 500."""
    raise RuntimeError("this route always fails")


async def login() -> ResponseReturnValue:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.args.get("user", "ann")
    response = jsonify(user=user)
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


async def me() -> ResponseReturnValue:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.args.get("user", "ann")
    if request.cookies.get(f"session-{user}") == "in":
        return jsonify(user=user)
    return jsonify(error="not logged in"), 401


def create_app(policy: CorsPolicy) -> Quart:
    """The routes with `cors(app, ...)`."""
    app = Quart(__name__)
    app.add_url_rule("/api/data", view_func=data, methods=METHODS)
    app.add_url_rule("/api/list/", view_func=items, methods=["GET", "POST"])
    app.add_url_rule("/api/error", view_func=error)
    app.add_url_rule("/api/login", view_func=login, methods=["POST"])
    app.add_url_rule("/api/me", view_func=me)
    regex = policy.allow_origin_regex
    return cors(
        app,
        allow_origin=[*policy.allow_origins, *([re.compile(regex)] if regex else [])],
        allow_methods=list(policy.allow_methods),
        allow_headers=list(policy.allow_headers),
        allow_credentials=policy.allow_credentials,
        expose_headers=list(policy.expose_headers),
        max_age=policy.max_age,
    )

"""Sanic with Sanic-Ext, the whole policy in its CORS_ settings."""

import itertools
import re
from typing import Any

from sanic import HTTPResponse, Request, Sanic, json
from sanic.exceptions import Unauthorized
from sanic_ext import Extend

from cors_harness.model.server import CorsPolicy

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

_numbers = itertools.count(1)  # Sanic wants another name for every app of a process


async def data(request: Request) -> HTTPResponse:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return json({"method": request.method}, headers={"X-Total-Count": "3"})


async def items(_request: Request) -> HTTPResponse:
    """To Sanic it is the same path without the last slash."""
    return json({"items": ["a", "b", "c"]})


async def error(_request: Request) -> HTTPResponse:
    """A bug that nobody handles: Sanic turns it into a 500."""
    raise RuntimeError("this route always fails")


async def login(request: Request) -> HTTPResponse:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.args.get("user", "ann")
    response = json({"user": user})
    response.add_cookie(f"session-{user}", "in", path="/", httponly=True, secure=False)
    return response


async def me(request: Request) -> HTTPResponse:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.args.get("user", "ann")
    if request.cookies.get(f"session-{user}") != "in":
        raise Unauthorized("not logged in")
    return json({"user": user})


def create_app(policy: CorsPolicy) -> Sanic[Any, Any]:
    """The routes with Sanic-Ext; `*` together with credentials does not even start."""
    app: Sanic[Any, Any] = Sanic(f"app-{next(_numbers)}", configure_logging=False)
    app.add_route(data, "/api/data", methods=METHODS)
    app.add_route(items, "/api/list/", methods=["GET", "POST"])
    app.add_route(error, "/api/error")
    app.add_route(login, "/api/login", methods=["POST"])
    app.add_route(me, "/api/me")
    app.config.TOUCHUP = False  # it rewrites methods of classes, which a second app shares
    app.config.CORS_ORIGINS = _origins(policy)
    app.config.CORS_METHODS = list(policy.allow_methods)
    app.config.CORS_ALLOW_HEADERS = list(policy.allow_headers)
    app.config.CORS_EXPOSE_HEADERS = list(policy.expose_headers)
    app.config.CORS_SUPPORTS_CREDENTIALS = policy.allow_credentials
    if policy.max_age is not None:
        app.config.CORS_MAX_AGE = policy.max_age
    Extend(app)
    return app


def _origins(policy: CorsPolicy) -> str | list[str | re.Pattern[str]]:
    regex = policy.allow_origin_regex
    if "*" in policy.allow_origins:
        return "*"
    return [*policy.allow_origins, *([re.compile(regex)] if regex else [])]

"""aiohttp with aiohttp-cors, the policy given to `setup` for every origin and added to each route.

The preflight of a route is allowed the methods that the route has, whatever the policy names.
"""

import aiohttp_cors
from aiohttp import web

from cors_harness.model.server import CorsPolicy

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


async def data(request: web.Request) -> web.Response:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return web.json_response({"method": request.method}, headers={"X-Total-Count": "3"})


async def items(_request: web.Request) -> web.Response:
    """Without the last slash aiohttp knows no such path."""
    return web.json_response({"items": ["a", "b", "c"]})


async def error(_request: web.Request) -> web.Response:
    """A bug that nobody handles: aiohttp turns it into a 500, which is prepared like the rest."""
    raise RuntimeError("this route always fails")


async def login(request: web.Request) -> web.Response:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.query.get("user", "ann")
    response = web.json_response({"user": user})
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


async def me(request: web.Request) -> web.Response:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.query.get("user", "ann")
    if request.cookies.get(f"session-{user}") == "in":
        return web.json_response({"user": user})
    return web.json_response({"error": "not logged in"}, status=401)


ROUTES = (
    *((method, "/api/data", data) for method in METHODS),
    *((method, "/api/list/", items) for method in ("GET", "POST")),
    ("GET", "/api/error", error),
    ("POST", "/api/login", login),
    ("GET", "/api/me", me),
)


def create_app(policy: CorsPolicy) -> web.Application:
    """The routes, each added to what `setup` returns."""
    app = web.Application()
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, handler)
    options = aiohttp_cors.ResourceOptions(
        allow_credentials=policy.allow_credentials,
        expose_headers=_any_or(policy.expose_headers),
        allow_headers=_any_or(policy.allow_headers),
        max_age=policy.max_age,
        allow_methods=_any_or(policy.allow_methods),
    )
    cors = aiohttp_cors.setup(app, defaults=dict.fromkeys(policy.allow_origins, options))
    for route in list(app.router.routes()):
        cors.add(route)
    return app


def _any_or(names: tuple[str, ...]) -> str | tuple[str, ...]:
    """aiohttp-cors takes `*` as a text, never in a list."""
    return "*" if "*" in names else names

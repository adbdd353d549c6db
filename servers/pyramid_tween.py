"""Pyramid with CORS by hand: a tween around everything, which answers OPTIONS itself."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

import checked_headers
from cors_harness.model.server import CorsPolicy

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
Handler = Callable[[Request], Response]


def data(request: Request) -> Response:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return Response(json={"method": request.method}, headers={"X-Total-Count": "3"})


def items(_request: Request) -> Response:
    """Without the last slash Pyramid knows no such path."""
    return Response(json={"items": ["a", "b", "c"]})


def error(_request: Request) -> Response:
    """A bug that nobody handles: it goes through all tweens, and the server makes a 500 of it."""
    raise RuntimeError("this route always fails")


def login(request: Request) -> Response:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.GET.get("user", "ann")
    response = Response(json={"user": user})
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


def me(request: Request) -> Response:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.GET.get("user", "ann")
    if request.cookies.get(f"session-{user}") == "in":
        return Response(json={"user": user})
    return Response(json={"error": "not logged in"}, status=401)


ROUTES = (
    ("/api/data", data, METHODS),
    ("/api/list/", items, ("GET", "POST")),
    ("/api/error", error, ("GET",)),
    ("/api/login", login, ("POST",)),
    ("/api/me", me, ("GET",)),
)


def cors_tween_factory(handler: Handler, registry: Any) -> Handler:
    """The tween; the policy is in the settings."""
    policy: CorsPolicy = registry.settings["cors"]

    def tween(request: Request) -> Response:
        origin = request.headers.get("Origin")
        if request.method == "OPTIONS":
            headers = checked_headers.preflight_headers(policy, origin)
            response = Response(status=204, headers=headers)
        else:
            response = handler(request)
        response.headers.update(checked_headers.response_headers(policy, origin))
        return response

    return tween


def create_app(policy: CorsPolicy) -> Any:
    """The routes inside the tween."""
    config = Configurator(settings={"cors": policy})
    for path, view, methods in ROUTES:
        config.add_route(path, path)
        config.add_view(view, route_name=path, request_method=methods)
    config.add_tween(f"{__name__}.cors_tween_factory")
    return config.make_wsgi_app()

"""Falcon with its CORSMiddleware, which is told origins, credentials and exposed headers only.

What a preflight may ask for it takes from the route, and lets every header through, for a day.
"""

from typing import Any

import falcon

from cors_harness.model.server import CorsPolicy


class Data:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Says which method it was."""
        resp.media = {"method": req.method}
        resp.set_header("X-Total-Count", "3")

    on_post = on_put = on_patch = on_delete = on_get


class Items:
    """Without the last slash Falcon knows no such path."""

    def on_get(self, _req: falcon.Request, resp: falcon.Response) -> None:
        """Says what there is."""
        resp.media = {"items": ["a", "b", "c"]}

    on_post = on_get


class Failing:
    """A bug that nobody handles: Falcon turns it into a 500."""

    def on_get(self, _req: falcon.Request, _resp: falcon.Response) -> None:
        """Fails."""
        raise RuntimeError("this route always fails")


class Login:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Sets the cookie."""
        user = req.get_param("user", default="ann")
        resp.set_cookie(f"session-{user}", "in", path="/", http_only=True, secure=False)
        resp.media = {"user": user}


class Me:
    """Says who is logged in, and 401 when the cookie did not come along."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Looks for the cookie."""
        user = req.get_param("user", default="ann")
        if req.cookies.get(f"session-{user}") != "in":
            raise falcon.HTTPUnauthorized(title="not logged in")
        resp.media = {"user": user}


ROUTES = {
    "/api/data": Data(),
    "/api/list/": Items(),
    "/api/error": Failing(),
    "/api/login": Login(),
    "/api/me": Me(),
}


def create_app(policy: CorsPolicy) -> "falcon.App[falcon.Request, falcon.Response]":
    """The routes behind CORSMiddleware."""
    any_origin = "*" in policy.allow_origins
    cors: Any = falcon.CORSMiddleware(
        allow_origins="*" if any_origin else policy.allow_origins,
        allow_credentials="*" if policy.allow_credentials else None,
        expose_headers=policy.expose_headers or None,
    )
    app = falcon.App(middleware=[cors])
    for path, resource in ROUTES.items():
        app.add_route(path, resource)
    return app

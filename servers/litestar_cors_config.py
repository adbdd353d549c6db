"""Litestar with its CORSConfig, the whole policy given to it once for the whole app."""

from dataclasses import dataclass
from typing import Any

from litestar import Litestar, Request, Response, get, post, route
from litestar.config.cors import CORSConfig
from litestar.exceptions import NotAuthorizedException

from cors_harness.model.server import CorsPolicy

LITESTAR_MAX_AGE = 600  # seconds; what CORSConfig sends when it is not told


@dataclass
class Item:
    """What POST /items/ takes; anything else is a 400."""

    name: str
    price: float


@route("/api/data", http_method=["GET", "POST", "PUT", "PATCH", "DELETE"], status_code=200)
async def data(request: Request[Any, Any, Any]) -> Response[dict[str, str]]:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return Response({"method": request.method}, headers={"X-Total-Count": "3"})


@route("/api/list/", http_method=["GET", "POST"], status_code=200)
async def items() -> dict[str, list[str]]:
    """To Litestar it is the same path without the last slash."""
    return {"items": ["a", "b", "c"]}


@get("/api/error")
async def error() -> None:
    """A bug that nobody handles: Litestar makes a 500 of it."""
    raise RuntimeError("this route always fails")


@post("/api/login", status_code=200)
async def login(user: str = "ann") -> Response[dict[str, str]]:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    response = Response({"user": user})
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


@get("/api/me")
async def me(request: Request[Any, Any, Any], user: str = "ann") -> dict[str, str]:
    """Says who is logged in, and 401 when the cookie did not come along."""
    if request.cookies.get(f"session-{user}") != "in":
        raise NotAuthorizedException("not logged in")
    return {"user": user}


@post("/items/", status_code=200)
async def create_item(data: Item) -> Item:
    """400 when the body is no item, and the page should be able to read why."""
    return data


def create_app(policy: CorsPolicy) -> Litestar:
    """The routes behind CORSConfig."""
    methods: list[Any] = list(policy.allow_methods)
    cors = CORSConfig(
        allow_origins=list(policy.allow_origins),
        allow_origin_regex=policy.allow_origin_regex,
        allow_methods=methods,
        allow_headers=list(policy.allow_headers),
        allow_credentials=policy.allow_credentials,
        expose_headers=list(policy.expose_headers),
        max_age=LITESTAR_MAX_AGE if policy.max_age is None else policy.max_age,
    )
    return Litestar([data, items, error, login, me, create_item], cors_config=cors)

"""Connexion with Starlette's CORSMiddleware, at the position that its documentation names.

It stands before the middleware that makes responses of errors. At the default position, further
inside, errors would have no CORS headers.
"""

from typing import Any

from connexion import AsyncApp, request
from connexion.lifecycle import ConnexionResponse
from connexion.middleware import MiddlewarePosition
from starlette.middleware.cors import CORSMiddleware

from cors_harness.model.server import CorsPolicy

STARLETTE_MAX_AGE = 600  # seconds; what the middleware sends when it is not told

ITEM = {
    "type": "object",
    "required": ["name", "price"],
    "properties": {"name": {"type": "string"}, "price": {"type": "number"}},
}
USER = {"name": "user", "in": "query", "schema": {"type": "string"}}


def _path(handler: str, *methods: str, **more: Any) -> dict[str, Any]:
    operation = {
        "operationId": f"{__name__}.{handler}",
        "responses": {"200": {"description": "as it should be"}},
        **more,
    }
    return dict.fromkeys(methods, operation)


DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "reference server", "version": "1"},
    "paths": {
        "/api/data": _path("data", "get", "post", "put", "patch", "delete"),
        "/api/list/": _path("items", "get", "post"),
        "/api/error": _path("error", "get"),
        "/api/login": _path("login", "post", parameters=[USER]),
        "/api/me": _path("me", "get", parameters=[USER]),
        "/items/": _path(
            "create_item",
            "post",
            requestBody={"required": True, "content": {"application/json": {"schema": ITEM}}},
        ),
    },
}


async def data() -> tuple[dict[str, str], int, dict[str, str]]:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return {"method": request.method}, 200, {"X-Total-Count": "3"}


async def items() -> dict[str, list[str]]:
    """Without the last slash Connexion's router answers 307."""
    return {"items": ["a", "b", "c"]}


async def error() -> None:
    """A bug that nobody handles: ExceptionMiddleware turns it into a 500."""
    raise RuntimeError("this route always fails")


async def login(user: str = "ann") -> ConnexionResponse:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    cookie = f"session-{user}=in; Path=/; HttpOnly"
    return ConnexionResponse(
        200, body={"user": user}, content_type="application/json", headers={"Set-Cookie": cookie}
    )


async def me(user: str = "ann") -> tuple[dict[str, str], int]:
    """Says who is logged in, and 401 when the cookie did not come along."""
    if request.cookies.get(f"session-{user}") == "in":
        return {"user": user}, 200
    return {"error": "not logged in"}, 401


async def create_item(body: dict[str, Any]) -> dict[str, Any]:
    """400 when the body is no item, and the page should be able to read why."""
    return body


def create_app(policy: CorsPolicy) -> AsyncApp:
    """The document's routes behind CORSMiddleware."""
    app = AsyncApp(__name__)
    app.add_middleware(
        CORSMiddleware,
        position=MiddlewarePosition.BEFORE_EXCEPTION,
        allow_origins=policy.allow_origins,
        allow_origin_regex=policy.allow_origin_regex,
        allow_methods=policy.allow_methods,
        allow_headers=policy.allow_headers,
        allow_credentials=policy.allow_credentials,
        expose_headers=policy.expose_headers,
        max_age=STARLETTE_MAX_AGE if policy.max_age is None else policy.max_age,
    )
    app.add_api(DOCUMENT)
    return app

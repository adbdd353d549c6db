"""Starlette with its CORSMiddleware, the whole policy given to it once for the whole app.

The middleware is the one that FastAPI hands on, and so are the surprises: no CORS headers on the
500 of an unhandled exception, 400 for a refused preflight, and `*` with credentials lets all in.
"""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cors_harness.model.server import CorsPolicy

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
STARLETTE_MAX_AGE = 600  # seconds; what the middleware sends when it is not told


async def data(request: Request) -> Response:
    """The route most scenarios call; page code sees `X-Total-Count` only when it is exposed."""
    return JSONResponse({"method": request.method}, headers={"X-Total-Count": "3"})


async def items(_request: Request) -> Response:
    """Without the last slash Starlette answers 307, which a browser follows after the preflight."""
    return JSONResponse({"items": ["a", "b", "c"]})


async def error(_request: Request) -> Response:
    """A bug that nobody handles: a 500 from outside of all middleware."""
    raise RuntimeError("this route always fails")


async def login(request: Request) -> Response:
    """Logs `?user=` in: sets the cookie that `/api/me` asks for."""
    user = request.query_params.get("user", "ann")
    response = JSONResponse({"user": user})
    response.set_cookie(f"session-{user}", "in", path="/", httponly=True)
    return response


async def me(request: Request) -> Response:
    """Says who is logged in, and 401 when the cookie did not come along."""
    user = request.query_params.get("user", "ann")
    if request.cookies.get(f"session-{user}") != "in":
        raise HTTPException(401, "not logged in")
    return JSONResponse({"user": user})


routes = [
    Route("/api/data", data, methods=METHODS),
    Route("/api/list/", items, methods=["GET", "POST"]),
    Route("/api/error", error),
    Route("/api/login", login, methods=["POST"]),
    Route("/api/me", me),
]


def create_app(policy: CorsPolicy) -> Starlette:
    """The routes behind CORSMiddleware."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=policy.allow_origins,
        allow_origin_regex=policy.allow_origin_regex,
        allow_methods=policy.allow_methods,
        allow_headers=policy.allow_headers,
        allow_credentials=policy.allow_credentials,
        expose_headers=policy.expose_headers,
        max_age=STARLETTE_MAX_AGE if policy.max_age is None else policy.max_age,
    )
    return Starlette(routes=routes, middleware=[cors])

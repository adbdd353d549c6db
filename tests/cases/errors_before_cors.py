"""Apps in which an error comes before CORS, or instead of what was meant.

Scenarios that look at the outcome only are green with all of them.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

ALL: dict[str, Any] = {"allow_credentials": True, "allow_methods": ["*"], "allow_headers": ["*"]}
SHOP = "https://app.example.com"


class RateLimit:
    """Lets so many requests through, and answers 429 from then on."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._left = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._left -= 1
            if self._left < 0:
                await JSONResponse({"error": "rate limit exceeded"}, 429)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def shop() -> FastAPI:
    app = FastAPI()

    @app.get("/orders")
    def orders() -> list[int]:
        return [1]

    @app.put("/orders/{number}")
    def change(number: int, order: dict[str, int]) -> dict[str, int]:
        return {**order, "number": number}

    return app


def wants_key(app: FastAPI) -> None:
    @app.middleware("http")
    async def key(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        if request.method != "OPTIONS" and request.headers.get("X-Api-Key") != "good":
            return JSONResponse({"detail": "no"}, 401)
        return await call_next(request)


def cors(app: FastAPI) -> None:
    app.add_middleware(CORSMiddleware, allow_origins=[SHOP], **ALL)


def hosts(app: FastAPI) -> None:
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["api.shop.example"])


# What is added last comes first.

key_first = shop()  # the worst there is: with a key every page reads everything
key_first.add_middleware(CORSMiddleware, allow_origin_regex=".*", **ALL)
wants_key(key_first)

key_inside = shop()  # as it should be
wants_key(key_inside)
cors(key_inside)

host_first = shop()
cors(host_first)
hosts(host_first)

host_inside = shop()
hosts(host_inside)
cors(host_inside)

limited = shop()
cors(limited)
limited.add_middleware(RateLimit, most=2)

fine = shop()
cors(fine)

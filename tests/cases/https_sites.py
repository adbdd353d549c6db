"""Apps that answer by https only, CORS inside and outside of the redirect; uvicorn runs them."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.middleware.httpsredirect import HTTPSRedirectMiddleware


def _site() -> FastAPI:
    app = FastAPI()

    @app.get("/orders/")
    def orders() -> list[int]:
        return [1]

    @app.put("/orders/{number}")
    def put(number: int, order: dict[str, int]) -> dict[str, int]:
        return order | {"number": number}

    return app


def _allow(app: FastAPI) -> None:
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://app.example.com"],
        allow_methods=["*"],
        allow_headers=["*"],
    )


cors_outside = _site()
cors_outside.add_middleware(HTTPSRedirectMiddleware)
_allow(cors_outside)

cors_inside = _site()
_allow(cors_inside)
cors_inside.add_middleware(HTTPSRedirectMiddleware)

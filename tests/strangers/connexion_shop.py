"""A small shop on Connexion: its document is where the routes come from; Starlette's CORS."""

from typing import Any

from connexion import AsyncApp
from connexion.middleware import MiddlewarePosition
from connexion.problem import problem
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse

ORDER = {
    "type": "object",
    "required": ["item"],
    "properties": {"item": {"type": "string"}, "count": {"type": "integer"}},
}
NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
JSON = {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
FINE = {"200": {"description": "the order", "content": JSON}}
DOCUMENT = {
    "openapi": "3.0.3",
    "info": {"title": "Shop", "version": "1"},
    "servers": [{"url": "/v1"}],
    "components": {"schemas": {"Order": ORDER}},
    "paths": {
        "/orders/{number}": {
            "parameters": [NUMBER],
            "get": {"operationId": f"{__name__}.read_order", "responses": FINE},
        },
        "/orders": {
            "post": {
                "operationId": f"{__name__}.add_order",
                "requestBody": {"required": True, "content": JSON},
                "responses": FINE,
            }
        },
    },
}
ORDERS = {1: {"item": "tea"}}


async def read_order(number: int) -> Any:
    return ORDERS.get(number) or problem(404, "Not Found", f"no order {number}")


async def add_order(body: dict[str, Any]) -> dict[str, Any]:
    return body


async def latest(_request: Any) -> RedirectResponse:
    return RedirectResponse("/v1/orders/1")


app = AsyncApp(__name__)
app.add_api(DOCUMENT)
app.add_url_rule("/latest", "latest", latest, methods=["GET"])
app.add_middleware(
    CORSMiddleware,
    position=MiddlewarePosition.BEFORE_EXCEPTION,
    allow_origins=["https://app.example.com"],
    allow_methods=["*"],
    allow_headers=["*"],
)

"""Connexion, with CORSMiddleware where its own routing answers before it."""

from connexion import AsyncApp
from starlette.middleware.cors import CORSMiddleware


def orders() -> list[int]:
    """What the page is after."""
    return [1]


OPERATION = {"operationId": f"{__name__}.orders", "responses": {"200": {"description": "them"}}}
PATHS = {"/orders": {"put": OPERATION}}

app = AsyncApp(__name__)
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["*"],
    allow_headers=["*"],
)
app.add_api({"openapi": "3.0.0", "info": {"title": "orders", "version": "1"}, "paths": PATHS})

"""Litestar, which lets another origin in; it has Starlette's name in its modules, and is none."""

import starlette.requests  # noqa: F401 - imported, and not what the app is made with
from litestar import Litestar, get
from litestar.config.cors import CORSConfig


@get("/orders")
async def orders() -> list[int]:
    """What the page is after."""
    return [1]


app = Litestar(
    route_handlers=[orders],
    cors_config=CORSConfig(allow_origins=["https://www.example.com"]),
)

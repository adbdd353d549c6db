"""Quart without CORS: it imports Flask, whose lines would crash it."""

from quart import Quart

app = Quart(__name__)


@app.get("/orders")
async def orders() -> list[int]:
    """What the page is after."""
    return [1]

"""An ASGI app by hand, which has imported frameworks for nothing."""

from typing import Any

import fastapi  # noqa: F401
import flask  # noqa: F401


async def app(scope: Any, _receive: Any, send: Any) -> None:
    """Answers everything alike."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"[1]"})

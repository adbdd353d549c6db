"""staying_open(): an ASGI app whose trouble costs the next request on its connection nothing."""

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application


def staying_open(app: "ASGI3Application", scheme: str | None) -> "ASGI3Application":
    """`app`, whose exceptions behind a whole response are logged and go no further.

    Starlette sends its 500 and raises all the same; uvicorn then drops the connection without a
    word. Whatever cell comes next on it may be sent twice by its browser, and be blamed for it.
    A user's app is no exception: what it sends is not touched, and what it raises is in the log.

    `scheme` is the one that browsers use, where the connection to the server cannot tell; None:
    it can.
    """

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        whole = False

        async def sending(message: Any) -> None:
            nonlocal whole
            await send(message)
            is_end = message["type"] == "http.response.body" and not message.get("more_body")
            whole = whole or is_end

        if scheme is not None and scope["type"] == "http":
            scope["scheme"] = scheme
        try:
            await app(scope, receive, sending)
        except Exception:
            if not whole:
                raise
            logging.getLogger("uvicorn.error").exception("Exception behind a whole response")

    return answer

"""A user's app whose bodies come slowly, never end, break off or never begin.

It writes to the file `gone` which of its streams a browser has left.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Pieces = AsyncIterator[bytes]

EVENTS, TEXT = b"text/event-stream", b"text/plain"


async def endless() -> Pieces:
    while True:
        yield b"data: 1\n\n"
        await asyncio.sleep(0.1)


async def one() -> Pieces:
    yield b"data: 1\n\n"
    await asyncio.Event().wait()


async def slow_body() -> Pieces:
    for piece in (b"a", b"b", b"c", b"d"):
        yield piece
        await asyncio.sleep(0.8)


async def slow_head() -> Pieces:
    await asyncio.sleep(5)
    yield b"at last"


async def breaking_off() -> Pieces:
    yield b"data: 1\n\n"
    raise RuntimeError("a bug in the middle of a stream")


async def breaking_off_early() -> Pieces:
    yield b""
    raise RuntimeError("a bug at the beginning of a stream")


async def never() -> Pieces:
    await asyncio.Event().wait()
    yield b""


STREAMS = {
    "/events": (EVENTS, endless),
    "/one-event": (EVENTS, one),
    "/lines": (TEXT, endless),
    "/slow-body": (TEXT, slow_body),
    "/slow-head": (TEXT, slow_head),
    "/breaks-off": (EVENTS, breaking_off),
    "/breaks-off-early": (TEXT, breaking_off_early),
    "/never": (TEXT, never),
}


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answers every page with one of the streams."""
    assert scope["type"] == "http"
    kind, pieces = STREAMS[scope["path"]]
    answering = asyncio.ensure_future(answer(kind, pieces(), send))
    leaving = asyncio.ensure_future(left(receive))
    await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if answering.done():
        return answering.result()
    answering.cancel()
    note(scope["path"])
    return None


def note(path: str) -> None:
    with Path("gone").open("a") as file:
        file.write(f"{path}\n")


async def answer(kind: bytes, pieces: Pieces, send: Send) -> None:
    begun = False
    async for piece in pieces:
        if not begun:
            headers = [(b"access-control-allow-origin", b"*"), (b"content-type", kind)]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            begun = True
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

"""LivePageServer: the live page on loopback: itself, its document, its events, and reruns.

A plain ASGI app, as the page server of a run is: no framework that the user's app may need too.
"""

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import uvicorn
from msgspec import Struct

from cors_harness.live.access import Access
from cors_harness.live.board import LiveBoard, LivePhase
from cors_harness.reports.html.assembly import live_page
from cors_harness.text.json_values import JsonError
from cors_harness.text.typed_json import JsonDecoder

# What there is, below the token, and the method that asks for it.
PARTS = {"": "GET", "document": "GET", "events": "GET", "rerun": "POST"}
BATCH_S = 0.1  # of events that come faster
PING_S = 15.0  # a page that hears nothing for longer connects anew
MOST_BODY = 1_000_000
RESTS = 9  # times as long as a document took none is made while cells run: they need the time
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
TEXT, JSON, HTML = "text/plain", "application/json", "text/html"

Rerun = Callable[[set[str]], None]


class LivePageServer:
    """Serves one board to whoever knows the address."""

    def __init__(self, listener: socket.socket, access: Access, board: LiveBoard) -> None:
        """`listener` is bound already, to the port that `access` names."""
        self._listener, self._access, self._board = listener, access, board
        text, policy = live_page()
        self._page = text.encode()
        self._policy = (b"content-security-policy", policy.encode())
        self._changed = asyncio.Event()
        self._building = asyncio.Lock()
        self._built, self._fresh_until = b"", 0.0
        self._streams: set[asyncio.Task[None]] = set()
        self.rerun: Rerun = lambda _cells: None

    async def serve(self) -> None:
        """Answers until it is cancelled; open connections are closed then."""
        loop = asyncio.get_running_loop()
        self._board.on_change = lambda: _in_loop(loop, self._wake)
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            log_level="warning",
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            proxy_headers=False,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[self._listener]))
        try:
            await asyncio.shield(serving)
        finally:
            self._board.on_change = lambda: None
            server.should_exit = server.force_exit = True
            self.cut_streams()
            with contextlib.suppress(asyncio.CancelledError):
                await serving

    def cut_streams(self) -> None:
        """Ends all streams of events; pages that are still there connect anew."""
        for stream in self._streams:
            stream.cancel()

    def _wake(self) -> None:
        waited, self._changed = self._changed, asyncio.Event()
        waited.set()

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        part = self._access.part(scope["path"])
        refused = self._access.refusal(scope["method"], part, scope["headers"], PARTS)
        if refused is not None:
            status, text = refused
            await _answer(send, status, text.encode(), TEXT)
            return
        match part:
            case "":
                await _answer(send, 200, self._page, HTML, self._policy)
            case "document":
                await _answer(send, 200, await self._document(), JSON)
            case "events":
                await self._stream(receive, send)
            case _:
                await self._take_wish(receive, send)

    async def _document(self) -> bytes:
        """Made once for all pages that ask, and seldom while many cells run.

        Its `rest_s` says for how many seconds it will be the same, unless the round ends.
        """
        async with self._building:
            began = time.monotonic()
            if began >= self._fresh_until or self._board.state.phase is LivePhase.IDLE:
                document = await asyncio.to_thread(self._board.document)
                rest_s = RESTS * (time.monotonic() - began)
                self._built = json.dumps({**document, "rest_s": rest_s}).encode()
                self._fresh_until = time.monotonic() + rest_s
            return self._built

    async def _stream(self, receive: Any, send: Any) -> None:
        telling = asyncio.create_task(self._tell(send))
        self._streams.add(telling)
        leaving = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.discard(telling)
            for task in (telling, leaving):
                task.cancel()
            await asyncio.wait({telling, leaving})
        with contextlib.suppress(Exception):  # nobody may be there
            await send({"type": "http.response.body", "body": b""})

    async def _tell(self, send: Any) -> None:
        """The newest state whenever it is a new one: what comes in between is left out."""
        headers = _headers("text/event-stream")
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _send_event(send, "retry: 1000\n\n")
        told = -1
        while True:
            changed, state = self._changed, self._board.state
            if state.version != told:
                told = state.version
                data = json.dumps(asdict(state))
                await _send_event(send, f"id: {told}\nevent: state\ndata: {data}\n\n")
                await asyncio.sleep(BATCH_S)
            try:
                await asyncio.wait_for(changed.wait(), PING_S)
            except TimeoutError:
                await _send_event(send, "event: ping\ndata: 0\n\n")

    async def _take_wish(self, receive: Any, send: Any) -> None:
        body = await _body(receive)
        wish = None if body is None else _wish(body)
        if wish is None:
            text = b'expected JSON: {"cells": [...]}, {"file": ...}, {"scenario": ...} or {}'
            await _answer(send, 400, text, TEXT)
            return
        cells = self._board.cells_of(**wish)
        if cells:
            self.rerun(cells)
        await _answer(send, 200, json.dumps({"cells": len(cells)}).encode(), JSON)


class _Wish(Struct, forbid_unknown_fields=True):
    cells: tuple[str, ...] | None = None
    file: str | None = None
    scenario: str | None = None


_WISH = JsonDecoder(_Wish)


def _wish(body: bytes) -> dict[str, Any] | None:
    """Which cells a page names; None: it is no such wish."""
    try:
        wish = _WISH.decode(body)
    except JsonError:
        return None
    if wish.cells == ():
        return None
    named = {"cells": wish.cells, "file": wish.file, "scenario": wish.scenario}
    return {key: value for key, value in named.items() if value is not None}


async def _gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Any) -> bytes | None:
    """The whole request body; None where there is no end of it, or too much: that is not kept."""
    body: bytes | None = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if body is not None:
            body += bytes(message.get("body", b""))
            body = body if len(body) <= MOST_BODY else None
        if not message.get("more_body"):
            return body


async def _answer(
    send: Any, status: int, body: bytes, media_type: str, *more: tuple[bytes, bytes]
) -> None:
    length = (b"content-length", str(len(body)).encode())
    headers = [*_headers(media_type), length, *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _headers(media_type: str) -> Sequence[tuple[bytes, bytes]]:
    return [(b"content-type", f"{media_type}; charset=utf-8".encode()), *HEADERS]


async def _send_event(send: Any, text: str) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def _in_loop(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
        loop.call_soon_threadsafe(call)

"""An app of no framework that takes every call, lets one origin in, and has an odd document.

Whatever is called is answered as a page of that origin may read it, so that each cell of its draft
that does not hold is one that the draft has wrong.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

PAGE = "https://app.example.com"
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[str, str]]


def parameter(place: str, name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"in": place, "name": name, "required": True, "schema": schema, **more}


def taking(kind: str, schema: Any) -> dict[str, Any]:
    return {"requestBody": {"content": {kind: {"schema": schema}}}, "responses": {"422": {}}}


ORDER = {"type": "object", "required": ["n", "note"], "properties": {"n": {"type": "integer"}}}
SELF = {"$ref": "#/components/schemas/Self"}
HEADERS = (
    *(("Cookie", "a"), ("Host", "b"), ("Sec-A", "c"), ("X-HTTP-Method-Override", "TRACE")),
    *(("X-Version", 3), ("X-Text", "grüße {from}\r\nb"), ("Accept-Language", "de")),
)
PATHS: dict[str, Any] = {
    "/methods": {method: {} for method in ("trace", "connect", "head", "options", "delete")},
    "/elsewhere": {"get": {}},
    "/login": {"get": {}, "post": taking("application/json", ORDER)},
    "/basic": {"get": {"security": [{"basic": []}]}},
    "/empty": {"get": {}, "put": taking("application/vnd.api+json", ORDER)},
    "/stream": {"get": {}},
    "/events": {"get": {"responses": {"200": {"content": {"text/event-stream": {}}}}}},
    "/socket": {"get": {"responses": {"101": {}}}},
    "/file": {"get": {}},
    "/headers": {"get": {"parameters": [parameter("header", n, {"const": v}) for n, v in HEADERS]}},
    "/search": {
        "get": {
            "parameters": [
                parameter("query", "q ä&", {"type": "string", "pattern": "^[A-Z]{3}$"}),
                parameter("query", "list[]", {"type": "array", "items": {"enum": ["a b", "c"]}}),
                parameter("cookie", "session", {}),
            ]
        }
    },
    "/grüße/a b/{Größe}/{from}/%41": {"get": {}, "patch": taking("application/json", SELF)},
    "//two//slashes//": {"get": {}},
    "/a/../b/./{c}": {"get": {"parameters": [parameter("path", "c", {}, example="../d?e#f")]}},
    "/form": {"post": taking("application/x-www-form-urlencoded", ORDER)},
    "/upload": {
        "post": taking(
            "multipart/form-data",
            {"required": ["f"], "properties": {"f": {"type": "string", "format": "binary"}}},
        )
    },
    "/bytes": {"put": taking("application/octet-stream", {"type": "string"})},
    "/lines": {"post": taking("text/plain", {"example": "{from}\r\n{unique}"})},
    "/braces": {"post": taking("application/json", {"example": {"{sends}": "{page} {from}"}})},
    "/searching": {"get": taking("application/json", ORDER)},
    "/openapi.json": {"get": {}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://{host}/v1", "variables": {"host": {"default": "b.example"}}}],
    "paths": PATHS,
    "components": {
        "schemas": {
            "Self": {"type": "object", "required": ["a", "b"], "properties": {"a": SELF, "b": SELF}}
        }
    },
}


async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """ASGI: https://asgi.readthedocs.io/en/latest/specs/www.html."""
    while (await receive()).get("more_body"):
        pass
    sent = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    cors = cors_headers(sent)
    if scope["path"] == "/openapi.json":
        await answer(send, 200, [("content-type", "application/json")], json.dumps(DOCUMENT))
    elif scope["method"] == "OPTIONS" and "access-control-request-method" in sent:
        await answer(send, 204, cors)
    elif scope["path"].endswith("/stream"):
        await stream(send, cors)
    else:
        await view(scope["path"].removeprefix("/v1"), send, cors)


def cors_headers(sent: dict[str, str]) -> Headers:
    if sent.get("origin") != PAGE:
        return [("vary", "Origin")]
    return [
        ("vary", "Origin"),
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", sent.get("access-control-request-method", "")),
        ("access-control-allow-headers", sent.get("access-control-request-headers", "")),
    ]


async def view(path: str, send: Send, cors: Headers) -> None:
    match path:
        case "/elsewhere":
            await answer(send, 302, [*cors, ("location", "https://accounts.example/login")])
        case "/login":
            await answer(send, 303, [*cors, ("location", "/v1/empty")])
        case "/basic":
            await answer(send, 401, [*cors, ("www-authenticate", 'Basic realm="shop"')])
        case "/empty":
            await answer(send, 204, cors)
        case "/file":
            file = ("content-disposition", "attachment; filename=a.bin")
            await answer(send, 200, [*cors, file], "a" * 1_000_000)
        case _:
            await answer(send, 200, cors, "fine")


async def answer(send: Send, status: int, headers: Headers, body: str = "") -> None:
    length = [] if status == 204 else [("content-length", str(len(body)))]
    await begin(send, status, [*headers, *length])
    await send({"type": "http.response.body", "body": body.encode()})


async def stream(send: Send, headers: Headers) -> None:
    """One part of a body that has no end; the connection stays as it is until the page goes."""
    await begin(send, 200, headers)
    try:
        while True:
            await send({"type": "http.response.body", "body": b"a" * 1_000, "more_body": True})
            await asyncio.sleep(0.2)
    except OSError:
        pass


async def begin(send: Send, status: int, headers: Headers) -> None:
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": encoded})

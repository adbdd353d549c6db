"""A small shop on aiohttp, made by a coroutine: a table of routes, a clean-up, aiohttp-cors."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp_cors
from aiohttp import web

ORDERS: dict[int, dict[str, Any]] = {}
routes = web.RouteTableDef()


@routes.get(r"/orders/{number:\d+}")
async def read_order(request: web.Request) -> web.Response:
    order = ORDERS.get(int(request.match_info["number"]))
    if order is None:
        raise web.HTTPNotFound
    return web.json_response(order)


@routes.post("/orders")
async def add_order(request: web.Request) -> web.Response:
    return web.json_response(await request.json(), status=201)


@routes.get("/feed")
async def feed(request: web.Request) -> web.WebSocketResponse:
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    return socket


async def stock(_app: web.Application) -> AsyncIterator[None]:
    ORDERS[1] = {"item": "tea"}
    yield
    ORDERS.clear()


async def create_app() -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(stock)
    app.add_routes(routes)
    allowed: Any = aiohttp_cors
    options = allowed.ResourceOptions(allow_headers=["content-type"], allow_methods="*")
    cors = allowed.setup(app, defaults={"https://app.example.com": options})
    for route in list(app.router.routes()):
        cors.add(route)
    app.router.add_static("/pictures", Path(__file__).parent)
    return app

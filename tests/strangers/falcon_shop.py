"""A small shop on Falcon, over WSGI and over ASGI: resources, a suffix, its CORSMiddleware."""

from pathlib import Path
from typing import Any

import falcon
import falcon.asgi

ORDERS = {1: {"item": "tea"}}


class Orders:
    def on_get_one(self, _req: falcon.Request, resp: falcon.Response, number: int) -> None:
        if number not in ORDERS:
            raise falcon.HTTPNotFound(title=f"no order {number}")
        resp.media = ORDERS[number]

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = req.get_media()
        resp.status = falcon.HTTP_201


class AsyncOrders:
    async def on_get(self, _req: Any, resp: Any, number: int) -> None:
        resp.media = ORDERS[number]

    async def on_websocket(self, _req: Any, socket: Any, number: int) -> None:
        await socket.accept()
        await socket.send_media(ORDERS[number])


def create_app() -> Any:
    app: Any = falcon.App(
        middleware=falcon.CORSMiddleware(allow_origins=["https://app.example.com"])
    )
    orders = Orders()
    app.add_route("/orders", orders)
    app.add_route("/orders/{number:int}", orders, suffix="one")
    app.add_static_route("/pictures", Path(__file__).parent)
    return app


def create_asgi_app() -> Any:
    app: Any = falcon.asgi.App(
        middleware=falcon.CORSMiddleware(allow_origins=["https://app.example.com"])
    )
    app.add_route("/orders/{number:int}", AsyncOrders())
    return app

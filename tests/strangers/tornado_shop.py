"""A small shop on Tornado: regular expressions, a base handler that writes the CORS headers."""

from pathlib import Path

import tornado.escape
import tornado.web
import tornado.websocket

ORDERS = {1: {"item": "tea"}}


class BaseHandler(tornado.web.RequestHandler):
    def set_default_headers(self) -> None:
        self.set_header("Vary", "Origin")
        if self.request.headers.get("Origin") == "https://app.example.com":
            self.set_header("Access-Control-Allow-Origin", "https://app.example.com")
            self.set_header("Access-Control-Allow-Headers", "content-type")
            self.set_header("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE")

    def options(self, *_values: str) -> None:
        self.set_status(204)

    def data_received(self, chunk: bytes) -> None:
        raise NotImplementedError


class OrderHandler(BaseHandler):
    def get(self, number: str) -> None:
        if int(number) not in ORDERS:
            raise tornado.web.HTTPError(404)
        self.write(ORDERS[int(number)])


class OrdersHandler(BaseHandler):
    async def post(self) -> None:
        self.set_status(201)
        self.write(tornado.escape.json_decode(self.request.body))


class NotFoundHandler(BaseHandler):
    def prepare(self) -> None:
        raise tornado.web.HTTPError(404)


class FeedHandler(tornado.websocket.WebSocketHandler):
    async def on_message(self, message: str | bytes) -> None:
        await self.write_message(message)


def make_app() -> tornado.web.Application:
    return tornado.web.Application(
        [(r"/orders/(\d+)", OrderHandler), (r"/orders/?", OrdersHandler), (r"/feed", FeedHandler)],
        default_handler_class=NotFoundHandler,
        static_path=Path(__file__).parent,
    )

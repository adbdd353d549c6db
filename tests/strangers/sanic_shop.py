"""A small shop on Sanic: a versioned blueprint, a listener, Sanic-Ext's CORS and documents."""

from typing import Any

from sanic import Blueprint, Sanic, Websocket
from sanic.exceptions import NotFound
from sanic.request import Request
from sanic.response import HTTPResponse, json

ORDERS: dict[int, dict[str, Any]] = {}

app = Sanic("shop")
app.config.CORS_ORIGINS = "https://app.example.com"
app.static("/pictures", __file__.rpartition("/")[0])
orders = Blueprint("orders", url_prefix="/orders", version=1)


@app.before_server_start
async def stock(_app: Any) -> None:
    ORDERS[1] = {"item": "tea"}


@orders.get("/<number:int>")
async def read_order(_request: Request, number: int) -> HTTPResponse:
    if number not in ORDERS:
        raise NotFound(f"no order {number}")
    return json(ORDERS[number])


@orders.post("/")
async def add_order(request: Request) -> HTTPResponse:
    return json(request.json, status=201)


async def feed(_request: Request, ws: Websocket) -> None:
    await ws.send("open")


app.blueprint(orders)
app.add_websocket_route(feed, "/feed")

"""A small shop on Quart, with Quart-CORS: a blueprint, a WebSocket."""

from typing import Any

from quart import Blueprint, Quart, abort, request, websocket
from quart.typing import ResponseReturnValue
from quart_cors import cors

ORDERS = {1: {"item": "tea"}}
orders = Blueprint("orders", __name__, url_prefix="/orders")


@orders.get("/<int:number>")
async def read_order(number: int) -> dict[str, Any]:
    if number not in ORDERS:
        abort(404)
    return ORDERS[number]


@orders.post("")
async def add_order() -> ResponseReturnValue:
    return await request.get_json(), 201


app = Quart(__name__)
app.register_blueprint(orders)


@app.websocket("/changes")
async def changes() -> None:
    await websocket.send("none")


app = cors(app, allow_origin="https://app.example.com")

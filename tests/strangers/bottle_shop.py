"""A small shop on Bottle: a filter in a path, a mounted app, CORS headers by a hook."""

from pathlib import Path
from typing import Any

import bottle

ORDERS = {1: {"item": "tea"}}

app: Any = bottle.Bottle()
orders: Any = bottle.Bottle()


def let_pages_read() -> None:
    bottle.response.set_header("Vary", "Origin")
    if bottle.request.get_header("Origin") == "https://app.example.com":
        bottle.response.set_header("Access-Control-Allow-Origin", "https://app.example.com")
        bottle.response.set_header("Access-Control-Allow-Headers", "content-type")
        bottle.response.set_header("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE")


def read_order(number: int) -> Any:
    return ORDERS.get(number) or bottle.abort(404, f"no order {number}")


def add_order() -> Any:
    bottle.response.status = 201
    return bottle.request.json


def picture(name: str) -> Any:
    return bottle.static_file(name, root=str(Path(__file__).parent))


app.add_hook("after_request", let_pages_read)
app.route("/<:path>", "OPTIONS", lambda: "")
app.get("/pictures/<name>", callback=picture)
orders.get("/<number:int>", callback=read_order)
orders.post("/", callback=add_order)
app.mount("/orders/", orders)

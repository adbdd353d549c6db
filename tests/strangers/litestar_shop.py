"""A small shop on Litestar: a dataclass as JSON, its own documentation, CORSConfig."""

from dataclasses import dataclass

from litestar import Litestar, get, post
from litestar.config.cors import CORSConfig
from litestar.exceptions import NotFoundException


@dataclass
class Order:
    item: str
    count: int = 1


ORDERS = {1: Order(item="tea")}


@get("/orders/{number:int}")
async def read_order(number: int) -> Order:
    if number not in ORDERS:
        raise NotFoundException(f"no order {number}")
    return ORDERS[number]


@post("/orders")
async def add_order(data: Order) -> Order:
    return data


app = Litestar(
    [read_order, add_order],
    cors_config=CORSConfig(allow_origins=["https://app.example.com"]),
)

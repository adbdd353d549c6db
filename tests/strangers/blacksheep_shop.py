"""A small shop on BlackSheep: an OpenAPIHandler, a controller, use_cors(), its lifespan."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from blacksheep import Application, Response, Router, not_found
from blacksheep.server.controllers import Controller
from blacksheep.server.openapi.v3 import OpenAPIHandler
from openapidocs.v3 import Info

router = Router()
app = Application(router=router)
app.use_cors(
    allow_methods=["GET", "POST"],
    allow_origins=["https://app.example.com"],
    allow_headers=["Authorization", "Content-Type"],
)
docs = OpenAPIHandler(info=Info(title="Shop", version="1"))
docs.bind_app(app)


@dataclass
class Order:
    item: str
    count: int = 1


ORDERS: dict[int, Order] = {}


@app.lifespan
async def stock() -> AsyncIterator[None]:
    ORDERS[1] = Order(item="tea")
    yield


class Orders(Controller):
    @router.get("/orders/{number}")
    async def read_order(self, number: int) -> Order | Response:
        return ORDERS.get(number) or not_found()

    @router.post("/orders")
    async def add_order(self, order: Order) -> Order:
        return order

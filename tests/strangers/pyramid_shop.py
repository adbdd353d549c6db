"""A small shop on Pyramid: routes of an included part, CORS headers by a tween."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound

ORDERS = {1: {"item": "tea"}}


def cors_tween(handler: Callable[[Any], Any], _registry: Any) -> Callable[[Any], Any]:
    def tween(request: Any) -> Any:
        response = request.response if request.method == "OPTIONS" else handler(request)
        response.vary = ("Origin",)
        if request.headers.get("Origin") == "https://app.example.com":
            response.headers["Access-Control-Allow-Origin"] = "https://app.example.com"
            response.headers["Access-Control-Allow-Headers"] = "content-type"
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, DELETE"
        return response

    return tween


def read_order(request: Any) -> Any:
    number = int(request.matchdict["number"])
    if number not in ORDERS:
        raise HTTPNotFound
    return ORDERS[number]


def add_order(request: Any) -> Any:
    request.response.status = 201
    return request.json_body


def include_orders(config: Any) -> None:
    config.add_route("order", r"/{number:\d+}")
    config.add_view(read_order, route_name="order", renderer="json")
    config.add_route("orders", "/")
    config.add_view(add_order, route_name="orders", request_method="POST", renderer="json")


def main(_global_config: Any = None, **settings: Any) -> Any:
    with Configurator(settings=settings) as config:
        config.add_tween(f"{__name__}.cors_tween")
        config.add_static_view("pictures", "pyramid:scaffolds")
        config.include(include_orders, route_prefix="/orders")
        return config.make_wsgi_app()

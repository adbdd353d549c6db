# ruff: noqa: ARG001 - what counts of these views is how they are declared
"""Surveys of apps of Sanic, Falcon, aiohttp, Tornado, Bottle and Pyramid.

Each test imports its framework: whoever runs none of them need not wait for that.
"""

import json
import warnings
from dataclasses import dataclass
from importlib import import_module as module
from typing import Any

import flask

from cors_harness.model.survey import FoundRoute, Parameter, RouteKind
from cors_harness.serving.survey.app_routes import survey_of

PICTURES = __file__.rpartition("/")[0]
Found = tuple[str, str] | tuple[str, str, str]


def found(app: Any) -> set[Found]:
    """(template, methods but HEAD and OPTIONS, parameters or nothing) of every route of HTTP."""
    return {each for route in survey_of(app).routes if (each := _told(route))}


def sockets(app: Any) -> list[str]:
    """The templates of all routes of WebSockets."""
    routes = survey_of(app).routes
    return [route.template for route in routes if route.kind is RouteKind.WEBSOCKET]


def _told(route: FoundRoute) -> Found | None:
    methods = " ".join(sorted(set(route.methods) - {"HEAD", "OPTIONS"}))
    if route.kind is not RouteKind.HTTP or not methods:
        return None
    if route.parameters:
        return route.template, methods, " ".join(map(_kind, route.parameters))
    return route.template, methods


def _kind(parameter: Parameter) -> str:
    return f"{parameter.name}:{'|'.join(parameter.choices) or parameter.kind}"


def test_sanic() -> None:
    sanic: Any = module("sanic")
    views: Any = module("sanic.views")

    app = sanic.Sanic("test_more_surveys")
    orders = sanic.Blueprint("orders", url_prefix="/orders", version=1)

    class Customer(views.HTTPMethodView):  # type: ignore[misc]
        def get(self, request: Any, key: Any) -> Any: ...
        def put(self, request: Any, key: Any) -> Any: ...

    async def view(request: Any, **_values: Any) -> Any: ...

    app.static("/pictures", PICTURES)
    app.add_route(view, "/", methods=["GET", "POST"])
    app.add_route(view, "/<part:path>/end", name="part")
    app.add_route(view, "/<size:small|large>/<weight:float>/<day:ymd>", name="size")
    app.add_route(view, r"/<day:(?P<day>\d{4})-\d\d>/<image:ext=png|jpg>", name="day")
    app.add_route(view, "/strict/", strict_slashes=True, name="strict")
    app.add_route(view, "/elsewhere", host="other.example", name="elsewhere")
    app.add_websocket_route(view, "/feed")
    orders.add_route(view, "/<number:int>", methods=["DELETE"])
    orders.add_route(Customer.as_view(), "/by/<key:uuid>/<name>/")
    app.blueprint(orders)
    assert found(app) == {
        ("/", "GET POST"),
        ("/{part}/end", "GET", "part:path"),
        ("/{size}/{weight}/{day}", "GET", "size:small|large weight:float day:2024-02-29"),
        ("/{day}/{image}", "GET", "day:text image:file.png"),
        ("/strict/", "GET"),
        ("/v1/orders/{number}", "DELETE", "number:int"),
        ("/v1/orders/by/{key}/{name}", "GET PUT", "key:uuid name:text"),
    }
    assert sockets(app) == ["/feed"]


def test_document_of_sanic_ext() -> None:
    sanic: Any = module("sanic")
    openapi: Any = module("sanic_ext").openapi
    app = sanic.Sanic("test_document")

    @dataclass
    class Order:
        item: str

    async def add_order(request: Any, number: int) -> Any: ...

    described = openapi.definition(body={"application/json": Order})(add_order)
    app.add_route(described, "/orders/<number:int>", methods=["PUT"])
    survey = survey_of(app)
    ((prefix, text),) = survey.documents
    put = json.loads(text)["paths"]["/orders/{number}"]["put"]
    schema = put["requestBody"]["content"]["application/json"]["schema"]
    assert (prefix, list(schema["properties"])) == ("", ["item"])
    assert [route.template for route in survey.routes] == ["/orders/{number}"]


def test_falcon() -> None:
    falcon: Any = module("falcon")
    falcon_asgi: Any = module("falcon.asgi")

    class Orders:
        def on_get(self, req: Any, resp: Any, **_values: Any) -> None: ...
        def on_post(self, req: Any, resp: Any, **_values: Any) -> None: ...
        def on_delete_one(self, req: Any, resp: Any, **_values: Any) -> None: ...

    class Feed:
        async def on_get(self, req: Any, resp: Any) -> None: ...
        async def on_websocket(self, req: Any, ws: Any) -> None: ...

    app = falcon.App(cors_enable=True)
    app.add_route("/", Orders())
    app.add_route("/orders/{number:int(min=1)}/{weight:float}/{key:uuid}", Orders(), suffix="one")
    app.add_route("/between/{low}-{high}.json", Orders())
    app.add_route("/files/{name:path}", Orders())
    app.add_static_route("/pictures", PICTURES)
    assert found(app) == {
        ("/", "GET POST"),
        ("/orders/{number}/{weight}/{key}", "DELETE", "number:int weight:float key:uuid"),
        ("/between/{low}-{high}.json", "GET POST", "low:text high:text"),
        ("/files/{name}", "GET POST", "name:path"),
    }
    over_asgi = falcon_asgi.App()
    over_asgi.add_route("/feed", Feed())
    assert found(over_asgi) == {("/feed", "GET")}
    assert sockets(over_asgi) == ["/feed"]


def test_aiohttp() -> None:
    aiohttp_cors: Any = module("aiohttp_cors")
    web: Any = module("aiohttp.web")

    async def view(request: Any) -> Any: ...

    async def any_method(request: Any) -> Any:
        return request.json if request.method in {"PUT", "DELETE"} else None

    async def feed(request: Any) -> Any:
        return web.WebSocketResponse()

    class Customer(web.View):  # type: ignore[misc]
        async def get(self) -> Any: ...
        async def patch(self) -> Any: ...

    app, admin, deeper, other = (web.Application() for _ in range(4))
    deeper.router.add_get("/end", view)
    admin.router.add_post("/statistics/{of}", view)
    other.router.add_get("/elsewhere", view)
    admin.add_subapp("/deeper", deeper)
    app.router.add_get(r"/orders/{number:\d+}/{file:.+}", view, allow_head=False)
    app.router.add_route("*", "/any", any_method)
    app.router.add_view("/customers/{name}", Customer)
    app.router.add_get("/feed", feed)
    cors = aiohttp_cors.setup(app, defaults={"*": aiohttp_cors.ResourceOptions()})
    for route in list(app.router.routes()):
        if route.method == "GET":
            cors.add(route)
    app.router.add_static("/pictures", PICTURES)
    app.add_subapp("/admin", admin)
    app.add_domain("other.example", other)
    assert found(app) == {
        ("/orders/{number}/{file}", "GET", "number:int file:path"),
        ("/any", "DELETE GET POST PUT"),
        ("/customers/{name}", "GET PATCH", "name:text"),
        ("/admin/statistics/{of}", "POST", "of:text"),
        ("/admin/deeper/end", "GET"),
    }
    assert sockets(app) == ["/feed"]


def test_tornado() -> None:
    routing: Any = module("tornado.routing")
    web: Any = module("tornado.web")
    websocket: Any = module("tornado.websocket")
    wsgi: Any = module("tornado.wsgi")

    class Orders(web.RequestHandler):  # type: ignore[misc]
        def get(self, number: str = "", size: str = "") -> None: ...
        async def post(self) -> None: ...

    class Only(Orders):
        SUPPORTED_METHODS = ("POST",)

    class Feed(websocket.WebSocketHandler):  # type: ignore[misc]
        def on_message(self, message: Any) -> None: ...

    old = flask.Flask("old", static_folder=None)
    old.add_url_rule("/old", view_func=lambda: "")
    app = web.Application(
        [
            (r"/orders/?", Orders),
            (r"/orders/(\d+)/(small|large)", Orders),
            (r"/only/(?P<key>[0-9a-f]{8}-[0-9a-f-]{27})", Only),
            routing.Rule(routing.PathMatches(r"/in.*"), [(r"/in/(?P<file>.*)", Orders)]),
            routing.Rule(routing.HostMatches("other.example"), [(r"/elsewhere", Orders)]),
            (r"/feed", Feed),
            (r"/pictures/(.*)", web.StaticFileHandler, {"path": PICTURES}),
            (r".*", web.FallbackHandler, {"fallback": wsgi.WSGIContainer(old)}),
        ]
    )
    assert found(app) == {
        ("/orders", "GET POST"),
        ("/orders/{number}/{size}", "GET POST", "number:int size:small|large"),
        ("/only/{key}", "POST", "key:uuid"),
        ("/in/{file}", "GET POST", "file:path"),
        ("/old", "GET"),
    }
    assert sockets(app) == ["/feed"]


def test_bottle() -> None:
    bottle: Any = module("bottle")

    def view(**_values: Any) -> Any: ...

    def picture(name: str) -> Any:
        return bottle.static_file(name, root=PICTURES)

    def any_method() -> Any:
        return bottle.request.json

    app, admin, old = bottle.Bottle(), bottle.Bottle(), flask.Flask("old", static_folder=None)
    old.add_url_rule("/old/<int:number>", view_func=lambda: "")
    admin.get("/statistics", callback=view)
    app.route("/", ["GET", "POST"], view)
    app.delete("/orders/<number:int>/<weight:float>/<file:path>", callback=view)
    app.get("/sizes/<size:re:small|large>/<name>", callback=view)
    app.get(r"/plain\<text>", callback=view)
    app.route("/any", "ANY", any_method)
    app.get("/pictures/<name>", callback=picture)
    app.route("/<:path>", "OPTIONS", view)
    app.mount("/admin/", admin)
    app.mount("/wsgi/", old)
    assert found(app) == {
        ("/", "GET"),
        ("/", "POST"),
        ("/orders/{number}/{weight}/{file}", "DELETE", "number:int weight:float file:path"),
        ("/sizes/{size}/{name}", "GET", "size:small|large name:text"),
        ("/plain<text>", "GET"),
        ("/any", "GET POST"),
        ("/admin/statistics", "GET"),
        ("/wsgi/old/{number}", "GET", "number:int"),
    }


def test_pyramid() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it and WebOb import what is deprecated
        config = module("pyramid.config").Configurator()

    def view(request: Any) -> Any: ...

    def any_method(request: Any) -> Any:
        return request.method == "PUT"

    def oh_no(error: Any, request: Any) -> Any: ...

    class Customers:
        def __init__(self, request: Any) -> None: ...
        def every(self) -> Any: ...

    def include_admin(config: Any) -> None:
        config.add_route("statistics", "/statistics", request_method="POST")
        config.add_view(view, route_name="statistics")

    config.add_route("orders", "/orders/")
    config.add_route("order", r"/orders/{number:\d{1,8}}/{size:(small|large)}")
    config.add_route("customers", "/customers")
    config.add_route("files", "/files/{of}*path")
    config.add_route("nowhere", "/no-view")
    config.add_route("elsewhere", "https://other.example/x")
    config.add_view(view, route_name="orders", request_method="GET")
    config.add_view(view, route_name="orders", request_method=("POST", "PUT"))
    config.add_view(any_method, route_name="order")
    config.add_view(Customers, attr="every", route_name="customers", request_method="GET")
    config.add_view(view, route_name="files", request_method="DELETE")
    config.add_view(view, name="by-name", request_method="GET")
    config.add_view(oh_no, context=ValueError)
    config.add_exception_view(oh_no, context=KeyError)
    config.add_static_view("pictures", PICTURES)
    config.add_notfound_view(append_slash=True)
    config.include(include_admin, route_prefix="/admin")
    app = config.make_wsgi_app()
    assert found(app) == {
        ("/orders/", "GET"),
        ("/orders/", "POST PUT"),
        ("/orders/{number}/{size}", "GET PUT", "number:int size:small|large"),
        ("/customers", "GET"),
        ("/files/{of}{path}", "DELETE", "of:text path:path"),
        ("/by-name", "GET"),
        ("/admin/statistics", "POST"),
    }
    redirecting = {route.template for route in survey_of(app).routes if route.redirects}
    assert redirecting == {"/orders/"}

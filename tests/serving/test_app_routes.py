"""Surveys of real apps: their routes, told by a process that has loaded them."""

import asyncio
import json
from functools import cache
from pathlib import Path

import pytest

from cors_harness.errors import AppUnreadable, HarnessError, ServerFailed, UsageError
from cors_harness.model.survey import AppRoutes, FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.app_routes import read_app_routes

FLASK = """
import flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

app = flask.Flask("shop")
orders = flask.Blueprint("orders", __name__, url_prefix="/orders", static_folder="pictures")

@orders.route("/<int:number>/<uuid:part>/<any(small, 'large'):size>/", methods=["GET", "PUT"])
def order(number, part, size):
    return ""

@orders.get("/loose/", strict_slashes=False)
def loose():
    return ""

@app.get("/files/<path:name>/<float:weight>/<string(length=2):lang>")
def file(name, weight, lang):
    return ""

app.register_blueprint(orders)

small = flask.Flask("small", static_folder=None)

@small.get("/hello")
def hello():
    return ""

class ByProtocol:  # as ProtocolTypeRouter of Channels
    def __init__(self, **apps):
        self.application_mapping = apps

    def __call__(self, *args): ...

wrapped = DispatcherMiddleware(ByProtocol(http=ProxyFix(small), websocket=None), {"/admin": small})
bare = flask.Flask("bare")
"""
ASGI = """
import fastapi
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware.wsgi import WSGIMiddleware
from starlette.routing import Mount, Route, WebSocketRoute
from flasks import small

class EventSourceResponse(StreamingResponse):
    media_type = "text/event-stream"

api, outer, inner = fastapi.FastAPI(), fastapi.APIRouter(prefix="/v1"), fastapi.APIRouter()

@api.get("/hello")
def hello():
    return ""

@api.get("/events", response_class=EventSourceResponse)
def events():
    yield ""

@api.get("/hidden", include_in_schema=False)
def hidden():
    return ""

@inner.api_route("/orders/{number}", methods=["PUT", "DELETE"])
def order(number: int):
    return ""

@inner.get("/files/{name:path}")
def file(name: str):
    return ""

outer.include_router(inner, prefix="/deep")
api.include_router(outer)
admin = fastapi.FastAPI(redirect_slashes=False)

@admin.post("/users/")
def user(body: dict):
    return ""

api.mount("/admin", admin)
app = CORSMiddleware(api, allow_origins=["https://example.com"])

class Hello(HTTPEndpoint):
    async def get(self, request): ...
    async def delete(self, request): ...

def numbered(request): ...
async def socket(websocket): ...

starlette = Starlette(routes=[
    Route("/hello", Hello),
    WebSocketRoute("/socket", socket),
    Mount("/sub", routes=[Route("/{n:int}/{x:float}/{u:uuid}", numbered, methods=["POST"])]),
    Mount("/wsgi", app=WSGIMiddleware(small)),
])
broken = fastapi.FastAPI()
broken.add_api_route("/hello", hello)

def refuse():
    raise RuntimeError("no document today")

broken.openapi = refuse
"""
OTHER = """
def app(environ, start_response): ...
"""
TEXT, INT, PATH = ParameterKind.TEXT, ParameterKind.INT, ParameterKind.PATH
FLOAT, UUID, WORD = ParameterKind.FLOAT, ParameterKind.UUID, ParameterKind.WORD


def route(
    template: str, methods: str, *parameters: Parameter, redirects: bool = True
) -> FoundRoute:
    return FoundRoute(
        template=template,
        methods=tuple(methods.split()),
        parameters=parameters,
        redirects=redirects,
    )


def parameter(name: str, kind: ParameterKind, *phrases: str) -> Parameter:
    return Parameter(name=name, kind=kind, choices=phrases)


# id -> (app, frameworks, routes in any order)
FOUND: dict[str, tuple[str, tuple[str, ...], set[FoundRoute]]] = {
    "Flask, its blueprints and converters": (
        "flasks:app",
        ("Flask",),
        {
            route(
                "/orders/{number}/{part}/{size}/",
                "GET HEAD OPTIONS PUT",
                parameter("number", INT),
                parameter("part", UUID),
                parameter("size", WORD, "small", "large"),
            ),
            route("/orders/loose/", "GET HEAD OPTIONS", redirects=False),
            route(
                "/files/{name}/{weight}/{lang}",
                "GET HEAD OPTIONS",
                parameter("name", PATH),
                parameter("weight", FLOAT),
                parameter("lang", TEXT),
                redirects=False,
            ),
        },
    ),
    "two Flask apps in middleware": (
        "flasks:wrapped",
        ("Flask",),
        {
            route("/hello", "GET HEAD OPTIONS", redirects=False),
            route("/admin/hello", "GET HEAD OPTIONS", redirects=False),
        },
    ),
    "FastAPI, its routers and mounts, in middleware": (
        "asgis:app",
        ("FastAPI",),
        {
            route("/hello", "GET"),
            FoundRoute(template="/events", methods=("GET",), redirects=True, kind=RouteKind.EVENTS),
            route("/hidden", "GET"),
            route("/v1/deep/orders/{number}", "DELETE PUT", parameter("number", TEXT)),
            route("/v1/deep/files/{name}", "GET", parameter("name", PATH)),
            route("/admin/users/", "POST", redirects=False),
        },
    ),
    "Starlette, classes, mounts and another framework inside": (
        "asgis:starlette",
        ("Starlette",),
        {
            route("/hello", "DELETE GET"),
            FoundRoute(template="/socket", methods=(), redirects=True, kind=RouteKind.WEBSOCKET),
            route(
                "/sub/{n}/{x}/{u}",
                "POST",
                parameter("n", INT),
                parameter("x", FLOAT),
                parameter("u", UUID),
            ),
            route("/wsgi/hello", "GET HEAD OPTIONS", redirects=False),
        },
    ),
    "FastAPI whose document cannot be made": (
        "asgis:broken",
        ("FastAPI",),
        {route("/hello", "GET")},
    ),
    "no routes": ("flasks:bare", ("Flask",), set()),
}
REFUSED: dict[str, tuple[str, type[HarnessError], list[str]]] = {
    "a function of nobody's": (
        "other:app",
        AppUnreadable,
        [
            "app 'other:app': its routes cannot be read: it is other.app, not of FastAPI, ",
            "by hand",
        ],
    ),
    "no such module": ("flaks:app", UsageError, ["did you mean 'flasks:app'?"]),
    "a module that raises": ("broken:app", ServerFailed, ["ZeroDivisionError"]),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("apps")
    texts = {"flasks": FLASK, "asgis": ASGI, "other": OTHER, "broken": "1 / 0\n"}
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    return folder


@cache
def survey(spec: str, folder: Path) -> AppRoutes:
    return asyncio.run(read_app_routes(spec, folder))


@pytest.mark.programs
@pytest.mark.parametrize(("spec", "frameworks", "routes"), FOUND.values(), ids=FOUND)
def test_routes_are_found(
    folder: Path, spec: str, frameworks: tuple[str, ...], routes: set[FoundRoute]
) -> None:
    found = survey(spec, folder)
    assert (found.frameworks, set(found.routes)) == (frameworks, routes)
    assert len(found.routes) == len(routes)


def test_documents_of_fastapi_come_with_their_prefix(folder: Path) -> None:
    documents = {prefix: json.loads(text) for prefix, text in survey("asgis:app", folder).documents}
    assert {prefix: list(each["paths"]) for prefix, each in documents.items()} == {
        "": ["/hello", "/events", "/v1/deep/orders/{number}", "/v1/deep/files/{name}"],
        "/admin": ["/users/"],
    }


@pytest.mark.parametrize(("spec", "error", "phrases"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_says_why(
    folder: Path, spec: str, error: type[HarnessError], phrases: list[str]
) -> None:
    with pytest.raises(HarnessError) as caught:
        survey(spec, folder)
    assert type(caught.value) is error
    assert [phrase for phrase in phrases if phrase not in str(caught.value)] == []

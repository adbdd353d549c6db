"""Surveys of frameworks: routes with their parameters and methods, and what pages do not call.

One process loads an app of each framework, as frameworks are slow to import, and tells all surveys.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

pytestmark = pytest.mark.programs

LITESTAR = """
import litestar, pathlib, uuid
from dataclasses import dataclass
from litestar import Litestar, Router, asgi, get, post, route, websocket
from litestar.response import ServerSentEvent
from litestar.static_files import create_static_files_router
from starlette.applications import Starlette
from starlette.routing import Route

@dataclass
class Order:
    item: str

@get("/orders/{number:int}")
async def one(number: int) -> dict[str, int]: ...

@route("/orders", http_method=["POST", "PUT"])
async def make(data: Order) -> Order: ...

@get("/files/{u:uuid}/{f:float}/{t:str}/{name:path}")
async def files(u: uuid.UUID, f: float, t: str, name: pathlib.Path) -> str: ...

@get("/events")
async def events() -> ServerSentEvent: ...

@websocket("/socket")
async def socket(socket: litestar.WebSocket) -> None: ...

inner = Starlette(routes=[Route("/hello", lambda request: None)])
app = Litestar([
    one, make, files, events, socket, asgi("/inner", is_mount=True, copy_scope=True)(inner),
    Router("/v1", route_handlers=[one]), create_static_files_router("/static", directories=["."]),
])
"""
QUART = """
from quart import Blueprint, Quart, Response
from quart_cors import cors

app = cors(Quart("shop"), allow_origin="https://app.example.com")
orders = Blueprint("orders", "shop", url_prefix="/orders")

@orders.route("/<int:number>/", methods=["GET", "PUT"])
async def order(number): ...

@app.websocket("/socket")
async def socket(): ...

@app.get("/events")
async def events():
    async def stream():
        yield b""
    return Response(stream(), content_type="text/event-stream; charset=utf-8")

app.register_blueprint(orders)
"""
APIFLASK = """
from apiflask import APIFlask, Schema
from apiflask.fields import String

class Order(Schema):
    item = String(required=True)

app = APIFlask("shop")

@app.post("/orders")
@app.input(Order)
def make(json_data): ...
"""
BLACKSHEEP = """
import uuid
from blacksheep import Application, Router
from blacksheep.server.controllers import APIController, get, post
from blacksheep.server.openapi.v3 import OpenAPIHandler
from dataclasses import dataclass
from openapidocs.v3 import Info
from starlette.applications import Starlette
from starlette.routing import Route

app = Application()
app.use_cors(allow_origins="https://app.example.com")
docs = OpenAPIHandler(info=Info("Shop", "1"))
docs.bind_app(app)
app.serve_files(".")

@dataclass
class Order:
    item: str

@app.router.get("/orders/{int:number}")
async def one(number: int): ...

@app.router.post("/orders")
async def make(data: Order): ...

@app.router.get("/u/<uuid:u>/:plain/{n}")
async def values(u: uuid.UUID, plain: str, n: int): ...

@app.router.get("/files/*")
async def files(request): ...

@app.router.ws("/socket")
async def socket(websocket): ...

class Cats(APIController):
    @get("{cat_id}")
    def cat(self, cat_id: int): ...

app.mount("/inner", Starlette(routes=[Route("/hello", lambda request: None)]))
"""
CONNEXION = """
import connexion
from starlette.applications import Starlette
from starlette.routing import Route

NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}
FINE = {"200": {"description": "fine"}}
TREE = {"type": "object", "properties": {"part": {"$ref": "#/components/schemas/Tree"}}}
STREAM = {"200": {"description": "fine", "content": {"text/event-stream": {}}}}
PATHS = {
    "/orders/{number}": {
        "parameters": [NUMBER],
        "get": {"operationId": "connexions.view", "responses": FINE},
        "delete": {"operationId": "connexions.view", "responses": FINE},
        "trace": {"operationId": "connexions.view", "responses": FINE},
    },
    "/events": {"get": {"operationId": "connexions.view", "responses": STREAM}},
}
SPEC = {
    "openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "servers": [{"url": "/v1"}],
    "paths": PATHS, "components": {"schemas": {"Tree": TREE}},
}

def view(**values): ...

flasks = connexion.FlaskApp("connexions")
flasks.add_api(SPEC)

@flasks.app.get("/plain")
def plain(): ...

asyncs = connexion.AsyncApp("connexions")
asyncs.add_api(SPEC, base_path="/other")
asyncs.add_url_rule("/plain", "plain", plain, methods=["GET"])
middleware = connexion.ConnexionMiddleware(Starlette(routes=[Route("/v1/hello", view)]))
middleware.add_api(SPEC)
"""
DJANGO = """
import django.conf
from django.core.wsgi import get_wsgi_application

ADMIN = ("admin", "auth", "contenttypes", "sessions", "messages")
CONTEXT = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = "django.template.backends.django.DjangoTemplates"
django.conf.settings.configure(
    ALLOWED_HOSTS=["*"], DEBUG=True, ROOT_URLCONF="djangos", SECRET_KEY="x", STATIC_URL="/static/",
    INSTALLED_APPS=[*(f"django.contrib.{name}" for name in ADMIN), "rest_framework", "ninja"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    TEMPLATES=[
        {"BACKEND": TEMPLATES, "APP_DIRS": True, "OPTIONS": {"context_processors": CONTEXT}}
    ],
)
app = get_wsgi_application()

import ninja
from django import forms
from django.conf.urls.static import static
from django.contrib import admin
from django.http import StreamingHttpResponse
from django.urls import include, path, re_path
from django.views import View, generic
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework import decorators, routers, schemas, views, viewsets

class Order(View):
    def get(self, request, n): ...
    def put(self, request, n): ...

@csrf_exempt
@require_http_methods(["GET", "POST"])
def required(request): ...

@require_POST
async def posted(request): ...

def named(request, slug):
    if request.method in ("PUT", "DELETE"):
        ...
    return request.POST.get("item")

@csrf_exempt
def hook(request): ...

def plain(request, **values): ...

def events(request):
    return StreamingHttpResponse(iter(()), content_type="text/event-stream")

class Form(generic.FormView):
    template_name, form_class, success_url = "form.html", forms.Form, "/"

class Things(viewsets.ViewSet):
    def list(self, request): ...
    def create(self, request): ...
    def retrieve(self, request, pk): ...

    @decorators.action(detail=True, methods=["post"])
    def ship(self, request, pk): ...

class Feeds(viewsets.ViewSet):
    def list(self, request):
        return events(request)

    def retrieve(self, request, pk):
        return StreamingHttpResponse(iter(()), content_type="text/event-stream")

class Thing(views.APIView):
    def get(self, request): ...
    def delete(self, request): ...

@decorators.api_view(["GET", "PATCH"])
def by_function(request, n): ...

@decorators.api_view(["GET"])
def feed_by_function(request):
    return StreamingHttpResponse(iter(()), content_type="text/event-stream")

class Item(ninja.Schema):
    name: str

api = ninja.NinjaAPI()

@api.post("/items")
def add_item(request, item: Item): ...

@api.get("/items/{int:number}")
def item(request, number: int): ...

@api.get("/feed")
def feed(request):
    return StreamingHttpResponse(iter(()), content_type="text/event-stream")

router = routers.DefaultRouter()
router.register("feeds", Feeds, basename="feed")
router.register("things", Things, basename="thing")
urlpatterns = [
    path("admin/", admin.site.urls),
    path("orders/<uuid:n>", Order.as_view()),
    path("required/", required),
    path("posted", posted),
    path("hook", hook),
    path("named/<slug:slug>/", named),
    re_path(r"^(?P<kind>old|new)/(?P<year>[0-9]{4})/(?P<rest>.+)$", plain),
    re_path(r"^archive/(\\d+)/$", plain),
    path("events", events),
    path("feed", feed_by_function),
    path("form", Form.as_view()),
    path("moved", generic.RedirectView.as_view(url="/form")),
    path("rest/", include(router.urls)),
    path("thing", Thing.as_view()),
    path("by-function/<int:n>/", by_function),
    path("api/", api.urls),
    path("schema", schemas.get_schema_view(title="Shop")),
    *static("/media/", document_root="."),
]
"""
MODULES = {
    "litestars": LITESTAR,
    "quarts": QUART,
    "apiflasks": APIFLASK,
    "blacksheeps": BLACKSHEEP,
    "connexions": CONNEXION,
    "djangos": DJANGO,
}
# app -> each route as: methods template {parameter: kind} redirects kind
ROUTES: dict[str, set[str]] = {
    "litestars:app": {
        "GET /orders/{number} number=int",
        "POST PUT /orders",
        "GET /files/{u}/{f}/{t}/{name} u=uuid f=float t=text name=path",
        "GET /events (server-sent events)",
        "/socket (WebSocket)",
        "GET HEAD /inner/hello ~",
        "GET /v1/orders/{number} number=int",
    },
    "quarts:app": {
        "GET HEAD OPTIONS PUT /orders/{number}/ number=int ~",
        "/socket (WebSocket)",
        "GET HEAD OPTIONS /events (server-sent events)",
    },
    "apiflasks:app": {"OPTIONS POST /orders"},
    "blacksheeps:app": {
        "GET /orders/{number} number=int",
        "POST /orders",
        "GET /u/{u}/{plain}/{n} u=uuid plain=text n=int",
        "GET /files/{tail} tail=path",
        "/socket (WebSocket)",
        "GET /api/cats/{cat_id} cat_id=int",
        "GET HEAD /inner/hello ~",
    },
    "connexions:flasks": {
        "GET /v1/orders/{number} number=int",
        "DELETE /v1/orders/{number} number=int",
        "GET /v1/events (server-sent events)",
        "GET HEAD OPTIONS /plain",
    },
    "connexions:asyncs": {
        "GET /other/orders/{number} number=int",
        "DELETE /other/orders/{number} number=int",
        "GET /other/events (server-sent events)",
        "GET HEAD /plain ~",
    },
    "connexions:middleware": {
        "GET /v1/orders/{number} number=int",
        "DELETE /v1/orders/{number} number=int",
        "GET /v1/events (server-sent events)",
        "GET HEAD /v1/hello ~",
    },
    "djangos:app": {
        "GET PUT /orders/{n} n=uuid",
        "GET POST /required/ ~",
        "POST /posted",
        "GET POST /hook",
        "DELETE GET POST PUT /named/{slug}/ slug=text ~",
        "GET /{kind}/{year}/{rest} kind=old|new year=2024 rest=path",
        "GET /archive/{_0}/ _0=int ~",
        "GET /events (server-sent events)",
        "GET /rest/feeds/ ~",
        "GET /rest/feeds/{pk}/ pk=text ~ (server-sent events)",
        "GET /api/feed (server-sent events)",
        "GET /feed (server-sent events)",
        "GET POST /form",
        "GET /moved",
        "GET POST /rest/things/ ~",
        "GET /rest/things/{pk}/ pk=text ~",
        "POST /rest/things/{pk}/ship/ pk=text ~",
        "GET /rest/ ~",
        "DELETE GET /thing",
        "GET PATCH /by-function/{n}/ n=int ~",
        "POST /api/items",
        "GET /api/items/{number} number=int",
    },
}
# app -> paths of its documents, by what stands before them
DOCUMENTS: dict[str, dict[str, set[str]]] = {
    "litestars:app": {
        "": {
            "/orders/{number}",
            "/orders",
            "/files/{u}/{f}/{t}/{name}",
            "/events",
            "/v1/orders/{number}",
        }
    },
    "quarts:app": {},
    "apiflasks:app": {"": {"/orders"}},
    "blacksheeps:app": {
        "": {"/orders/{number}", "/orders", "/u/{u}/{plain}/{n}", "/api/cats/{cat_id}"}
    },
    "connexions:flasks": {"/v1": {"/orders/{number}", "/events"}},
    "connexions:asyncs": {"/other": {"/orders/{number}", "/events"}},
    "connexions:middleware": {"/v1": {"/orders/{number}", "/events"}},
    "djangos:app": {"": {"/api/items", "/api/items/{number}", "/api/feed"}},
}
SURVEY = """
import dataclasses, importlib, json, sys
from cors_harness.serving.survey.app_routes import survey_of

found = {}
for name in json.loads(sys.argv[1]):
    module, _, attribute = name.partition(":")
    app = getattr(importlib.import_module(module), attribute)
    found[name] = dataclasses.asdict(survey_of(app))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def surveys(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("apps")
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text)
    argv = (sys.executable, "-c", SURVEY, json.dumps(list(ROUTES)))
    done = subprocess.run(  # noqa: S603 - our own Python
        argv, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shown(route: dict[str, Any]) -> str:
    parameters = (
        f"{each['name']}={'|'.join(each['choices']) or each['kind']}"
        for each in route["parameters"]
    )
    kind = () if route["kind"] == "HTTP" else (f"({route['kind']})",)
    redirects = ("~",) if route["redirects"] else ()
    return " ".join((*sorted(route["methods"]), route["template"], *parameters, *redirects, *kind))


@pytest.mark.parametrize(("app", "routes"), ROUTES.items(), ids=ROUTES)
def test_routes_are_those_of_the_app(surveys: Any, app: str, routes: set[str]) -> None:
    assert {shown(route) for route in surveys[app]["routes"]} == routes


@pytest.mark.parametrize(("app", "documents"), DOCUMENTS.items(), ids=DOCUMENTS)
def test_documents_of_the_app_are_found(
    surveys: Any, app: str, documents: dict[str, set[str]]
) -> None:
    found = {prefix: set(json.loads(text)["paths"]) for prefix, text in surveys[app]["documents"]}
    assert found == documents

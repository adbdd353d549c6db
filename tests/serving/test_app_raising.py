"""The user's app with an unhandled exception in every view, and all else as it is."""

import asyncio
from pathlib import Path

import pytest

from cors_harness.errors import ServerUnfit
from cors_harness.serving.reference.messages import AppServed
from cors_harness.serving.reference.servers import ReferenceServers

pytestmark = pytest.mark.programs

FLASK = """
import flask, flask_cors
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

def create_app():
    app = flask.Flask("shop")
    flask_cors.CORS(app, origins="https://example.com")
    orders = flask.Blueprint("orders", __name__, url_prefix="/orders")

    @orders.get("/<int:number>")
    def order(number):
        return "fine"

    @app.get("/hello")
    async def hello():
        return "fine"

    app.register_blueprint(orders)
    return app

app = create_app()
wrapped = ProxyFix(create_app().wsgi_app)
both = DispatcherMiddleware(create_app(), {"/admin": create_app()})
handled = create_app()

@handled.errorhandler(Exception)
def sorry(error):
    return f"sorry: {error}", 503

by_view = flask.Flask("by_view")

@by_view.route("/hello", methods=["GET", "PUT"])
@flask_cors.cross_origin(origins="https://example.com")
def hello_by_view():
    return "fine"

empty = flask.Flask("empty", static_folder=None)
"""
ASGI = """
import fastapi, flask
from fastapi.middleware.cors import CORSMiddleware
from starlette.applications import Starlette
from starlette.endpoints import HTTPEndpoint
from starlette.middleware import Middleware
from starlette.middleware.wsgi import WSGIMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, Router

CORS = {"allow_origins": ["https://example.com"]}

def create_app():
    api, outer, inner = fastapi.FastAPI(), fastapi.APIRouter(prefix="/v1"), fastapi.APIRouter()

    @api.get("/hello")
    def hello():
        return "fine"

    @api.options("/hand-made")
    def options():
        return "by hand"

    @inner.get("/orders/{number}")
    def order(number: int):
        return "fine"

    outer.include_router(inner)
    api.include_router(outer)
    admin = fastapi.FastAPI()

    @admin.get("/hello")
    def admin_hello():
        return "fine"

    api.mount("/admin", admin)
    return api

inside, outside = create_app(), CORSMiddleware(create_app(), **CORS)
inside.add_middleware(CORSMiddleware, **CORS)

class Hello(HTTPEndpoint):
    async def get(self, request):
        return PlainTextResponse("fine")

legacy = flask.Flask("legacy")

@legacy.get("/hello")
def legacy_hello():
    return "fine"

hello = Route("/hello", Hello)
starlette = Starlette(
    routes=[
        hello,
        Mount("/sub", routes=[hello]),
        Mount("/app", app=Starlette(routes=[hello])),
        Mount("/wsgi", app=WSGIMiddleware(legacy)),
    ],
    middleware=[Middleware(CORSMiddleware, **CORS)],
)
router = Router(routes=[hello])
"""
DJANGO = """
import django.conf
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application

django.conf.settings.configure(
    ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"], INSTALLED_APPS=["corsheaders"],
    MIDDLEWARE=["corsheaders.middleware.CorsMiddleware"],
    CORS_ALLOWED_ORIGINS=["https://example.com"],
)
django.setup()
wsgi, asgi = get_wsgi_application(), get_asgi_application()
"""
DJANGO_URLS = """
from django.http import HttpResponse
from django.urls import include, path

def hello(request):
    return HttpResponse("fine")

async def later(request):
    return HttpResponse("fine")

urlpatterns = [path("hello", hello), path("later", later), path("v1/", include([path("a", hello)]))]
"""
OTHER = """
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"fine"]
"""

NONE, OURS = "", "https://example.com"
Answer = tuple[int, str]  # status and Access-Control-Allow-Origin
# app -> what it is asked -> (request line's beginning, answer)
ANSWERS: dict[str, dict[str, tuple[str, Answer]]] = {
    "flasks:app": {
        "Flask-CORS puts its headers on it": ("GET /hello", (500, OURS)),
        "a blueprint": ("GET /orders/7", (500, OURS)),
        "Flask's own answer to OPTIONS": ("OPTIONS /hello", (200, OURS)),
        "no such page stays one": ("GET /nowhere", (404, OURS)),
    },
    "flasks:app.wsgi_app": {
        "a bound method of the app": ("GET /hello", (500, OURS)),
    },
    "flasks:wrapped": {
        "Flask inside middleware": ("GET /hello", (500, OURS)),
    },
    "flasks:both": {
        "two Flask apps: the first": ("GET /hello", (500, OURS)),
        "two Flask apps: the other": ("GET /admin/hello", (500, OURS)),
    },
    "flasks:handled": {
        "an error handler of the app": ("GET /hello", (503, OURS)),
    },
    "flasks:by_view": {
        "a decorator of the view sees no response": ("GET /hello", (500, NONE)),
        "a decorator that answers OPTIONS": ("OPTIONS /hello", (200, OURS)),
    },
    "asgis:inside": {
        "CORSMiddleware inside FastAPI": ("GET /hello", (500, NONE)),
        "OPTIONS by hand": ("OPTIONS /hand-made", (200, OURS)),
    },
    "asgis:outside": {
        "CORSMiddleware around FastAPI": ("GET /hello", (500, OURS)),
        "an included router": ("GET /v1/orders/7", (500, OURS)),
        "a mounted FastAPI app": ("GET /admin/hello", (500, OURS)),
    },
    "asgis:starlette": {
        "Starlette": ("GET /hello", (500, NONE)),
        "mounted routes": ("GET /sub/hello", (500, NONE)),
        "a mounted app answers inside the outer middleware": ("GET /app/hello", (500, OURS)),
        "a mounted WSGI app": ("GET /wsgi/hello", (500, OURS)),
    },
    "asgis:router": {
        "a router alone": ("GET /hello", (500, NONE)),
    },
    "djangos:wsgi": {
        "Django over WSGI": ("GET /hello", (500, OURS)),
        "included patterns of Django": ("GET /v1/a", (500, OURS)),
    },
    "djangos:asgi": {
        "Django over ASGI": ("GET /hello", (500, OURS)),
        "an async view of Django": ("GET /later", (500, OURS)),
    },
}
UNFIT = {
    "another framework": ("others:app", "others.app is an app of none of FastAPI, Starlette"),
    "no views": ("flasks:empty", "flask.app.Flask has none"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    texts = {"flasks": FLASK, "asgis": ASGI, "djangos": DJANGO, "urls": DJANGO_URLS}
    for name, text in {**texts, "others": OTHER}.items():
        (tmp_path / f"{name}.py").write_text(text)
    return tmp_path


async def answer(app: AppServed, request: str) -> Answer:
    """As a preflight asks, for OPTIONS."""
    reader, writer = await asyncio.open_connection("127.0.0.1", app.ports["http"])
    asked = ("Access-Control-Request-Method: GET",) if request.startswith("OPTIONS") else ()
    lines = (f"{request} HTTP/1.1", "Host: h", f"Origin: {OURS}", "Connection: close", *asked)
    writer.write("\r\n".join((*lines, "", "")).encode())
    async with asyncio.timeout(30):
        head = (await reader.read()).decode().partition("\r\n\r\n")[0]
    writer.close()
    await writer.wait_closed()
    first, *rest = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return int(first.split()[1]), headers.get("access-control-allow-origin", NONE)


@pytest.mark.parametrize(("spec", "asked"), ANSWERS.items(), ids=ANSWERS)
def test_views_raise_and_all_else_stays(
    folder: Path, spec: str, asked: dict[str, tuple[str, Answer]]
) -> None:
    async def main() -> dict[str, Answer]:
        servers = ReferenceServers()
        try:
            app = await servers.start_app(spec, folder, raising=True)
            return {name: await answer(app, request) for name, (request, _) in asked.items()}
        finally:
            await servers.stop()

    assert asyncio.run(main()) == {name: expected for name, (_, expected) in asked.items()}


@pytest.mark.parametrize(("spec", "why"), UNFIT.values(), ids=UNFIT)
def test_app_that_cannot_raise_says_why_and_leaves_the_others_alone(
    folder: Path, spec: str, why: str
) -> None:
    async def main() -> None:
        servers = ReferenceServers()
        try:
            app = await servers.start_app("flasks:app", folder)
            with pytest.raises(ServerUnfit) as unfit:
                await servers.start_app(spec, folder, raising=True)
            assert why in str(unfit.value)
            assert set(servers.pids) == {"app"}
            servers.check()
            assert await answer(app, "GET /hello") == (200, OURS)
        finally:
            await servers.stop()

    asyncio.run(main())


def test_app_runs_beside_itself_untouched(folder: Path) -> None:
    async def main() -> None:
        servers = ReferenceServers()
        try:
            app = await servers.start_app("flasks:app", folder)
            raising = await servers.start_app("flasks:app", folder, raising=True)
            assert await answer(raising, "GET /hello") == (500, OURS)
            assert await answer(app, "GET /hello") == (200, OURS)
        finally:
            await servers.stop()

    asyncio.run(main())

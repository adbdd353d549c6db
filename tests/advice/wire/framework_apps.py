"""Apps of each framework, as text: with what they say of CORS and a guard to fill in.

All have `/api/data` (GET and PUT, with X-Total-Count), `/api/old` that redirects there,
`/api/error` that raises, and a guard that answers GUARD to whoever has no token; 0: to nobody.
"""

LITESTAR = """\
from litestar import Litestar, Response, get, put
from litestar.response import Redirect

GUARD = {guard}
COUNT = {{"X-Total-Count": "3"}}


@get("/api/data")
async def data() -> Response[list[int]]:
    return Response([1], headers=COUNT)


@put("/api/data")
async def change() -> Response[list[int]]:
    return Response([1], headers=COUNT)


@get("/api/old")
async def old() -> Redirect:
    return Redirect("/api/data")


@get("/api/error")
async def error() -> None:
    raise RuntimeError("nobody catches this")


def guarding(app):
    async def answer(scope, receive, send):
        if not GUARD or (b"authorization", b"Bearer secret") in scope["headers"]:
            return await app(scope, receive, send)
        await send({{"type": "http.response.start", "status": GUARD, "headers": []}})
        await send({{"type": "http.response.body", "body": b""}})
    return answer


handlers = [data, change, old, error]
{cors}
app = Litestar(handlers, middleware=[guarding]{more})
"""
QUART = """\
from quart import Quart, abort, jsonify, redirect, request
from quart_cors import cors

app = Quart(__name__)
{cors}

@app.before_request
async def guard():
    if {guard} and request.headers.get("Authorization") != "Bearer secret":
        abort({guard})


@app.route("/api/data", methods=["GET", "PUT"])
async def data():
    return jsonify([1]), 200, {{"X-Total-Count": "3"}}


@app.route("/api/list/", methods=["PUT"])
async def items():
    return jsonify([1])


@app.route("/api/old")
async def old():
    return redirect("/api/data")


@app.route("/api/error")
async def error():
    raise RuntimeError("nobody catches this")
"""
SANIC = """\
from sanic import Sanic
from sanic.exceptions import SanicException
from sanic.response import json, redirect

Sanic.test_mode = True  # else one process cannot start several apps
app = Sanic(__name__)
{cors}

@app.on_request
async def guard(request):
    if {guard} and request.headers.get("Authorization") != "Bearer secret":
        raise SanicException("no", status_code={guard})


@app.route("/api/data", methods=["GET", "PUT"])
async def data(request):
    return json([1], headers={{"X-Total-Count": "3"}})


@app.get("/api/old")
async def old(request):
    return redirect("/api/data")


@app.get("/api/error")
async def error(request):
    raise RuntimeError("nobody catches this")
"""
FALCON = """\
import falcon
import falcon.{kind}


class Guard:
    async def process_request_async(self, request, response):
        self.process_request(request, response)

    def process_request(self, request, response):
        if {guard} and request.get_header("Authorization") != "Bearer secret":
            raise falcon.HTTPError({guard})


def data(request, response):
    response.media = [1]
    response.set_header("X-Total-Count", "3")


def old(request, response):
    raise falcon.HTTPFound("/api/data")


def error(request, response):
    raise RuntimeError("nobody catches this")


def resource(**answers):
    class Resource:
        pass
    for name, answer in answers.items():
        setattr(Resource, f"on_{{name}}", {adapt})
    return Resource()


def sync(answer):
    return lambda self, request, response: answer(request, response)


def also_async(answer):
    async def answered(self, request, response):
        answer(request, response)
    return answered


app = falcon.{kind}.App()
{cors}
app.add_middleware(Guard())
app.add_route("/api/data", resource(get=data, put=data{options}))
app.add_route("/api/old", resource(get=old))
app.add_route("/api/error", resource(get=error))
"""
AIOHTTP = """\
import aiohttp_cors
from aiohttp import web


@web.middleware
async def guard(request, handler):
    if {guard} and request.headers.get("Authorization") != "Bearer secret":
        return web.Response(status={guard})
    return await handler(request)


async def data(request):
    return web.json_response([1], headers={{"X-Total-Count": "3"}})


async def old(request):
    raise web.HTTPFound("/api/data")


async def error(request):
    raise RuntimeError("nobody catches this")


app = web.Application(middlewares=[guard])
app.router.add_get("/api/data", data)
app.router.add_put("/api/data", data)
app.router.add_get("/api/old", old)
app.router.add_get("/api/error", error)
{cors}
# web.run_app(app)
"""
TORNADO = """\
from tornado.web import Application, HTTPError, RequestHandler

{cors}

class Base(RequestHandler):
    def prepare(self):
        if {guard} and self.request.headers.get("Authorization") != "Bearer secret":
            raise HTTPError({guard})


class Data({first}Base):
    def get(self):
        self.set_header("X-Total-Count", "3")
        self.write("[1]")

    put = get


class Old({first}Base):
    def get(self):
        self.redirect("/api/data")


class Error({first}Base):
    def get(self):
        raise RuntimeError("nobody catches this")


app = Application([("/api/data", Data), ("/api/old", Old), ("/api/error", Error)])
"""
BOTTLE = """\
from bottle import Bottle, HTTPError, redirect, request, response

app = Bottle()
{cors}

@app.hook("before_request")
def guard():
    if {guard} and request.headers.get("Authorization") != "Bearer secret":
        raise HTTPError({guard}, "no")


@app.route("/api/data", method=["GET", "PUT"])
def data():
    response.set_header("X-Total-Count", "3")
    return "[1]"


@app.route("/api/old")
def old():
    redirect("/api/data")


@app.route("/api/error")
def error():
    raise RuntimeError("nobody catches this")
"""
PYRAMID = """\
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.response import Response


def guard(handler, registry):
    def answer(request):
        if {guard} and request.headers.get("Authorization") != "Bearer secret":
            return Response(status={guard})
        return handler(request)
    return answer


def data(request):
    response = Response("[1]")
    response.headers["X-Total-Count"] = "3"
    return response


def old(request):
    return HTTPFound("/api/data")


def error(request):
    raise RuntimeError("nobody catches this")


config = Configurator()
config.add_tween(f"{{__name__}}.guard")
for path, view in {{"data": data, "old": old, "error": error}}.items():
    config.add_route(path, f"/api/{{path}}")
    config.add_view(view, route_name=path, request_method=("GET", "PUT"))
{cors}
app = config.make_wsgi_app()
"""
CONNEXION = """\
from connexion import FlaskApp
from connexion.middleware import MiddlewarePosition
from flask import redirect
from starlette.middleware.cors import CORSMiddleware


def data():
    return [1], 200, {{"X-Total-Count": "3"}}


def change():
    return data()


def old():
    return redirect("/api/data")


def error():
    raise RuntimeError("nobody catches this")


class Guard:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        is_guarded = {guard} and scope["type"] == "http"
        if not is_guarded or (b"authorization", b"Bearer secret") in scope["headers"]:
            return await self.app(scope, receive, send)
        await send({{"type": "http.response.start", "status": {guard}, "headers": []}})
        await send({{"type": "http.response.body", "body": b""}})


def operation(name):
    answers = {{"200": {{"description": "it"}}}}
    return {{"operationId": f"{{__name__}}.{{name}}", "responses": answers}}


PATHS = {{
    "/api/data": {{"get": operation("data"), "put": operation("change")}},
    "/api/old": {{"get": operation("old")}},
    "/api/error": {{"get": operation("error")}},
}}
app = FlaskApp(__name__)
{cors}
app.add_middleware(Guard, position=MiddlewarePosition.BEFORE_ROUTING)
app.add_api({{"openapi": "3.0.0", "info": {{"title": "a", "version": "1"}}, "paths": PATHS}})
"""
BLACKSHEEP = """\
from blacksheep import Application, Response, Router, json, redirect

app = Application(router=Router())
{cors}

async def guard(request, handler):
    is_in = request.get_first_header(b"Authorization") == b"Bearer secret"
    return Response({guard}) if {guard} and not is_in else await handler(request)


app.middlewares.append(guard)


async def data():
    response = json([1])
    response.add_header(b"X-Total-Count", b"3")
    return response


app.router.add_get("/api/data", data)
app.router.add_put("/api/data", data)


@app.router.get("/api/old")
async def old():
    return redirect("/api/data")


@app.router.get("/api/error")
async def error():
    raise RuntimeError("nobody catches this")
"""

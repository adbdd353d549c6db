# ruff: noqa: ARG001, ARG002 - what counts of these functions is how they are declared
"""WSGI and ASGI apps of every make are told apart without being called."""

import functools
import types
from collections.abc import Awaitable, Generator, Iterator
from typing import Any

import aiohttp.web
import falcon
import falcon.asgi
import fastapi
import flask
import pytest
import sanic
import starlette.applications
import tornado.httpserver
import tornado.routing
import tornado.web
import tornado.wsgi
from asgiref.wsgi import WsgiToAsgi
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler

from cors_harness.serving.user.interfaces import NotAnApp, interface_of


def wsgi_function(environ: Any, start_response: Any) -> Any:
    raise AssertionError


def wsgi_with_an_option(environ: Any, start_response: Any, debug: bool = False) -> Any:
    raise AssertionError


@functools.wraps(wsgi_function)
def decorated(*args: Any, **kwargs: Any) -> Any:
    raise AssertionError


class WsgiClass:
    """As in PEP 3333."""

    def __init__(self, environ: Any, start_response: Any) -> None:
        raise AssertionError

    def __iter__(self) -> Iterator[bytes]:
        raise AssertionError


class WsgiWrapper:
    def __call__(self, *args: Any) -> Any:
        raise AssertionError


async def asgi_function(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError


def returns_awaitable(scope: Any, receive: Any, send: Any) -> Awaitable[None]:
    raise AssertionError


class AsgiClass:
    def __init__(self, scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError

    def __await__(self) -> Generator[Any, Any, None]:
        raise AssertionError


class AsgiObject:
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError


class AsgiWrapper:
    async def __call__(self, *args: Any) -> None:
        raise AssertionError


APPS = {
    "WSGI function": (wsgi_function, "wsgi"),
    "WSGI function with an option": (wsgi_with_an_option, "wsgi"),
    "decorated WSGI function": (decorated, "wsgi"),
    "WSGI class": (WsgiClass, "wsgi"),
    "WSGI wrapper with *args": (WsgiWrapper(), "wsgi"),
    "bound method": (flask.Flask("a").wsgi_app, "wsgi"),
    "Flask": (flask.Flask("a"), "wsgi"),
    "Django": (WSGIHandler.__new__(WSGIHandler), "wsgi"),
    "ASGI function": (asgi_function, "asgi"),
    "partial": (functools.partial(asgi_function), "asgi"),
    "function of three": (returns_awaitable, "asgi"),
    "ASGI class": (AsgiClass, "asgi"),
    "ASGI object": (AsgiObject(), "asgi"),
    "ASGI wrapper with *args": (AsgiWrapper(), "asgi"),
    "FastAPI": (fastapi.FastAPI(), "asgi"),
    "Starlette": (starlette.applications.Starlette(), "asgi"),
    "Django ASGI": (ASGIHandler.__new__(ASGIHandler), "asgi"),
    "Flask in WsgiToAsgi": (WsgiToAsgi(flask.Flask("a")), "asgi"),  # type: ignore[no-untyped-call]
    "Sanic": (sanic.Sanic("test_interfaces"), "asgi"),
    "Falcon": (falcon.App(), "wsgi"),
    "Falcon ASGI": (falcon.asgi.App(), "asgi"),
    "aiohttp": (aiohttp.web.Application(), "aiohttp"),
    "Tornado": (tornado.web.Application(), "tornado"),
    "Tornado router": (tornado.routing.RuleRouter([]), "tornado"),
}


@pytest.mark.parametrize(("app", "interface"), APPS.values(), ids=APPS)
def test_interface_is_told_by_looking(app: object, interface: str) -> None:
    assert interface_of(app) == interface


class DoubleCallable:
    def __init__(self, scope: Any) -> None:
        raise AssertionError

    async def __call__(self, receive: Any, send: Any) -> None:
        raise AssertionError


class Dash:
    server = flask.Flask("a")


async def make_async() -> None:
    raise AssertionError


async def later(request: Any) -> None:
    raise AssertionError


OTHERS = {
    "None": (None, "is None", ""),
    "text": ("app", "is an object of str", ""),
    "module": (types.ModuleType("app"), "is a module", ""),
    "app within": (Dash(), "cannot be called", ".server"),
    "factory": (lambda: None, "looks like a factory", "()"),
    "factory with options": (lambda _config=None, _debug=False: None, "like a factory", "()"),
    "factory of anything": (lambda *_args, **_settings: None, "looks like a factory", "()"),
    "factory that needs a name": (lambda _config: None, "takes one argument", ""),
    "async factory": (make_async, "looks like an async factory", "()"),
    "async function of one": (later, "is async and does not take", ""),
    "double callable": (DoubleCallable, "ASGI 2", ""),
    "class of apps": (fastapi.FastAPI, "is a class", "()"),
    "class of named apps": (flask.Flask, "is a class", ""),
    "function of four": (lambda _a, _b, _c, _d: None, "takes 4 arguments", ""),
    "Tornado's server": (object.__new__(tornado.httpserver.HTTPServer), "cannot be called", ""),
    "Tornado's container": (tornado.wsgi.WSGIContainer(wsgi_function), "takes one argument", ""),
    "aiohttp's routes": (aiohttp.web.RouteTableDef(), "cannot be called", ""),
}


@pytest.mark.parametrize(("thing", "why", "suffix"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_app_says_what_it_is(thing: object, why: str, suffix: str) -> None:
    with pytest.raises(NotAnApp) as caught:
        interface_of(thing)
    assert why in caught.value.why
    assert caught.value.suffix == suffix

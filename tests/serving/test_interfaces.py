# ruff: noqa: ARG001, ARG002 - what counts of these functions is how they are declared
"""WSGI and ASGI apps of every make are told apart without being called."""

import functools
import types
from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import Any

import fastapi
import flask
import pytest
import starlette.applications
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


def of_another_make(module: str) -> object:
    cls: Callable[[], object] = type("Application", (), {"__call__": wsgi_function})
    cls.__module__ = module
    return cls()


async def make_async() -> None:
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
    "async factory": (make_async, "is async and does not take", ""),
    "double callable": (DoubleCallable, "ASGI 2", ""),
    "class of apps": (fastapi.FastAPI, "is a class", "()"),
    "class of named apps": (flask.Flask, "is a class", ""),
    "function of four": (lambda _a, _b, _c, _d: None, "takes 4 arguments", ""),
    "aiohttp": (of_another_make("aiohttp.web_app"), "neither WSGI nor ASGI: only aiohttp.web", ""),
    "Tornado": (of_another_make("tornado.web"), "neither WSGI nor ASGI", ""),
}


@pytest.mark.parametrize(("thing", "why", "suffix"), OTHERS.values(), ids=OTHERS)
def test_what_is_no_app_says_what_it_is(thing: object, why: str, suffix: str) -> None:
    with pytest.raises(NotAnApp) as caught:
        interface_of(thing)
    assert why in caught.value.why
    assert caught.value.suffix == suffix

"""interface_of(): whether an object is a WSGI or an ASGI app, by its signature and without a call.

https://peps.python.org/pep-3333/ and https://asgi.readthedocs.io/en/latest/specs/main.html
Apps of aiohttp and Tornado are neither, though they can be called, and known by their classes.
"""

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType
from typing import Any

INNER_NAMES = ("server", "wsgi_app", "asgi_app", "app", "wsgi", "asgi")  # Dash has `.server`
# (module, class) -> the interface of its objects, which only the framework's own server can serve.
OWN_INTERFACES = {
    ("aiohttp.web_app", "Application"): "aiohttp",
    ("tornado.routing", "Router"): "tornado",  # an Application is one
}
# Module -> distribution, of everything whose version may change what a server says about CORS.
DISTRIBUTIONS = {
    "flask_cors": "flask-cors",
    "apiflask": "apiflask",
    "flask": "flask",
    "werkzeug": "werkzeug",
    "fastapi": "fastapi",
    "starlette": "starlette",
    "corsheaders": "django-cors-headers",
    "rest_framework": "djangorestframework",
    "ninja": "django-ninja",
    "django": "django",
    "quart_cors": "quart-cors",
    "quart": "quart",
    "falcon": "falcon",
    "litestar": "litestar",
    "sanic_ext": "sanic-ext",
    "sanic_cors": "sanic-cors",
    "sanic": "sanic",
    "aiohttp_cors": "aiohttp-cors",
    "aiohttp": "aiohttp",
    "tornado": "tornado",
    "bottle": "bottle",
    "pyramid": "pyramid",
    "blacksheep": "blacksheep",
    "connexion": "connexion",
    "waitress": "waitress",
    "uvicorn": "uvicorn",
}


class NotAnApp(Exception):  # noqa: N818 - reads as what happened
    """An object is no app that can be served.

    Attributes:
        why: continues a sentence that begins with the object's name.
        suffix: what makes an app of its name, such as `()` or `.server`; "" where nothing does.
    """

    def __init__(self, why: str, suffix: str = "") -> None:
        self.why, self.suffix = why, suffix
        super().__init__(why)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parameters:
    """Positional parameters of a callable: how many must be given and how many may."""

    required: int
    most: float  # infinite for *args

    def take(self, count: int) -> bool:
        return self.required <= count <= self.most


def interface_of(app: Any) -> str:
    """The interface of an app, `wsgi`, `asgi`, `aiohttp` or `tornado`; raises NotAnApp."""
    if own := _own_interface(app):
        return own
    _refuse_what_is_no_callable(app)
    parameters = _parameters(app)
    if inspect.isclass(app):
        return _of_class(app, parameters)
    return _of_async(parameters) if _is_async(app) else _of_callable(app, parameters)


def _refuse_what_is_no_callable(app: Any) -> None:
    if isinstance(app, ModuleType):
        raise NotAnApp("is a module; expected an app in it")
    if not callable(app):
        inner = [name for name in INNER_NAMES if callable(getattr(app, name, None))]
        found = "None" if app is None else f"an object of {_class_name(type(app))}"
        raise NotAnApp(f"is {found}, which cannot be called", f".{inner[0]}" if inner else "")


def _own_interface(app: Any) -> str:
    """The interface of an app that is neither WSGI nor ASGI; "" of everything else."""
    classes = ((each.__module__, each.__name__) for each in type(app).__mro__)
    return next((OWN_INTERFACES[each] for each in classes if each in OWN_INTERFACES), "")


def _parameters(app: Any) -> _Parameters:
    try:
        parameters = inspect.signature(app).parameters.values()
    except (ValueError, TypeError) as exc:
        raise NotAnApp("has no signature from which to tell WSGI from ASGI") from exc
    positional = [p for p in parameters if p.kind in {p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD}]
    is_open = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    return _Parameters(
        required=sum(p.default is p.empty for p in positional),
        most=float("inf") if is_open else len(positional),
    )


def _is_async(app: Any) -> bool:
    call = getattr(type(app), "__call__", None)  # noqa: B004 - looked at, not asked for
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)


def _of_async(parameters: _Parameters) -> str:
    if parameters.take(3):
        return "asgi"
    if not parameters.required:
        raise NotAnApp("looks like an async factory, which makes an app when it is called", "()")
    raise NotAnApp("is async and does not take the scope, receive and send of ASGI 3")


def _of_callable(app: Any, parameters: _Parameters) -> str:
    if parameters.required == 3:
        return "asgi"  # not declared async, such as a function that returns the call of another
    if parameters.required == 2:
        return "wsgi"
    if parameters.required == 1:
        raise NotAnApp(
            "takes one argument: ASGI 2, the double callable, is not supported, and a factory"
            ' must be called with its argument, such as create_app("prod")'
        )
    if not parameters.required and parameters.take(2) and not inspect.isroutine(app):
        return "wsgi"  # an object that wraps a WSGI app and takes *args
    if not parameters.required:
        raise NotAnApp("looks like a factory, which makes an app when it is called", "()")
    raise NotAnApp(f"takes {parameters.required} arguments; a WSGI app takes 2, an ASGI app 3")


def _of_class(app: type, parameters: _Parameters) -> str:
    """The interface of a class whose instances are answers, which both standards allow."""
    if parameters.required == 3 and hasattr(app, "__await__"):
        return "asgi"
    if parameters.required == 2 and hasattr(app, "__iter__"):
        return "wsgi"
    if parameters.required == 1 and inspect.iscoroutinefunction(getattr(app, "__call__", None)):  # noqa: B004
        raise NotAnApp("is a double callable of ASGI 2, which is not supported; ASGI 3 is")
    suffix = "" if parameters.required else "()"
    raise NotAnApp("is a class, and an app would be an instance of it", suffix)


def _class_name(cls: type) -> str:
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__name__}"


def imported_versions() -> tuple[tuple[str, str], ...]:
    """(distribution, version) of each known framework that this process has imported."""
    return tuple(_versions())


def _versions() -> Iterator[tuple[str, str]]:
    for module, distribution in DISTRIBUTIONS.items():
        if module in sys.modules:
            try:
                yield distribution, metadata.version(distribution)
            except metadata.PackageNotFoundError:  # a copy among the user's own files
                yield distribution, "unknown"

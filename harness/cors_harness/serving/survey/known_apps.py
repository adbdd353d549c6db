"""KnownApp: an app of a framework that we know from inside, found in whatever wraps it.

The frameworks are looked up among the modules that the app has imported: none of them is imported
here, as an app of a framework cannot be there without it.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Framework(StrEnum):
    """Frameworks whose apps we can look into."""

    FASTAPI = "FastAPI"
    STARLETTE = "Starlette"
    FLASK = "Flask"
    QUART = "Quart"
    DJANGO = "Django"
    LITESTAR = "Litestar"
    SANIC = "Sanic"
    FALCON = "Falcon"
    AIOHTTP = "aiohttp"
    TORNADO = "Tornado"
    BOTTLE = "Bottle"
    PYRAMID = "Pyramid"
    BLACKSHEEP = "BlackSheep"
    CONNEXION = "Connexion"


# The first that fits counts: a FastAPI app is a Starlette app too. An app that has one of another
# framework inside and is more than middleware is its own: Connexion's has Flask's or Starlette's.
CLASSES = (
    (Framework.CONNEXION, "connexion.apps.abstract", "AbstractApp"),
    (Framework.CONNEXION, "connexion.middleware.main", "ConnexionMiddleware"),
    (Framework.FASTAPI, "fastapi", "FastAPI"),
    (Framework.STARLETTE, "starlette.applications", "Starlette"),
    (Framework.STARLETTE, "starlette.routing", "Router"),
    (Framework.FLASK, "flask", "Flask"),  # APIFlask is a subclass
    (Framework.QUART, "quart.app", "Quart"),
    (Framework.DJANGO, "django.core.handlers.base", "BaseHandler"),
    (Framework.LITESTAR, "litestar.app", "Litestar"),
    (Framework.SANIC, "sanic.app", "Sanic"),
    (Framework.FALCON, "falcon.app", "App"),  # that of falcon.asgi is a subclass
    (Framework.AIOHTTP, "aiohttp.web_app", "Application"),
    (Framework.TORNADO, "tornado.web", "Application"),
    (Framework.BOTTLE, "bottle", "Bottle"),
    (Framework.PYRAMID, "pyramid.router", "Router"),
    (Framework.BLACKSHEEP, "blacksheep.server.application", "Application"),
)

# Where middleware keeps the app that it wraps; a bound method such as `app.wsgi_app` its object.
INNER_NAMES = (
    *("app", "_app", "wsgi_app", "asgi_app", "application", "wsgi", "asgi", "server"),
    *("wsgi_application", "other_asgi_app", "wrapped", "__wrapped__", "func", "__self__"),
)
DEEPEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownApp:
    """An app of a known framework, wherever it was found.

    Attributes:
        app: the object of the framework.
        prefix: of the paths under which it is reached: "" or `/admin`.
    """

    framework: Framework
    app: Any
    prefix: str = ""


def known_apps(app: Any, prefix: str = "") -> tuple[KnownApp, ...]:
    """Every app of a known framework in `app`, without what is mounted inside such an app."""
    return tuple(_inside(app, prefix, set(), DEEPEST))


def frameworks_in(app: Any) -> tuple[str, ...]:
    """Names of the frameworks whose apps are in `app`; empty: none that is known."""
    return tuple(dict.fromkeys(known.framework.value for known in known_apps(app)))


def framework_of(app: Any) -> Framework | None:
    """The framework that `app` itself is an object of; None: another one's, or a wrapper."""
    for framework, module, name in CLASSES:
        cls = getattr(sys.modules.get(module), name, None)
        if isinstance(cls, type) and isinstance(app, cls):
            return framework
    return None


def described(app: Any) -> str:
    """What `app` is, for a message: `bottle.Bottle`, or the function's name."""
    named = app if hasattr(app, "__qualname__") else type(app)
    return f"{named.__module__}.{named.__qualname__}"


def _inside(obj: Any, prefix: str, checked: set[tuple[int, str]], depth: int) -> Iterator[KnownApp]:
    if (id(obj), prefix) in checked or not depth:
        return
    checked.add((id(obj), prefix))
    framework = framework_of(obj)
    if framework:
        yield KnownApp(framework=framework, app=obj, prefix=prefix)
        return
    for below, inner in _wrapped(obj):
        yield from _inside(inner, prefix + below, checked, depth - 1)


def _wrapped(obj: Any) -> Iterator[tuple[str, Any]]:
    """(prefix, what it wraps) of everything that may be an app."""
    mounts = _attribute(obj, "mounts")  # werkzeug's DispatcherMiddleware
    if isinstance(mounts, Mapping):
        yield from ((f"/{prefix.strip('/')}", app) for prefix, app in mounts.items())
    by_protocol = _attribute(obj, "application_mapping")  # ProtocolTypeRouter of Channels
    if isinstance(by_protocol, Mapping):
        yield from (("", app) for app in by_protocol.values())
    for name in INNER_NAMES:
        inner = _attribute(obj, name)
        if callable(inner):
            yield "", inner
    for cell in _attribute(obj, "__closure__") or ():
        inner = _attribute(cell, "cell_contents")
        if callable(inner):
            yield "", inner


def _attribute(obj: Any, name: str) -> Any:
    try:
        return getattr(obj, name, None)
    except Exception:  # noqa: BLE001 - a proxy such as flask.request raises what it likes
        return None

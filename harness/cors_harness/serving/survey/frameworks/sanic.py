"""SANIC: the routes of a Sanic app, those of its blueprints among them, and its handlers.

Sanic-Ext makes its pages and its document when the app starts. What the start does for those, and
nothing else of it, is done here to a copy of the app's process that serves nothing.
"""

import contextlib
import functools
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.path_patterns import parameter_of
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    OwnDocument,
    UnhandledError,
)
from cors_harness.serving.survey.views import is_made_by, kind_of_view

OWN_PAGES = ("sanic_ext", "sanic_openapi")
# By what a parameter is declared, where no value of a usual kind fits.
SAMPLES = {"ymd": "2024-02-29", "slug": "some-words"}


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    yield from tuple(_routes(app, prefix))  # all of them, before Sanic-Ext adds its own
    if text := _document(app):
        yield OwnDocument(prefix=prefix, text=text)


def _routes(app: Any, prefix: str) -> Iterator[FoundRoute]:
    for route in _own(app):
        is_socket = bool(route.extra.websocket)
        view = getattr(route.handler, "view_class", None)
        yield FoundRoute(
            template=prefix + _template(route),
            methods=() if is_socket else tuple(sorted(route.methods)),
            parameters=tuple(map(_parameter, route._params.values())),  # noqa: SLF001 - else later
            kind=RouteKind.WEBSOCKET
            if is_socket
            else kind_of_view(getattr(view, "get", route.handler)),
        )


def _own(app: Any) -> Iterator[Any]:
    """The routes that pages call: no static files, no documentation, nothing on other hosts."""
    for route in app.router.routes:
        is_own_page = route.extra.static or is_made_by(route.handler, OWN_PAGES)
        if not is_own_page and not route.requirements.get("host"):
            yield route


def _template(route: Any) -> str:
    """Its path; a parameter is a whole segment."""
    names = {place: f"{{{found.name}}}" for place, found in route._params.items()}  # noqa: SLF001
    path = "/".join(names.get(place, part) for place, part in enumerate(route.parts))
    slash = "/" if route.strict and route.uri.endswith("/") else ""
    return f"/{path.strip('/')}{slash}" if path.strip("/") else "/"


def _parameter(found: Any) -> Parameter:
    sample = SAMPLES.get(found.label, "")
    if found.label == "ext":
        sample = f"file.{next(iter(found.ctx.allowed), 'txt')}"
    if sample:
        return Parameter(name=found.name, kind=ParameterKind.WORD, choices=(sample,))
    expression = found.pattern.pattern
    return parameter_of(found.name, expression.removeprefix("^").removesuffix("$"))


def _document(app: Any) -> str:
    """What Sanic-Ext makes of an app whose code uses it; "" of others, or where it cannot."""
    if "sanic_ext" not in sys.modules:
        return ""
    with contextlib.suppress(Exception):
        extension = next(each for each in app.ext.extensions if each.name == "openapi")
        app.router.finalize()
        for future in extension.bp._future_listeners:  # noqa: SLF001 - the start calls them
            future.listener(app)
        builders = importlib.import_module("sanic_ext.extensions.openapi.builders")
        return json.dumps(builders.SpecificationBuilder().build(app).serialize())
    return ""


def _raise_views(app: Any) -> ChangedViews:
    count = 0
    for route in _own(app):
        if not route.extra.websocket:
            route.handler = _raising(route.handler)
            count += 1
    return ChangedViews(count=count)


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def handler(request: Any, *args: Any, **values: Any) -> Any:
        if request.method == "OPTIONS":
            return original(request, *args, **values)
        raise UnhandledError

    return handler


SANIC = AppReader(findings=_findings, raise_views=_raise_views)

"""LITESTAR: the routes of a Litestar app, the document that it makes, and its handlers."""

import contextlib
import functools
import json
from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import Any
from uuid import UUID

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    MountedApp,
    OwnDocument,
    UnhandledError,
)
from cors_harness.serving.survey.views import is_made_by, kind_of_view

OWN_PAGES = ("litestar",)  # documentation, static files, and its answers to OPTIONS
KINDS = (
    (UUID, ParameterKind.UUID),
    (PurePath, ParameterKind.PATH),
    (int, ParameterKind.INT),
    (float, ParameterKind.FLOAT),
)


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    for route in app.routes:
        handlers = getattr(route, "route_handlers", None)
        if handlers is not None:
            yield from _routes(route, handlers, prefix)
        elif hasattr(route.route_handler, "is_mount"):  # an ASGI app; it is called by its path
            yield MountedApp(app=route.route_handler.fn, prefix=prefix + route.path)
        else:
            yield _found(route, prefix, (), RouteKind.WEBSOCKET)
    yield from _documents(app, prefix)


def _routes(route: Any, handlers: Any, prefix: str) -> Iterator[FoundRoute]:
    """One route for each handler: handlers of one path may differ in what they answer with."""
    for handler in handlers:
        if not is_made_by(handler.fn, OWN_PAGES):
            methods = tuple(sorted(getattr(each, "value", each) for each in handler.http_methods))
            yield _found(route, prefix, methods, kind_of_view(handler.fn))


def _found(route: Any, prefix: str, methods: tuple[str, ...], kind: RouteKind) -> FoundRoute:
    parts = (part for part in route.path_components if not isinstance(part, str))
    return FoundRoute(
        template=prefix + route.path_format,
        methods=methods,
        parameters=tuple(_parameter(part) for part in parts),
        kind=kind,
    )


def _parameter(definition: Any) -> Parameter:
    kinds = (kind for cls, kind in KINDS if issubclass(definition.type, cls))
    return Parameter(name=definition.name, kind=next(kinds, ParameterKind.TEXT))


def _documents(app: Any, prefix: str) -> Iterator[OwnDocument]:
    if app.openapi_config is not None:
        with contextlib.suppress(Exception):
            text = json.dumps(app.openapi_schema.to_schema(), default=str)
            yield OwnDocument(prefix=prefix, text=text)


def _raise_views(app: Any) -> ChangedViews:
    count, mounted = 0, []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if "OPTIONS" not in handler.http_methods:
                handler.has_sync_callable = False
                handler._fn = _raising(handler.fn)  # noqa: SLF001 - there is no other way to it
                count += 1
        if hasattr(getattr(route, "route_handler", None), "is_mount"):
            mounted.append(route.route_handler.fn)
    return ChangedViews(count=count, mounted=tuple(mounted))


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    async def view(**_values: Any) -> Any:
        raise UnhandledError

    return view


LITESTAR = AppReader(findings=_findings, raise_views=_raise_views)

"""STARLETTE, FASTAPI: the routes of such an app, mounted and included ones too, and its views."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    MountedApp,
    OwnDocument,
    UnhandledError,
)
from cors_harness.serving.survey.views import EVENT_STREAM, kind_of_view

KINDS = {
    "IntegerConvertor": ParameterKind.INT,
    "FloatConvertor": ParameterKind.FLOAT,
    "UUIDConvertor": ParameterKind.UUID,
    "PathConvertor": ParameterKind.PATH,
}
HTTP_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Attributes of a FastAPI app with the paths of the pages that it makes by itself.
OWN_PAGES = ("openapi_url", "docs_url", "redoc_url", "swagger_ui_oauth2_redirect_url")


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlacedRoute:
    """One route, or one mounted app that has no routes of its own.

    Attributes:
        route: has `app`; a route also `path_format`, `param_convertors`, and `methods` of HTTP.
        owner: the app or router that it was found in.
        prefix: of the paths of that.
    """

    route: Any
    owner: Any
    prefix: str
    is_mount: bool = False

    @property
    def is_http(self) -> bool:
        """Whether it is a route, and not of WebSockets."""
        return hasattr(self.route, "methods")


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    placed_routes = tuple(_placed_routes(app, prefix))
    for placed in placed_routes:
        if placed.is_mount:
            yield MountedApp(app=placed.route.app, prefix=placed.prefix)
        elif route := _found_route(placed):
            yield route
    yield from _documents(placed_routes)


def _documents(placed_routes: Iterable[_PlacedRoute]) -> Iterator[OwnDocument]:
    """The OpenAPI document of each FastAPI app; one that cannot be made is left out."""
    fastapi: Any = sys.modules.get("fastapi")
    owners = {id(placed.owner): placed for placed in placed_routes}
    for placed in owners.values():
        if fastapi and isinstance(placed.owner, fastapi.FastAPI):
            with contextlib.suppress(Exception):
                text = json.dumps(placed.owner.openapi())
                yield OwnDocument(prefix=placed.prefix, text=text)


def _placed_routes(app: Any, prefix: str = "") -> Iterator[_PlacedRoute]:
    """Every route in `app`."""
    for route in _flat(app.routes):
        if hasattr(route, "routes"):  # Mount and Host
            yield from _mounted(route, app, prefix + getattr(route, "path", ""))
        elif hasattr(route, "path_regex"):
            yield _PlacedRoute(route=route, owner=app, prefix=prefix)


def _mounted(mount: Any, owner: Any, prefix: str) -> Iterator[_PlacedRoute]:
    inner = getattr(mount, "_base_app", mount.app)  # `app` may have the mount's own middleware
    if hasattr(inner, "routes"):
        yield from _placed_routes(inner, prefix)
    else:
        yield _PlacedRoute(route=mount, owner=owner, prefix=prefix, is_mount=True)


def _flat(routes: Sequence[Any]) -> Iterator[Any]:
    """The routes; a router that newer FastAPI has included makes them when it is asked."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield getattr(context, "starlette_route", None) or context
        else:
            yield route


def _found_route(placed: _PlacedRoute) -> FoundRoute | None:
    """The route as a page calls it; None for the pages that FastAPI makes by itself."""
    route, owner = placed.route, placed.owner
    if route.path_format in {getattr(owner, name, None) for name in OWN_PAGES}:
        return None
    return FoundRoute(
        template=placed.prefix + route.path_format,
        methods=tuple(sorted(_methods_of(route))) if placed.is_http else (),
        parameters=tuple(
            Parameter(name=name, kind=KINDS.get(type(convertor).__name__, ParameterKind.TEXT))
            for name, convertor in route.param_convertors.items()
        ),
        redirects=getattr(owner, "router", owner).redirect_slashes,
        kind=_kind_of(route) if placed.is_http else RouteKind.WEBSOCKET,
    )


def _methods_of(route: Any) -> Iterator[str]:
    """The methods; of an endpoint that is a class, those that it has a function for."""
    endpoint = getattr(route, "endpoint", None)
    yield from route.methods or (name for name in HTTP_METHODS if hasattr(endpoint, name.lower()))


def _kind_of(route: Any) -> RouteKind:
    response_class = getattr(route, "response_class", None)  # FastAPI's
    if getattr(response_class, "media_type", None) == EVENT_STREAM:
        return RouteKind.EVENTS
    endpoint = getattr(route, "endpoint", None)
    return kind_of_view(getattr(endpoint, "get", endpoint))


def _raise_views(app: Any) -> ChangedViews:
    count, mounted = 0, []
    for placed in _placed_routes(app):
        if placed.is_mount:
            mounted.append(placed.route.app)
        elif placed.is_http:
            placed.route.app = _raising(placed.route.app)
            count += 1
    return ChangedViews(count=count, mounted=tuple(mounted))


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] != "OPTIONS":
            raise UnhandledError
        await original(scope, receive, send)

    return app


STARLETTE = FASTAPI = AppReader(findings=_findings, raise_views=_raise_views)

"""placed_routes(): the routes of a Starlette or FastAPI app, mounted and included ones too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind

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
class PlacedRoute:
    """One route of HTTP, or one mounted app that has no routes of its own.

    Attributes:
        route: has `app`; a route of HTTP also `methods`, `path_format`, `param_convertors`.
        owner: the app or router that it was found in.
        prefix: of the paths of that.
    """

    route: Any
    owner: Any
    prefix: str
    is_mount: bool = False


def placed_routes(app: Any, prefix: str = "") -> Iterator[PlacedRoute]:
    """Every route of HTTP in `app`; routes of WebSockets are left out."""
    for route in _flat(app.routes):
        if hasattr(route, "path_regex") and hasattr(route, "methods"):
            yield PlacedRoute(route=route, owner=app, prefix=prefix)
        elif hasattr(route, "routes"):  # Mount and Host
            yield from _mounted(route, app, prefix + getattr(route, "path", ""))


def _mounted(mount: Any, owner: Any, prefix: str) -> Iterator[PlacedRoute]:
    inner = getattr(mount, "_base_app", mount.app)  # `app` may have the mount's own middleware
    if hasattr(inner, "routes"):
        yield from placed_routes(inner, prefix)
    else:
        yield PlacedRoute(route=mount, owner=owner, prefix=prefix, is_mount=True)


def _flat(routes: Sequence[Any]) -> Iterator[Any]:
    """The routes; a router that newer FastAPI has included makes them when it is asked."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield getattr(context, "starlette_route", None) or context
        else:
            yield route


def found_route(placed: PlacedRoute) -> FoundRoute | None:
    """The route as a page calls it; None for the pages that FastAPI makes by itself."""
    route, owner = placed.route, placed.owner
    if route.path_format in {getattr(owner, name, None) for name in OWN_PAGES}:
        return None
    return FoundRoute(
        template=placed.prefix + route.path_format,
        methods=tuple(sorted(route.methods or _methods_of(route))),
        parameters=tuple(
            Parameter(name=name, kind=KINDS.get(type(convertor).__name__, ParameterKind.TEXT))
            for name, convertor in route.param_convertors.items()
        ),
        redirects=getattr(owner, "router", owner).redirect_slashes,
    )


def _methods_of(route: Any) -> Iterator[str]:
    """The methods of an endpoint that is a class with a function for each."""
    endpoint = getattr(route, "endpoint", None)
    return (name for name in HTTP_METHODS if hasattr(endpoint, name.lower()))

"""The routes of a Starlette or FastAPI app, with those of mounted and included ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One route of HTTP, or one mounted app that has no routes of its own.

    Attributes:
        route: has `app`; a route of HTTP also `methods`, `path_format`, `param_convertors`.
        prefix: of the apps and mounts that it is in.
        router: the router that decides about a slash too much or too little.
    """

    route: Any
    prefix: str
    router: Any
    is_mount: bool = False


def placed_routes(app: Any, prefix: str = "") -> Iterator[Placed]:
    """Every one; routes of WebSockets are left out."""
    router = getattr(app, "router", app)
    for route in _flat(router.routes):
        if hasattr(route, "path_regex") and hasattr(route, "methods"):
            yield Placed(route=route, prefix=prefix, router=router)
        elif hasattr(route, "routes"):  # Mount and Host
            yield from _mounted(route, prefix + getattr(route, "path", ""))


def _mounted(mount: Any, prefix: str) -> Iterator[Placed]:
    inner = getattr(mount, "_base_app", mount.app)  # `app` may have the mount's own middleware
    if hasattr(inner, "routes"):
        yield from placed_routes(inner, prefix)
    else:
        yield Placed(route=mount, prefix=prefix, router=None, is_mount=True)


def _flat(routes: Sequence[Any]) -> Iterator[Any]:
    """The routes; since FastAPI 0.16x an included router is one that makes its routes itself."""
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            for context in route.effective_route_contexts():
                yield getattr(context, "starlette_route", None) or context
        else:
            yield route

"""AIOHTTP: the routes of an aiohttp app, those of its sub-apps among them, and its handlers."""

from collections.abc import Iterator
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, RouteKind
from cors_harness.serving.survey.path_patterns import groups_of, parameter_of
from cors_harness.serving.survey.reader import AppReader, ChangedViews, UnhandledError
from cors_harness.serving.survey.view_methods import methods_of_any
from cors_harness.serving.survey.views import is_made_by, kind_of_view

# aiohttp-cors' answers to OPTIONS, and the pages of aiohttp-swagger, -apispec and -pydantic.
OWN_PAGES = (
    *("aiohttp_apispec", "aiohttp_cors", "aiohttp_pydantic", "aiohttp_swagger"),
    *("aiohttp_swagger3", "rororo"),
)
ANY = "*"
SENT = ("content", "json", "multipart", "post", "read", "text")


def _routes(app: Any, prefix: str) -> Iterator[FoundRoute]:
    for route in _own(app):
        kind = kind_of_view(getattr(route.handler, "get", route.handler))
        yield FoundRoute(
            template=prefix + route.resource.canonical,
            methods=() if kind is RouteKind.WEBSOCKET else _methods_of(route),
            parameters=tuple(_parameters(route.resource.get_info())),
            kind=kind,
        )


def _methods_of(route: Any) -> tuple[str, ...]:
    return methods_of_any(route.handler, SENT) if route.method == ANY else (route.method,)


def _own(app: Any) -> Iterator[Any]:
    """The routes that pages call: no static files, no documentation, nothing on other hosts.

    Routes of sub-apps are among those of the app, with their whole paths.
    """
    for resource in app.router.resources():
        if "rule" not in resource.get_info():
            for route in resource:
                is_static = "directory" in route.resource.get_info()
                if not is_static and not is_made_by(route.handler, OWN_PAGES):
                    yield route


def _parameters(info: Any) -> Iterator[Parameter]:
    pattern = info.get("pattern")
    for name, inside in groups_of(pattern.pattern) if pattern else ():
        yield parameter_of(name, inside)


def _raise_views(app: Any) -> ChangedViews:
    count = 0
    for route in _own(app):
        route._handler = _raising(route.handler)  # noqa: SLF001 - sub-apps take no middleware more
        count += 1
    return ChangedViews(count=count)


def _raising(original: Any) -> Any:
    async def view(request: Any) -> Any:
        if request.method == "OPTIONS":
            return await original(request)
        raise UnhandledError

    return _raising_class(original) if isinstance(original, type) else view


def _raising_class(original: Any) -> Any:
    """A subclass, as aiohttp-cors looks at the classes of views, with the same methods."""

    async def view(_self: Any) -> Any:
        raise UnhandledError

    methods = methods_of_any(original, ())
    return type(original.__name__, (original,), dict.fromkeys(map(str.lower, methods), view))


AIOHTTP = AppReader(findings=_routes, raise_views=_raise_views)

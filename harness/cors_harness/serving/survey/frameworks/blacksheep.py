"""BLACKSHEEP: the routes of a BlackSheep app, the document of its OpenAPIHandler, and its handlers.

They are put together when the app starts. The survey does that part of the start, and no other: the
app that it looks at is in a process of its own, and serves nothing.
"""

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.path_patterns import groups_of, parameter_of
from cors_harness.serving.survey.reader import (
    AppReader,
    ChangedViews,
    Finding,
    MountedApp,
    OwnDocument,
    UnhandledError,
)
from cors_harness.serving.survey.views import is_made_by, kind_of_view

OWN_PAGES = ("blacksheep",)  # documentation, files, and its answer to OPTIONS
KINDS: Mapping[Any, ParameterKind] = {
    int: ParameterKind.INT,
    float: ParameterKind.FLOAT,
    UUID: ParameterKind.UUID,
}
_SOCKET = "GET_WS"
_ANY_PATH = "*"


def _findings(app: Any, prefix: str) -> Iterator[Finding]:
    with contextlib.suppress(Exception):  # a handler that the app itself will not start with
        app.router.apply_routes()
        app.use_controllers()
    for method, route in app.router.iter_with_methods():
        if method != _ANY_PATH and not is_made_by(route.handler, OWN_PAGES):
            yield _found(method, route, prefix)
    for mount in app.mount_registry.mounted_apps:
        below = mount.pattern.decode().rstrip("/*")
        yield MountedApp(app=mount.handler, prefix=prefix + below)
    yield from _documents(app, prefix)


def _found(method: str, route: Any, prefix: str) -> FoundRoute:
    template = prefix + route.mustache_pattern.replace("*", "{tail}")
    groups = groups_of(route.full_pattern.decode())
    types = getattr(route.handler, "__annotations__", {})
    is_socket = method == _SOCKET
    return FoundRoute(
        template=template,
        methods=() if is_socket else (method,),
        parameters=tuple(_parameter(name, inside, types) for name, inside in groups),
        kind=RouteKind.WEBSOCKET if is_socket else kind_of_view(route.handler),
    )


def _parameter(name: str, inside: str, types: Mapping[str, Any]) -> Parameter:
    """As its handler takes it, where the path says nothing of its kind."""
    said = parameter_of(name, inside)
    kind = KINDS.get(types.get(name)) if said.kind is ParameterKind.TEXT else None
    return replace(said, kind=kind) if kind else said


def _documents(app: Any, prefix: str) -> Iterator[OwnDocument]:
    """The document of each OpenAPIHandler that is bound to the app; it makes it after the start."""
    for handler in app.after_start._handlers:  # noqa: SLF001 - there is no other way to it
        docs = getattr(handler, "__self__", None)
        if hasattr(docs, "generate_documentation"):
            with contextlib.suppress(Exception):
                app.normalize_handlers()
                yield OwnDocument(prefix=prefix, text=_document(docs, app))


def _document(docs: Any, app: Any) -> str:
    """As its build_docs() does, but for the files that this may write."""
    common: Any = sys.modules["blacksheep.server.openapi.common"]
    made = docs.generate_documentation(app)
    docs.on_docs_generated(made)
    serializer = docs._serializer or common.DefaultSerializer()  # noqa: SLF001 - as above
    text: str = serializer.to_json(made)
    return text


def _raise_views(app: Any) -> ChangedViews:
    """Handlers are replaced during the start, after they were put together."""

    def replace_handlers(_app: Any) -> None:
        for method, route in app.router.iter_with_methods():
            if method not in {"OPTIONS", _SOCKET, _ANY_PATH}:
                route.handler = _raising(route.handler)

    app.on_middlewares_configuration += replace_handlers
    mounts = app.mount_registry.mounted_apps
    return ChangedViews(
        count=sum(map(_count, (app.router, *(app.router._sub_routers or ())))),  # noqa: SLF001
        mounted=tuple(mount.handler for mount in mounts),
    )


def _count(router: Any) -> int:
    """The handlers that a router has before the start."""
    return sum(1 for each in (router.iter_all(), router.controllers_routes) for _ in each)


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    async def view(_request: Any) -> Any:
        raise UnhandledError

    return view


BLACKSHEEP = AppReader(findings=_findings, raise_views=_raise_views)

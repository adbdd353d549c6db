"""FALCON: the routes of a Falcon app, over WSGI or ASGI, and the responders of its resources."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind, RouteKind
from cors_harness.serving.survey.reader import AppReader, ChangedViews, UnhandledError
from cors_harness.serving.survey.views import is_made_by, kind_of_view

OWN_PAGES = ("falcon",)  # its answers to OPTIONS, and those with 405
SOCKET = "WEBSOCKET"  # stands beside the methods
FIELD = re.compile(r"\{(?P<name>[^}:]*)(?::(?P<converter>[^}(]*)(?:\([^}]*\))?)?\}")
KINDS = {
    "int": ParameterKind.INT,
    "float": ParameterKind.FLOAT,
    "uuid": ParameterKind.UUID,
    "path": ParameterKind.PATH,
}
DATE = "2024-02-29T12:00:00Z"  # of the converter `dt`, in the form that it has by itself


def _routes(app: Any, prefix: str) -> Iterator[FoundRoute]:
    for node in _nodes(_roots(app)):
        fields = tuple(map(_parameter, FIELD.finditer(node.uri_template)))
        for kind, methods in _methods_by_kind(node):
            yield FoundRoute(
                template=prefix + FIELD.sub(r"{\g<name>}", node.uri_template),
                methods=() if kind is RouteKind.WEBSOCKET else methods,
                parameters=fields,
                kind=kind,
            )


def _roots(app: Any) -> Any:
    """Where the router's tree begins; falcon.inspect reads it there too. Other routers: nothing."""
    return getattr(app._router, "_roots", ())  # noqa: SLF001 - there is no other way to it


def _nodes(nodes: Any) -> Iterator[Any]:
    """Every node of the tree that has a resource."""
    for node in nodes:
        if node.resource is not None:
            yield node
        yield from _nodes(node.children)


def _own_responders(node: Any) -> dict[str, Callable[..., Any]]:
    """The responders that are the resource's own, by method."""
    return {
        method: responder
        for method, responder in (node.method_map or {}).items()
        if not is_made_by(inspect.unwrap(responder), OWN_PAGES)
    }


def _methods_by_kind(node: Any) -> Iterator[tuple[RouteKind, tuple[str, ...]]]:
    by_kind: dict[RouteKind, list[str]] = {}
    for method, responder in _own_responders(node).items():
        kind = RouteKind.WEBSOCKET if method == SOCKET else kind_of_view(responder)
        by_kind.setdefault(kind, []).append(method)
    yield from ((kind, tuple(sorted(methods))) for kind, methods in by_kind.items())


def _parameter(field: re.Match[str]) -> Parameter:
    if field["converter"] == "dt":
        return Parameter(name=field["name"], kind=ParameterKind.WORD, choices=(DATE,))
    kind = KINDS.get(field["converter"] or "", ParameterKind.TEXT)
    return Parameter(name=field["name"], kind=kind)


def _raise_views(app: Any) -> ChangedViews:
    count = 0
    for node in _nodes(_roots(app)):
        for method, responder in _own_responders(node).items():
            if method not in {"OPTIONS", SOCKET}:
                node.method_map[method] = _raising(responder)
                count += 1
    return ChangedViews(count=count)


def _raising(original: Callable[..., Any]) -> Callable[..., Any]:
    def responder(_request: Any, _response: Any, **_values: Any) -> None:
        raise UnhandledError

    async def async_responder(_request: Any, _response: Any, **_values: Any) -> None:
        raise UnhandledError

    return async_responder if inspect.iscoroutinefunction(original) else responder


FALCON = AppReader(findings=_routes, raise_views=_raise_views)

"""operations_of(): what pages can call in an app, from its routes and OpenAPI documents."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cors_harness.drafts.left_out import NO_OBJECT, LeftOut, is_documentation
from cors_harness.drafts.openapi import described_in
from cors_harness.drafts.operation import Operation, operation_of, shape
from cors_harness.model.survey import AppRoutes, FoundRoute, RouteKind
from cors_harness.terms.page_requests import is_method

# Every route answers them of itself; a page asks with them for what it gets by GET.
IMPLIED = frozenset(("HEAD", "OPTIONS"))


def operations_of(survey: AppRoutes) -> tuple[Operation, ...]:
    """The operations in the order of the routes; as documents have them, where they do.

    A survey without routes, of a server that is known by its documents only, has the documents'.
    """
    described = {_shape(each.template, each.method): each for each in _described(survey)}
    left_out = {_shape(each.template, each.method) for each in left_out_of(survey)}
    operations = {} if survey.routes else dict(described)
    for route in survey.routes:
        for method in route.methods:
            key = _shape(route.template, method)
            if method not in IMPLIED and is_method(method) and key not in left_out:
                plain = operation_of(route, method)
                operations.setdefault(key, _joined(plain, described.get(key)))
    return tuple(_without_taken_slashes(operations.values()))


def with_others(
    operations: Iterable[Operation], others: Iterable[Operation]
) -> tuple[Operation, ...]:
    """The operations, and those of `others` that are not among them."""
    known = {_shape(each.template, each.method): each for each in operations}
    for other in others:
        known.setdefault(_shape(other.template, other.method), other)
    return tuple(known.values())


def left_out_of(survey: AppRoutes) -> tuple[LeftOut, ...]:
    """What of the documents, and of the routes, is not drafted.

    Where routes are known, they are drafted though a document describes them by what it cannot.
    """
    found = (
        each for prefix, text in survey.documents for each in described_in(_read(text), prefix)
    )
    routes = (
        LeftOut(template=route.template, method=method, why=why)
        for route in survey.routes
        for method in route.methods or ("",)  # a WebSocket has none
        if (why := _why_left_out(route, method))
    )
    passed_over = {NO_OBJECT} if survey.routes else set()
    described = (e for e in found if isinstance(e, LeftOut) and e.why not in passed_over)
    return (*described, *routes)


def _why_left_out(route: FoundRoute, method: str) -> str:
    match route.kind:
        case RouteKind.WEBSOCKET:
            return "a WebSocket"
        case RouteKind.EVENTS:
            return "a stream of events"
        case RouteKind.HTTP:
            is_page = method == "GET" and is_documentation(route.template)
            return "documentation" if is_page else ""


def _described(survey: AppRoutes) -> Iterator[Operation]:
    for prefix, text in survey.documents:
        found = described_in(_read(text), prefix)
        yield from (each for each in found if isinstance(each, Operation))


def _read(text: str) -> dict[str, object]:
    document = json.loads(text)
    return document if isinstance(document, dict) else {}


def _shape(template: str, method: str) -> tuple[str, str]:
    """What is the same for two names of one route: frameworks and documents name parameters."""
    return shape(template), method


def _joined(plain: Operation, described: Operation | None) -> Operation:
    """The described operation, with what only the route knows: its pattern and its redirect."""
    if described is None:
        return plain
    path, _, query = described.path.partition("?")
    other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    slash = None if plain.slash is None else f"{other}?{query}" if query else other
    return replace(described, template=plain.template, pattern=plain.pattern, slash=slash)


def _without_taken_slashes(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations, without redirects of paths that have a route of their own."""
    known = tuple(operations)
    patterns = {operation.pattern: operation for operation in known}.values()
    for operation in known:
        path = (operation.slash or "").partition("?")[0]
        is_taken = path and any(other.takes(path) for other in patterns)
        yield replace(operation, slash=None) if is_taken else operation

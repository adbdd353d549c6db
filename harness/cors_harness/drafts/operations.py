"""operations_of(): what pages can call in an app, from its routes and OpenAPI documents."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from cors_harness.drafts.openapi import operations_of_openapi
from cors_harness.drafts.operation import Operation, operation_of
from cors_harness.model.survey import AppRoutes

# Every route answers them of itself; a page asks with them for what it gets by GET.
IMPLIED = frozenset(("HEAD", "OPTIONS"))


def operations_of(survey: AppRoutes) -> tuple[Operation, ...]:
    """The operations in the order of the routes; FastAPI's as its OpenAPI document has them.

    A survey without routes, of a server that is known by its documents only, has the documents'.
    """
    described = {
        (operation.template, operation.method): operation
        for prefix, document in survey.documents
        for operation in operations_of_openapi(json.loads(document), prefix)
    }
    operations = {} if survey.routes else dict(described)
    for route in survey.routes:
        for method in route.methods:
            if method not in IMPLIED:
                plain = operation_of(route, method)
                key = plain.template, plain.method
                operations.setdefault(key, _joined(plain, described.get(key)))
    return tuple(_without_taken_slashes(operations.values()))


def _joined(plain: Operation, described: Operation | None) -> Operation:
    """The described operation, with what only the route knows: its pattern and its redirect."""
    if described is None:
        return plain
    path, _, query = described.path.partition("?")
    other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
    slash = None if plain.slash is None else f"{other}?{query}" if query else other
    return replace(described, pattern=plain.pattern, slash=slash)


def _without_taken_slashes(operations: Iterable[Operation]) -> Iterator[Operation]:
    """The operations, without redirects of paths that have a route of their own."""
    known = tuple(operations)
    patterns = {operation.pattern: operation for operation in known}.values()
    for operation in known:
        path = (operation.slash or "").partition("?")[0]
        is_taken = any(other.takes(path) for other in patterns)
        yield replace(operation, slash=None) if operation.slash and is_taken else operation

"""GivenCall: an operation that the user names, by a route or a recorded request."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cors_harness.drafts.operation import Operation, operation_of, other_slash, shape
from cors_harness.model.survey import FoundRoute, Parameter, ParameterKind
from cors_harness.terms.page_requests import FORBIDDEN_METHODS, is_method

EXAMPLE = "'GET /orders/{id}'"
_ROUTE = re.compile(r"\s*(?:(?P<methods>[^\s/]+)\s+)?(?P<path>/\S*)\s*")
# `{id}`, `{id:int}`, `<id>`, `<int:id>`
_BRACES = re.compile(r"\{(?P<name>[A-Za-z_]\w*)(?::(?P<kind>\w+))?\}")
_ANGLES = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>[A-Za-z_]\w*)>")
_KINDS = {
    "int": ParameterKind.INT,
    "float": ParameterKind.FLOAT,
    "uuid": ParameterKind.UUID,
    "path": ParameterKind.PATH,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCall:
    """One operation.

    Attributes:
        is_seen: whether a page has made this call: body and headers are real ones then.
    """

    operation: Operation
    is_seen: bool = False

    @property
    def has_values(self) -> bool:
        """Whether its path is one that the user has named, and no sample."""
        return self.is_seen or "{" not in self.operation.template


def routes_named(text: str) -> tuple[GivenCall, ...]:
    """A call for each method of `GET /orders/{id}`, `PUT,DELETE /orders/1` or `/orders`, for GET.

    Raises:
        ValueError: it has another shape, or a method that no page can send; the text says which.
    """
    match = _ROUTE.fullmatch(text)
    if match is None or "#" in match["path"]:
        raise ValueError(f"found {text!r}; expected a method and a path, such as {EXAMPLE}")
    methods = [each.upper() for each in re.split(r"[,|]", match["methods"] or "GET")]
    for method in methods:
        if not is_method(method):
            hint = ", which no page can send" if method in FORBIDDEN_METHODS else ""
            raise ValueError(f"found the method {method!r}{hint}; expected one such as {EXAMPLE}")
    path, question, query = match["path"].partition("?")
    template, parameters = _template(path)
    route = FoundRoute(template=template, methods=tuple(methods), parameters=parameters)
    made = (operation_of(route, method) for method in dict.fromkeys(methods))
    return tuple(
        GivenCall(operation=replace(each, path=f"{each.path}{question}{query}")) for each in made
    )


def _template(path: str) -> tuple[str, tuple[Parameter, ...]]:
    """The path with parameters in braces, and what they are."""
    braces = _ANGLES.sub(lambda one: f"{{{one['name']}:{one['kind'] or ''}}}", path)
    braces = braces.replace(":}", "}")
    found = list(_BRACES.finditer(braces))
    parameters = tuple(
        Parameter(name=one["name"], kind=_KINDS.get(one["kind"] or "", ParameterKind.TEXT))
        for one in found
    )
    return _BRACES.sub(r"{\g<name>}", braces), parameters


def with_calls(
    operations: Sequence[Operation], given: Iterable[GivenCall]
) -> tuple[Operation, ...]:
    """The operations with these calls: in place of sample values where they are of one of them."""
    result = list(operations)
    named: set[int] = set()
    for call in given:
        index = _index_of(call.operation, result)
        if index is None:
            index = len(result)
            result.append(call.operation)
        elif index not in named:  # the first call with values is the one that is taken
            result[index] = _called(result[index], call)
        if call.has_values:
            named.add(index)
    return tuple(result)


def _index_of(given: Operation, operations: Sequence[Operation]) -> int | None:
    path, form = given.path.partition("?")[0], shape(given.template)
    same = [i for i, each in enumerate(operations) if each.method == given.method]
    named = (i for i in same if shape(operations[i].template) == form)
    return next(named, next((i for i in same if operations[i].takes(path)), None))


def _called(known: Operation, call: GivenCall) -> Operation:
    """The known operation, called as the user has named it."""
    given = call.operation
    if not call.has_values:
        return known
    path, same = given.path, known.path.partition("?")[0]
    if same == path:  # its query must be there
        path = known.path
    slash = other_slash(path.partition("?")[0]) if known.slash and "?" not in path else known.slash
    called = replace(known, path=path, slash=slash)
    if not call.is_seen:
        return called
    return replace(
        called,
        body=given.body,
        content_type=given.content_type,
        headers=given.headers,
        authorized=known.authorized or given.authorized,
    )

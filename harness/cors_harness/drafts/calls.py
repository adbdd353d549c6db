"""Calls: what `request:` of a drafted scenario has, for one operation."""

from collections.abc import Mapping, Sequence

from cors_harness.drafts.flow_yaml import Value
from cors_harness.drafts.operation import Operation
from cors_harness.drafts.wrong_paths import no_such_method, no_such_page

Fields = Mapping[str, Value]
Operations = Sequence[Operation]

JSON: Fields = {"Content-Type": "application/json"}
AUTHORIZATION: Fields = {"Authorization": "Bearer token"}


def call(operation: Operation, **more: Value) -> Fields:
    """The operation with its sample values, and `more` members of `request:`."""
    body: Fields = {} if operation.body is None else {"body": operation.body}
    return {**_method(operation.method), "path": operation.path, **more, **body}


def as_json(operation: Operation, _every: Operations) -> Fields:
    """The operation as the app wants it called."""
    return call(operation) if operation.body is None else call(operation, headers=JSON)


def of_no_page(operation: Operation, every: Operations) -> Fields | None:
    """A page below it that there is not; None: there is one, whatever it is called."""
    path = no_such_page(operation, every)
    return None if path is None else {"path": path}


def of_no_method(operation: Operation, every: Operations) -> Fields | None:
    """A method that its path lacks; None: a page could try none."""
    method = no_such_method(operation, every)
    return None if method is None else {**_method(method), "path": operation.path}


def invalid(operation: Operation, _every: Operations) -> Fields | None:
    """What does not validate; None: nothing is known to."""
    wrong = operation.invalid
    if wrong is None:
        return None
    body: Fields = {} if wrong.body is None else {"headers": JSON, "body": wrong.body}
    return {**_method(operation.method), "path": wrong.path, **body}


def with_other_slash(operation: Operation, every: Operations) -> Fields | None:
    """The path that is redirected to its own; None: there is none."""
    return {**as_json(operation, every), "path": operation.slash} if operation.slash else None


def authorized(operation: Operation, every: Operations) -> Fields | None:
    """With an Authorization header, where it is declared to want one."""
    return _authorized(operation, every) if operation.authorized else None


def perhaps_authorized(operation: Operation, every: Operations) -> Fields | None:
    """With an Authorization header, where nothing is declared for its route."""
    route = (each for each in every if each.template == operation.template)
    return None if any(each.authorized for each in route) else _authorized(operation, every)


def _authorized(operation: Operation, every: Operations) -> Fields:
    headers: Fields = {} if operation.body is None else JSON
    return {**as_json(operation, every), "headers": {**headers, **AUTHORIZATION}}


def _method(method: str) -> Fields:
    return {} if method == "GET" else {"method": method}

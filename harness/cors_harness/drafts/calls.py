"""call() and its kin: what `request:` of a drafted scenario has, for one operation."""

from collections.abc import Mapping, Sequence

from cors_harness.drafts.operation import Operation
from cors_harness.terms.page_requests import SAFELISTED_METHODS

FlowValue = str | int | Sequence["FlowValue"] | Mapping[str, "FlowValue"]
YamlFields = Mapping[str, FlowValue]
Operations = Sequence[Operation]

BEARER, KEY = "Bearer token", "token"
NO_SUCH_PAGE = "no-such-page"
METHODS = ("GET", "POST", "DELETE", "PUT", "PATCH")


def no_such_page(operation: Operation, every: Operations) -> str | None:
    """A path below that of `operation` that no route takes; None: one takes all."""
    path = operation.path.partition("?")[0]
    below = f"{path.removesuffix('/')}/{NO_SUCH_PAGE}"
    return None if any(other.takes(below) for other in every) else below


def no_such_method(operation: Operation, every: Operations) -> str | None:
    """A method that its path lacks and a page could try; None: there is none.

    One that needs no preflight if there is one, so that what comes out is the 405 and not what the
    preflight allows; else one that the app has elsewhere, which its preflight must allow.
    """
    path = operation.path.partition("?")[0]
    there = {other.method for other in every if other.takes(path)}
    elsewhere = {other.method for other in every}
    lacking = (
        method
        for method in METHODS
        if method not in there and (method in SAFELISTED_METHODS or method in elsewhere)
    )
    return next(lacking, None)


def call(operation: Operation, **more: FlowValue) -> YamlFields:
    """The operation with its sample values, and `more` members of `request:`."""
    body: YamlFields = {} if operation.body is None else {"body": operation.body}
    return {**_method(operation.method), "path": operation.path, **more, **body}


def as_wanted(operation: Operation, _every: Operations) -> YamlFields:
    """The operation as the app wants it called."""
    return call(operation, **headers_field(operation.sent_headers))


def headers_field(headers: Mapping[str, str]) -> YamlFields:
    """`headers` of `request:`; nothing where there are none."""
    return {"headers": dict(headers)} if headers else {}


def of_no_page(operation: Operation, every: Operations) -> YamlFields | None:
    """A call of a page below it that does not exist; None: every path exists."""
    path = no_such_page(operation, every)
    return None if path is None else {"path": path}


def of_no_method(operation: Operation, every: Operations) -> YamlFields | None:
    """A call by a method that its path lacks; None: there is none to try."""
    method = no_such_method(operation, every)
    return None if method is None else {**_method(method), "path": operation.path}


def invalid(operation: Operation, _every: Operations) -> YamlFields | None:
    """A call that does not validate; None: none is known."""
    wrong = operation.invalid
    if wrong is None:
        return None
    wanted = {**operation.sent_headers}
    if wrong.body is None:
        wanted.pop("Content-Type", None)
    body: YamlFields = {} if wrong.body is None else {"body": wrong.body}
    return {**_method(operation.method), "path": wrong.path, **headers_field(wanted), **body}


def with_other_slash(operation: Operation, every: Operations) -> YamlFields | None:
    """A call of the path that is redirected to its own; None: there is none."""
    return {**as_wanted(operation, every), "path": operation.slash} if operation.slash else None


def authorized(operation: Operation, every: Operations) -> YamlFields | None:
    """The call with an Authorization header, where it is declared to want one; else None."""
    return _authorized(operation, every) if operation.authorized else None


def perhaps_authorized(operation: Operation, every: Operations) -> YamlFields | None:
    """The call with an Authorization header, where nothing is declared for its route; else None."""
    same_route = (other for other in every if other.template == operation.template)
    return None if any(other.authorized for other in same_route) else _authorized(operation, every)


def _authorized(operation: Operation, _every: Operations) -> YamlFields:
    key = operation.key_header
    value = BEARER if key == "Authorization" else KEY
    return call(operation, headers={**operation.sent_headers, key: value})


def _method(method: str) -> YamlFields:
    return {} if method == "GET" else {"method": method}

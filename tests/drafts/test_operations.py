"""What pages can call, out of routes and OpenAPI documents."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from cors_harness.drafts.calls import no_such_method, no_such_page
from cors_harness.drafts.openapi import described_in
from cors_harness.drafts.operation import Invalid, Operation, operation_of
from cors_harness.drafts.operations import operations_of
from cors_harness.model.survey import AppRoutes, FoundRoute, Parameter, ParameterKind

Json = Mapping[str, object]
UUID_SAMPLE = "00000000-0000-4000-8000-000000000001"
ORDER = {
    "type": "object",
    "required": ["n", "note"],
    "properties": {
        "n": {"type": "integer", "exclusiveMinimum": 0},
        "note": {"type": "string"},
        "more": {"type": "string"},
    },
}


def parameter(name: str, kind: str = "text", *words: str) -> Parameter:
    return Parameter(name=name, kind=ParameterKind(kind), choices=words)


def found(template: str, *parameters: Parameter, redirects: bool = False) -> FoundRoute:
    return FoundRoute(
        template=template, methods=("GET",), parameters=parameters, redirects=redirects
    )


def of(*calls: str) -> tuple[Operation, ...]:
    """Operations such as `GET /orders/{number}`, parameters as text or, called `path`, as paths."""
    split = (call.partition(" ") for call in calls)
    return tuple(
        operation_of(found(template, *_parameters(template)), method)
        for method, _, template in split
    )


def _parameters(template: str) -> list[Parameter]:
    names = [piece.partition("}")[0] for piece in template.split("{")[1:]]
    return [parameter(name, "path" if name == "path" else "text") for name in names]


# id -> (route, a path of it, another one, one that is none of its)
PATHS: dict[str, tuple[FoundRoute, str, str, str]] = {
    "no parameter": (found("/orders"), "/orders", "/orders", "/orders/1"),
    "the root": (found("/"), "/", "/", "/a"),
    "text": (found("/a/{name}", parameter("name")), "/a/name", "/a/b", "/a/b/c"),
    "a number": (found("/a/{n}/b", parameter("n", "int")), "/a/1/b", "/a/77/b", "/a/x/b"),
    "a float": (found("/a/{x}", parameter("x", "float")), "/a/1.5", "/a/2", "/a/x"),
    "a UUID": (found("/{u}", parameter("u", "uuid")), f"/{UUID_SAMPLE}", f"/{UUID_SAMPLE}", "/u"),
    "a path": (found("/f/{p}", parameter("p", "path")), "/f/p", "/f/a/b", "/f/"),
    "a word of a list": (
        found("/{size}", parameter("size", "word", "small", "large")),
        *("/small", "/large", "/tiny"),
    ),
    "what needs escapes": (found("/grüße/a b"), "/gr%C3%BC%C3%9Fe/a%20b", "/grüße/a b", "/a"),
}


@pytest.mark.parametrize(("route", "path", "another", "none"), PATHS.values(), ids=PATHS)
def test_operation_has_a_sample_path_and_knows_its_own(
    route: FoundRoute, path: str, another: str, none: str
) -> None:
    operation = operation_of(route, "GET")
    assert operation.path == path
    assert (operation.takes(another), operation.takes(none)) == (True, False)


@pytest.mark.parametrize(
    ("method", "body", "preflighted"),
    [
        ("GET", None, False),
        ("DELETE", None, True),
        ("POST", "{}", True),
        ("PUT", "{}", True),
        ("PATCH", "{}", True),
    ],
)
def test_methods_that_take_a_body_take_json(
    method: str, body: str | None, preflighted: bool
) -> None:
    operation = operation_of(found("/a"), method)
    assert (operation.body, operation.is_preflighted) == (body, preflighted)


@pytest.mark.parametrize(
    ("method", "invalid"),
    [("GET", None), ("DELETE", None), ("PUT", Invalid(path="/a", body="no JSON"))],
)
def test_what_is_no_json_is_sent_where_a_body_is_taken(
    method: str, invalid: Invalid | None
) -> None:
    assert operation_of(found("/a"), method).invalid == invalid


# id -> (calls of an app, of which the first one's path is tried, what comes of it)
BELOW: dict[str, tuple[tuple[str, ...], str | None]] = {
    "below a page": (("GET /orders",), "/orders/no-such-page"),
    "below a slash": (("GET /orders/",), "/orders/no-such-page"),
    "below the root": (("GET /",), "/no-such-page"),
    "where a parameter takes it": (("GET /orders", "GET /orders/{number}"), None),
    "where one route takes all": (("GET /orders", "GET /{path}"), None),
}
LACKING: dict[str, tuple[tuple[str, ...], str | None]] = {
    "GET before all": (("POST /orders",), "GET"),
    "POST where there is GET": (("GET /orders",), "POST"),
    "what the app has elsewhere": (("GET /a", "POST /a", "DELETE /b"), "DELETE"),
    "nothing that the app has nowhere": (("GET /a", "POST /a"), None),
    "not what another route takes": (("GET /a/{x}", "POST /{path}"), None),
}


@pytest.mark.parametrize(("calls", "path"), BELOW.values(), ids=BELOW)
def test_page_that_there_is_not(calls: tuple[str, ...], path: str | None) -> None:
    every = of(*calls)
    assert no_such_page(every[0], every) == path


@pytest.mark.parametrize(("calls", "method"), LACKING.values(), ids=LACKING)
def test_method_that_there_is_not(calls: tuple[str, ...], method: str | None) -> None:
    every = of(*calls)
    assert no_such_method(every[0], every) == method


# OpenAPI


def document(operation: Json, method: str = "get", template: str = "/a/{n}") -> Json:
    responses: Json = {"200": {}, "422": {}}
    return {
        "paths": {template: {method: {"responses": responses, **operation}}},
        "components": {"schemas": {"Order": ORDER}},
    }


def in_path(schema: Json) -> Json:
    return {"parameters": [{"in": "path", "name": "n", "required": True, "schema": schema}]}


def taking(schema: Json, kind: str = "application/json") -> Json:
    return {"requestBody": {"content": {kind: {"schema": schema}}}}


GOOD_ORDER = '{"n": 1, "note": "a"}'
REF = {"$ref": "#/components/schemas/Order"}
# id -> (document, path, body, what does not validate)
DESCRIBED: dict[str, tuple[Json, str, str | None, Invalid | None]] = {
    "a number in the path": (
        document(in_path({"type": "integer"})),
        *("/a/1", None, Invalid(path="/a/not-a-value")),
    ),
    "text in the path validates always": (
        document(in_path({"type": "string"})),
        *("/a/n", None, None),
    ),
    "a UUID in the path": (
        document(in_path({"type": "string", "format": "uuid"})),
        *(f"/a/{UUID_SAMPLE}", None, Invalid(path="/a/not-a-value")),
    ),
    "a word in the path": (
        document(in_path({"enum": ["big", "small"]})),
        *("/a/big", None, Invalid(path="/a/not-a-value")),
    ),
    "a body by reference": (
        document(taking(REF), "post"),
        *("/a/n", GOOD_ORDER, Invalid(path="/a/n", body="{}")),
    ),
    "a body without a must": (
        document(taking({"type": "object"}), "post"),
        *("/a/n", "{}", Invalid(path="/a/n", body="[]")),
    ),
    "a list": (
        document(taking({"type": "array", "items": REF}), "post"),
        *("/a/n", "[]", Invalid(path="/a/n", body="{}")),
    ),
    "a form is no JSON": (
        document(taking(REF, "multipart/form-data"), "post"),
        *("/a/n", None, None),
    ),
    "a body and a number": (
        document({**taking(REF), **in_path({"type": "integer"})}, "put"),
        *("/a/1", GOOD_ORDER, Invalid(path="/a/not-a-value", body=GOOD_ORDER)),
    ),
    "a query that must be there": (
        document(
            {"parameters": [{"in": "query", "name": "q", "required": True, "schema": {}}]},
            template="/a",
        ),
        *("/a?q=%7B%7D", None, Invalid(path="/a")),
    ),
    "a query that may be left out": (
        document({"parameters": [{"in": "query", "name": "q"}]}, template="/a"),
        *("/a", None, None),
    ),
    "types of 3.1": (
        document(in_path({"type": ["integer", "null"]})),
        *("/a/n", None, None),
    ),
    "no 422 among the answers": (
        document({**in_path({"type": "integer"}), "responses": {"200": {}}}),
        *("/a/1", None, None),
    ),
    "a number or null": (
        document(in_path({"anyOf": [{"type": "null"}, {"type": "integer"}]})),
        *("/a/1", None, Invalid(path="/a/not-a-value")),
    ),
}


@pytest.mark.parametrize(
    ("described", "path", "body", "invalid"), DESCRIBED.values(), ids=DESCRIBED
)
def test_document_says_how_to_call_and_what_does_not_validate(
    described: Json, path: str, body: str | None, invalid: Invalid | None
) -> None:
    (operation,) = described_in(described)
    assert (operation.path, operation.body, operation.invalid) == (path, body, invalid)


@pytest.mark.parametrize(
    ("own", "of_all", "authorized"),
    [
        ([{"bearer": []}], None, True),
        (None, [{"bearer": []}], True),
        ([], [{"bearer": []}], False),
        (None, None, False),
    ],
    ids=["its own", "that of all", "taken back", "none"],
)
def test_security_wants_an_authorization_header(
    own: object, of_all: object, authorized: bool
) -> None:
    operation = {} if own is None else {"security": own}
    whole = {"paths": {"/a": {"get": operation}}, **({"security": of_all} if of_all else {})}
    assert [each.authorized for each in described_in(whole)] == [authorized]


# Surveys


def survey(*routes: FoundRoute, documents: tuple[tuple[str, str], ...] = ()) -> AppRoutes:
    return AppRoutes(frameworks=("Flask",), routes=routes, documents=documents)


def test_methods_that_come_of_themselves_are_left_out() -> None:
    route = replace(found("/a"), methods=("DELETE", "GET", "HEAD", "OPTIONS"))
    assert [each.method for each in operations_of(survey(route))] == ["DELETE", "GET"]


def test_document_goes_before_the_route_and_leaves_it_its_pattern_and_redirect() -> None:
    route = found("/in/a/{n}", parameter("n", "int"), redirects=True)
    described = json.dumps(document({**taking(REF), **in_path({"type": "integer"})}, "post"))
    post = replace(route, methods=("POST",))
    (operation,) = operations_of(survey(post, documents=(("/in", described),)))
    assert (operation.path, operation.slash) == ("/in/a/1", "/in/a/1/")
    assert operation.body == GOOD_ORDER
    assert operation.takes("/in/a/7")
    assert not operation.takes("/in/a/x")


def test_server_that_is_known_by_its_document_only_has_what_that_describes() -> None:
    described = json.dumps(document(in_path({"type": "integer"})))
    (operation,) = operations_of(survey(documents=(("/v1", described),)))
    assert (operation.method, operation.path, operation.slash) == ("GET", "/v1/a/1", None)


def test_route_that_a_document_hides_is_called_by_what_the_route_says() -> None:
    hidden = json.dumps({"paths": {}})
    (operation,) = operations_of(survey(found("/hidden"), documents=(("", hidden),)))
    assert (operation.method, operation.path) == ("GET", "/hidden")


@pytest.mark.parametrize(
    ("template", "others", "slash"),
    [
        pytest.param("/a/", (), "/a", id="one less"),
        pytest.param("/a", (), "/a/", id="one more"),
        pytest.param("/", (), None, id="the root"),
        pytest.param("/a/", ("/a",), None, id="a route of its own"),
        pytest.param("/a", ("/{path}",), None, id="a route that takes all"),
    ],
)
def test_path_that_is_redirected(template: str, others: tuple[str, ...], slash: str | None) -> None:
    routes = [found(other, parameter("path", "path")) for other in others]
    operations = operations_of(survey(found(template, redirects=True), *routes))
    assert operations[0].slash == slash

"""What pages can call, out of routes and OpenAPI documents."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from cors_harness.drafts.calls import no_such_method, no_such_page
from cors_harness.drafts.openapi import described_in
from cors_harness.drafts.operation import Invalid, Operation, operation_of
from cors_harness.drafts.operations import left_out_of, operations_of, with_others
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


def operations_in(document: Json, prefix: str = "") -> list[Operation]:
    return [each for each in described_in(document, prefix) if isinstance(each, Operation)]


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
    "a form": (
        document(taking(REF, "application/x-www-form-urlencoded"), "post"),
        *("/a/n", "n=1&note=a", None),
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
    "a query of several values": (
        document(
            {
                "parameters": [
                    {
                        "in": "query",
                        "name": "q",
                        "required": True,
                        "schema": {"type": "array", "items": {"enum": ["x"]}},
                    }
                ]
            },
            template="/a",
        ),
        *("/a?q=x", None, Invalid(path="/a")),
    ),
    "an example in the path": (
        document({"parameters": [{"in": "path", "name": "n", "example": "a b/c"}]}),
        *("/a/a%20b/c", None, None),
    ),
    "an example of a body": (
        document(
            {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": REF, "examples": {"x": {"value": 5}}}
                    }
                }
            },
            "post",
        ),
        *("/a/n", "5", Invalid(path="/a/n", body="{}")),
    ),
    "what is read only is not sent": (
        document(taking({"required": ["id"], "properties": {"id": {"readOnly": True}}}), "post"),
        *("/a/n", "{}", Invalid(path="/a/n", body="[]")),
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
    (operation,) = operations_in(described)
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
    assert [each.authorized for each in operations_in(whole)] == [authorized]


KEYS = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "s"},
    "query": {"type": "apiKey", "in": "query", "name": "s"},
    "header": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "basic": {"type": "http", "scheme": "basic"},
}


@pytest.mark.parametrize(
    ("security", "header"),
    [
        ([{"header": []}], "X-Key"),
        ([{"cookie": []}, {"basic": []}], "Authorization"),
        ([{"cookie": [], "header": []}], "X-Key"),
        ([{"cookie": []}], None),
        ([{"query": []}], None),
        ([{}, {"basic": []}], None),
    ],
    ids=["a header", "either", "both", "a cookie", "the query", "nothing will do"],
)
@pytest.mark.parametrize("version", [3, 2])
def test_key_is_sent_in_the_header_that_is_declared(
    security: object, header: str | None, version: int
) -> None:
    schemes = {"components": {"securitySchemes": KEYS}} if version == 3 else {}
    whole = {"paths": {"/a": {"get": {"security": security}}}, "securityDefinitions": KEYS}
    (operation,) = operations_in({**whole, **schemes})
    found = operation.key_header if operation.authorized else None
    assert found == header


def header(name: str, schema: Json, *, required: bool = True) -> Json:
    return {"in": "header", "name": name, "required": required, "schema": schema}


def test_headers_that_must_be_there_are_sent_and_make_a_preflight() -> None:
    version = header("X-Version", {"enum": [3]})
    language = header("Accept-Language", {"default": "de"})
    more = header("X-More", {}, required=False)
    (plain,) = operations_in(document({"parameters": [language, more]}))
    assert (plain.headers, plain.is_preflighted) == ((("Accept-Language", "de"),), False)
    (asking,) = operations_in(document({"parameters": [language, version]}))
    assert (asking.headers[1], asking.is_preflighted) == (("X-Version", "3"), True)


@pytest.mark.parametrize(
    ("kind", "preflighted"),
    [
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data", False),
        ("text/plain", False),
        ("application/vnd.api+json", True),
        ("application/octet-stream", True),
    ],
)
def test_body_is_sent_as_what_is_declared(kind: str, preflighted: bool) -> None:
    (operation,) = operations_in(document(taking(REF, kind), "post"))
    assert (operation.content_type.partition(";")[0], operation.is_preflighted) == (
        kind,
        preflighted,
    )


SWAGGER = {
    "swagger": "2.0",
    "definitions": {"Order": ORDER},
    "paths": {
        "/orders/{n}": {
            "parameters": [{"in": "path", "name": "n", "type": "integer", "required": True}],
            "put": {
                "parameters": [
                    {"in": "body", "schema": {"$ref": "#/definitions/Order"}, "name": "b"}
                ]
            },
            "post": {
                "consumes": ["application/x-www-form-urlencoded"],
                "parameters": [
                    {"in": "formData", "name": "a", "type": "string", "required": True},
                    {"in": "query", "name": "q", "type": "integer", "required": True},
                ],
            },
        }
    },
}


def test_swagger_2_says_how_to_call_too() -> None:
    post, put = operations_in(SWAGGER, "/v1")
    assert (put.path, put.body, put.content_type) == (
        *("/v1/orders/1", GOOD_ORDER),
        "application/json",
    )
    assert (post.path, post.body, post.content_type) == (
        *("/v1/orders/1?q=1", "a=a"),
        "application/x-www-form-urlencoded",
    )


def answering(*kinds: str) -> Json:
    return {"responses": {"200": {"content": {kind: {} for kind in kinds}}}}


# id -> (operation, method, path, why it is in no draft)
LEFT_OUT: dict[str, tuple[Json, str, str, str | None]] = {
    "events only": (answering("text/event-stream"), "get", "/a", "a stream of events"),
    "events or JSON": (answering("text/event-stream", "application/json"), "get", "/a", None),
    "events for a POST": (answering("text/event-stream"), "post", "/a", None),
    "events of Swagger 2": ({"produces": ["text/event-stream"]}, "get", "/a", "a stream of events"),
    "another protocol": ({"responses": {"101": {}}}, "get", "/a", "a WebSocket"),
    "the schema of drf-spectacular": (
        answering("application/vnd.oai.openapi"),
        *("get", "/api/schema/", "documentation"),
    ),
    "a document": ({}, "get", "/api/v1/openapi.json", "documentation"),
    "Swagger UI": ({}, "get", "/swagger-ui/index.html", "documentation"),
    "documents of a shop": ({}, "get", "/docs", None),
    "schemas of a shop": ({}, "get", "/schema/{name}", None),
    "what is sent to it": ({}, "post", "/swagger", None),
    "a thing of that name": ({}, "get", "/things/{id}/swagger", None),
}


@pytest.mark.parametrize(("own", "method", "path", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_fetch_cannot_judge_and_documentation_are_left_out(
    own: Json, method: str, path: str, why: str | None
) -> None:
    text = json.dumps({"openapi": "3.1.0", "paths": {path: {method: own}}})
    known = survey(documents=(("", text),))
    left_out = [(each.template, each.why) for each in left_out_of(known)]
    assert left_out == ([] if why is None else [(path, why)])
    assert len(operations_of(known)) == (1 if why is None else 0)


USER = {
    "type": "object",
    "required": ["email", "username", "name", "role", "id", "code", "short", "customer_id", "n"],
    "properties": {
        "email": {"type": "string", "format": "email"},
        "username": {"type": "string", "example": "ann"},
        "name": {"type": "string"},
        "role": {"type": "string"},
        "id": {"type": "string", "format": "uuid"},
        "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "short": {"type": "string"},
        "customer_id": {"type": "string"},
        "n": {"type": "integer"},
    },
}


def test_what_is_created_has_another_key_in_each_cell() -> None:
    whole = document(taking(USER), "post")
    (operation,) = operations_in(whole)
    assert json.loads(operation.body or "") == {
        "email": "{unique}@example.com",
        "username": "ann-{unique}",
        "name": "{unique}",
        "role": "a",
        "id": UUID_SAMPLE,
        "code": "ABC",
        "short": "a",
        "customer_id": "a",
        "n": 1,
    }


@pytest.mark.parametrize(
    ("kind", "method", "body"),
    [
        ("application/x-www-form-urlencoded", "post", "name={unique}"),
        ("multipart/form-data", "post", '"name"\r\n\r\n{unique}\r\n'),
        ("application/json", "put", '{"name": "a"}'),
    ],
    ids=["a form", "a form in parts", "what is changed"],
)
def test_forms_have_another_key_too_and_what_is_changed_has_not(
    kind: str, method: str, body: str
) -> None:
    schema = {"required": ["name"], "properties": {"name": {"type": "string"}}}
    (operation,) = operations_in(document(taking(schema, kind), method))
    assert body in (operation.body or "")


@pytest.mark.parametrize(
    "more", [{"maxLength": 5}, {"enum": ["x"]}, {"const": "x"}], ids=["short", "words", "constant"]
)
def test_key_that_is_restricted_stays(more: Json) -> None:
    schema = {"required": ["name"], "properties": {"name": {"type": "string", **more}}}
    (operation,) = operations_in(document(taking(schema), "post"))
    assert "unique" not in (operation.body or "")


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


def test_names_of_parameters_do_not_part_route_and_document() -> None:
    described = json.dumps(document(taking(REF), "post", "/a/{number}"))
    route = replace(found("/a/{pk}", parameter("pk", "int")), methods=("POST",))
    (operation,) = operations_of(survey(route, documents=(("", described),)))
    assert (operation.template, operation.body) == ("/a/{pk}", GOOD_ORDER)


def test_methods_that_no_page_can_send_are_left_out() -> None:
    route = replace(found("/a"), methods=("CONNECT", "GET", "PROPFIND", "TRACE", "track", "a b"))
    assert [each.method for each in operations_of(survey(route))] == ["GET", "PROPFIND"]


def test_pages_of_documentation_are_left_out_of_routes_too() -> None:
    known = survey(found("/apispec_1.json"), found("/flasgger_static/{path}"), found("/orders"))
    assert [each.template for each in operations_of(known)] == ["/orders"]
    assert [each.why for each in left_out_of(known)] == ["documentation"] * 2


def test_operations_of_a_further_document_are_added() -> None:
    (known, other) = of("GET /a/{x}", "GET /b")
    named_otherwise = replace(known, template="/a/{y}")
    assert with_others((known,), (named_otherwise, other)) == (known, other)


def test_very_many_routes_are_compared_quickly() -> None:
    many = of(*(f"GET /things-{number}" for number in range(800)))
    start = time.process_time()
    assert all(no_such_page(each, many) for each in many[::10])
    assert time.process_time() - start < 1  # compiled each time they take much longer

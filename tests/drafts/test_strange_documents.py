"""Documents as they should not be: whatever a document has, its draft is a file that can be run."""

import json
import re
from typing import Any

import pytest

from cors_harness.drafts.draft import Intent, sections
from cors_harness.drafts.operations import operations_of
from cors_harness.drafts.text import draft_text
from cors_harness.loading.scenarios import load_text
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.scenario import Outcome, Scenario
from cors_harness.model.survey import AppRoutes
from cors_harness.serving.survey.api_document import read_document
from cors_harness.terms.origin import parse_origin
from cors_harness.terms.page_requests import SAFELISTED_METHODS, is_header, is_method, is_safelisted

INTENT = Intent(
    origins=(parse_origin("https://app.example.com"),), server=parse_origin("https://api.example")
)


def of(operation: Any, method: str = "post", path: str = "/a", **whole: Any) -> dict[str, Any]:
    return {"openapi": "3.1.0", "paths": {path: {method: operation}}, **whole}


def parameter(place: str, name: str, schema: Any = True, **more: Any) -> dict[str, Any]:
    return {"in": place, "name": name, "required": True, "schema": schema, **more}


def taking(schema: Any, kind: str = "application/json") -> dict[str, Any]:
    return {"requestBody": {"content": {kind: {"schema": schema}}}, "responses": {"422": {}}}


SELF = {"$ref": "#/components/schemas/Self"}
TREE = {
    "type": "object",
    "required": ["a", "b", "c"],
    "properties": {"a": SELF, "b": SELF, "c": SELF},
}
SURROGATE, NUL, BELL = "\ud800", "\x00", "\x07"
DOCUMENTS: dict[str, Any] = {
    # paths
    "no paths": {"openapi": "3.0.0"},
    "paths of null": {"openapi": "3.0.0", "paths": {"/a": None, "/b": [], "/c": {"get": None}}},
    "a path without a slash": of({}, path="orders"),
    "two slashes": of({}, path="//orders//"),
    "an empty path": of({}, path=""),
    "a path that is an extension": {"openapi": "3.1.0", "paths": {"x-a": {"get": {}}}},
    "a fragment and a query": of({}, path="/#X-Target=A&b={b}?c"),
    "a query": of({}, path="/search?q={q}&page=1"),
    "spaces and quotes": of({}, path="/a b/'c'/\"d\"/`e`/\\f"),
    "a line break": of({}, path="/a\n- id: b\n  c: d"),
    "invisible characters": of({}, path=f"/{NUL}{BELL}\u2028\u200b\ufeff\x85\x7f"),
    "half a character": of({"summary": SURROGATE}, path=f"/{SURROGATE}"),
    "no ASCII": of({}, path="/grüße/日本/🍏/{Größe}"),
    "a percent sign": of({}, path="/100%/%41/%zz"),
    "names of placeholders": of({}, path="/{from}/{page}/{credentials}/{cell}/{server.port}"),
    "braces in braces": of({}, path="/{{a}}/{b/{c}/}d{/{}/{ }"),
    "a regular expression": of({}, path="/{id:[0-9]{3}}/(a|b)*/[x]+$"),
    "dots": of({}, path="/a/../b/./{..}"),
    "a path of nearly two thousand": of({}, path="/" + "a" * 1_990),
    "routes that share a name": {
        "openapi": "3.1.0",
        "paths": {path: {"get": {}} for path in ("/a", "/A", "/a/", "/{a}", "/-a-", "/ä", "/ö")},
    },
    # methods
    "methods that no page can send": {
        "openapi": "3.1.0",
        "paths": {"/a": {method: {} for method in ("trace", "connect", "head", "options", "get")}},
    },
    "a method of 3.2": of({}, method="query"),
    "members that are no methods": of({}) | {"paths": {"/a": {"GET": {}, "servers": {}, "x-y": 1}}},
    # parameters
    "parameters that are no list": of({"parameters": {"a": 1}}),
    "parameters without a name": of({"parameters": [{"in": "path"}, None, 7, [], {"name": 7}]}),
    "values of every kind": of(
        {"parameters": [parameter("path", "a", {"example": {"b": [None, 1.5, "c/d?e#f"]}})]},
        path="/{a}",
    ),
    "an example with a slash": of(
        {"parameters": [parameter("path", "a", {}, example="b/../c?d=e#f {g}")]}, path="/{a}"
    ),
    "an empty example": of({"parameters": [parameter("path", "a", {}, example="")]}, path="/{a}"),
    "words of every kind": of(
        {"parameters": [parameter("path", "a", {"enum": [None, True, 1, {}]})]}, path="/{a}"
    ),
    "a query of lists and objects": of(
        {
            "parameters": [
                parameter("query", "a[]", {"type": "array", "items": {"enum": ["b", "c"]}}),
                parameter("query", "filter", {"type": "object", "required": ["n"]}),
                parameter("query", "q ä&=\n", {"type": "string", "pattern": "^(a+)+$"}),
                {"in": "query", "name": "j", "required": True, "content": {"application/json": {}}},
            ]
        },
        "get",
    ),
    "headers that no page can send": of(
        {
            "parameters": [
                parameter("header", name)
                for name in ("Host", "Origin", "Cookie", "Sec-A", "Proxy-A", "Content-Length", "TE")
            ]
        },
        "get",
    ),
    "headers with odd names and values": of(
        {
            "parameters": [
                parameter("header", "X Y"),
                parameter("header", "X-Ä"),
                parameter("header", ""),
                parameter("header", "X-A", {"const": "a\r\nb: {from} ä\x00"}),
                parameter("header", "X-B", {"type": "object", "required": ["a"]}),
                parameter("header", "x-b", {"type": "integer"}),
                parameter("header", "Accept", {"const": "text/csv"}),
                parameter("header", "Content-Type", {"const": "text/csv"}),
                parameter("header", "Authorization"),
                parameter("header", "X-HTTP-Method-Override", {"const": "TRACE"}),
            ]
        },
        "get",
    ),
    "a language": of({"parameters": [parameter("header", "Accept-Language", {"const": "de"})]}),
    "cookies": of({"parameters": [parameter("cookie", "session")]}, "get"),
    # bodies
    "a body of GET": of(taking({"type": "object"}), "get"),
    "a body of DELETE": of(taking({"type": "object"}), "delete"),
    "placeholders in a body": of(
        taking({"example": {"{from}": "{page} {{sends}} {from_attack} {token}{unique}"}})
    ),
    "odd characters in a body": of(taking({"example": f"{SURROGATE}{NUL}{BELL}\u2028\r\n'\"🍏"})),
    "a very long example": of(taking({"example": {"a": "b" * 100_000}})),
    "a schema that is no object": of(taking(7)),
    "a schema that is false": of(taking(False)),
    "a schema that needs itself three times": of(
        taking(SELF), components={"schemas": {"Self": TREE}}
    ),
    "references in a circle": of(
        taking(SELF), components={"schemas": {"Self": {"allOf": [SELF, {"oneOf": [SELF, SELF]}]}}}
    ),
    "references to other files": of(taking({"$ref": "other.yaml#/a"})),
    "a reference that is a number": of(taking({"$ref": 7})),
    "a path by reference": {
        "openapi": "3.1.0",
        "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
        "components": {"pathItems": {"A": {"get": {}}}},
    },
    "numbers without end": of(
        taking(
            {
                "type": "number",
                "minimum": 1e308,
                "maximum": 10**400,
                "exclusiveMinimum": 1e308,
                "multipleOf": 1e-300,
            }
        )
    ),
    "keywords of the wrong kind": of(
        taking(
            {
                "type": {"a": 1},
                "required": "name",
                "properties": [],
                "enum": {},
                "minLength": "x",
                "format": [],
                "anyOf": 7,
                "allOf": {},
            }
        )
    ),
    "a form": of(taking({"required": ["a"], "properties": {"a": {}}}, "multipart/form-data")),
    "a field with an odd name": of(
        taking({"example": {'a"\r\nb': "{from}\r\n--cors-harness--"}}, "multipart/form-data")
    ),
    "fields of a form": of(
        taking({"example": {"a b": "{from} ä", "c": [1]}}, "application/x-www-form-urlencoded")
    ),
    "bytes": of(taking({"type": "string", "format": "binary"}, "application/octet-stream")),
    "a list of lines": of(taking({"example": "a\nb"}, "text/plain; charset=utf-8")),
    "a type of nobody's": of(taking({}, "no type")),
    "any type": of(taking({"type": "object"}, "*/*")),
    "JSON by another name": of(taking({"type": "object"}, "application/vnd.api+json; version=1")),
    "content without a type": of({"requestBody": {"content": None}}),
    "examples by reference": of(
        {
            "requestBody": {
                "content": {"application/json": {"examples": {"a": {"$ref": "#/components/e/A"}}}}
            }
        },
        components={"e": {"A": {"value": {"n": 1}}}},
    ),
    # what stands around
    "responses of every kind": of({"responses": [422]}, "get"),
    "security of every kind": of({"security": {"a": []}}, "get", security=[7, None, {"b": []}]),
    "keys": of(
        {"security": [{"a": [], "b": []}]},
        "get",
        components={
            "securitySchemes": {
                "a": {"type": "apiKey", "in": "header", "name": "Cookie"},
                "b": {"type": "apiKey", "in": "header", "name": "X-Key"},
            }
        },
    ),
    "servers of every kind": of({}, servers={"url": 1}),
    "servers with names": of({}, servers=[{"url": "https://{h}/{p}", "variables": {"p": 7}}]),
    "servers without a URL": of({"servers": [None]}, servers=[{}, None]),
    "a server with odd characters": of({}, servers=[{"url": "http://[::1/ä b/{from}"}]),
    "servers of an operation": of(
        {"servers": [{"url": "http://[::1/"}]}, servers=[{"url": "https://[::1]:80:90"}]
    ),
    "webhooks only": {"openapi": "3.1.0", "webhooks": {"a": {"post": {}}}},
    "Swagger 2": {
        "swagger": "2.0",
        "basePath": 7,
        "consumes": "application/json",
        "paths": {
            "/a": {
                "parameters": [{"in": "body", "name": "b"}, {"in": "formData", "name": "f"}],
                "post": {"parameters": [{"$ref": "#/parameters/P"}]},
            }
        },
        "parameters": {"P": {"in": "formData", "name": "p", "type": "file", "required": True}},
    },
}


def drafted(document: Any) -> tuple[Scenario, ...]:
    """The scenarios of the unedited draft; it has no problems."""
    read = read_document(json.dumps(document))
    assert read is not None
    survey = AppRoutes(frameworks=(), routes=(), documents=((read.prefix, read.text),))
    operations = operations_of(survey)
    if not operations:
        return ()
    text = draft_text("a", "r", sections(operations, INTENT), credentials=False)
    scenarios, problems = load_text(text, "cors.yaml")
    assert [str(problem) for problem in problems] == []
    return scenarios


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_draft_is_a_file_of_calls_that_a_page_can_make(document: Any) -> None:
    for scenario in drafted(document):
        call, expect = scenario.steps[0].call, scenario.steps[0].expect
        method = call.method or "GET"
        assert is_method(method), scenario.id
        assert re.fullmatch(r"/[!-~]*", call.path), scenario.id
        assert len(call.path) + len(call.body or "") < 8_000
        assert all(is_header(name) and re.fullmatch(r"[ -~]+", v) for name, v in call.headers)
        assert (call.body or "").isascii()
        simple = method in SAFELISTED_METHODS and all(
            is_safelisted(name, value) for name, value in call.headers
        )
        if expect.outcome == (Outcome.BLOCKED,):
            kind = ExchangeKind.REQUEST if simple else ExchangeKind.PREFLIGHT
            assert expect.wire == (kind,), scenario.id


EMPTY = ("no paths", "paths of null", "a path that is an extension", "members that", "webhooks")


def test_nearly_all_of_them_have_something_to_draft() -> None:
    nothing = {name for name, document in DOCUMENTS.items() if not drafted(document)}
    assert nothing == {name for name in DOCUMENTS if name.startswith(EMPTY)}

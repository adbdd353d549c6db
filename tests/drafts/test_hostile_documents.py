"""Documents that would take for ever, or all memory: what is left out of them is said."""

import json
from typing import Any

import pytest

from cors_harness.drafts.bodies import LONGEST
from cors_harness.drafts.json_samples import is_quick
from cors_harness.drafts.left_out import LeftOut
from cors_harness.drafts.openapi import MOST_OPERATIONS, described_in
from cors_harness.drafts.operation import Operation
from cors_harness.drafts.operations import left_out_of, operations_of
from cors_harness.model.survey import AppRoutes, FoundRoute
from cors_harness.serving.survey.api_document import read_document

TEXT = {"type": "string"}


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def taking(schema: Any, **schemas: Any) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.1.0",
        "paths": {"/a": {"post": {"requestBody": body}}},
        "components": {"schemas": schemas},
    }


def twice(way: str) -> dict[str, Any]:
    """Sixty schemas, each of which needs the next one twice."""

    def schema(number: int) -> dict[str, Any]:
        after = ref(f"S{number + 1}")
        if way == "allOf":
            return {"allOf": [after, after]}
        return {"type": "object", "required": ["a", "b"], "properties": {"a": after, "b": after}}

    return taking(ref("S0"), **{f"S{number}": schema(number) for number in range(60)})


NAMES = [f"p{number}" for number in range(20_000)]
SLOW: dict[str, dict[str, Any]] = {
    "a pattern that is tried 2**40 times": taking({**TEXT, "minLength": 40, "pattern": "^(a+)+$x"}),
    "a choice that is": taking({**TEXT, "minLength": 39, "pattern": "(a|aa)+$x"}),
    "many repetitions": taking({**TEXT, "minLength": 40, "pattern": "a*" * 30 + "x"}),
    "a pattern of 400 000 characters": taking({**TEXT, "pattern": "(a|b)" * 80_000}),
    "properties that double": twice("required"),
    "parts that double": twice("allOf"),
    "a cycle": taking(ref("S"), S=ref("S")),
    "an example a hundred times": taking(
        {"type": "array", "minItems": 10, "items": {"type": "array", "minItems": 10, **ref("B")}},
        B={"example": "x" * 1_000_000},
    ),
    "20 000 properties": taking({"required": NAMES, "properties": dict.fromkeys(NAMES, ref("S"))}),
    "a reference of 100 000 steps": taking({"$ref": "#/" + "a/" * 100_000}),
    "10 000 parameters": {
        "openapi": "3.1.0",
        "paths": {
            "/a": {
                "post": {
                    "parameters": [
                        {"in": "header", "required": True, "name": f"X-{name}", "schema": TEXT}
                        for name in NAMES[:10_000]
                    ]
                }
            }
        },
    },
    "keys of 100 000 names": {
        **taking(TEXT),
        "security": [{name: [] for name in NAMES[:1000]}] * 100,
    },
}


@pytest.mark.parametrize("document", SLOW.values(), ids=SLOW)
def test_a_small_call_is_drafted(document: dict[str, Any]) -> None:
    read = read_document(json.dumps(document))
    assert read
    (operation,) = described_in(json.loads(read.text), read.prefix)
    assert isinstance(operation, Operation)
    assert len(operation.body or "") <= LONGEST
    assert len(operation.headers) <= 100


def test_a_server_whose_variables_double_has_a_short_path() -> None:
    variables = {f"v{n}": {"default": f"{{v{n + 1}}}" * 10} for n in range(12)}
    servers = [{"url": "/{v0}", "variables": variables}]
    read = read_document(json.dumps({**taking(TEXT), "servers": servers}))
    assert read
    assert len(read.prefix) <= 2000


LEFT_OUT = {
    "a long path": ("/a" * 10_000, "a path of more than 2,000 characters"),
    "parameters beside each other": (
        "/{a}{b}{c}{d}",
        "a path with more than 3 parameters between two slashes",
    ),
}


@pytest.mark.parametrize(("path", "why"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_is_left_out_says_why(path: str, why: str) -> None:
    (left_out,) = described_in({"openapi": "3.1.0", "paths": {path: {"get": {}}}})
    assert isinstance(left_out, LeftOut)
    assert left_out.why == why


def test_what_is_no_object_is_left_out_and_what_is_beside_it_is_not() -> None:
    paths = {"/a": 7, "/b": {"get": [1], "post": {}}, "/c": None}
    found = described_in({"openapi": "3.1.0", "paths": paths}, "/v1")
    assert [(type(each), each.method, each.template) for each in found] == [
        (LeftOut, "", "/v1/a"),
        (LeftOut, "", "/v1/c"),
        (LeftOut, "GET", "/v1/b"),
        (Operation, "POST", "/v1/b"),
    ]
    assert {each.why for each in found if isinstance(each, LeftOut)} == {
        "no object in its document"
    }


def test_routes_of_an_app_are_drafted_whatever_its_document_has_of_them() -> None:
    route = FoundRoute(template="/a", methods=("GET",), parameters=())
    document = json.dumps({"openapi": "3.1.0", "paths": {"/a": 7}})
    survey = AppRoutes(frameworks=("Flask",), routes=(route,), documents=(("", document),))
    assert [each.path for each in operations_of(survey)] == ["/a"]
    assert left_out_of(survey) == ()


def test_more_operations_than_a_draft_has_are_left_out() -> None:
    paths: dict[str, Any] = {f"/p{n}": {"get": {}} for n in range(MOST_OPERATIONS + 5)}
    found = described_in({"openapi": "3.1.0", "paths": paths})
    left_out = [each for each in found if isinstance(each, LeftOut)]
    assert [each.why for each in left_out] == ["more than 1,000"] * 5


QUICK = (
    *(r"^[a-z]+$", r"^\d{4}-\d{2}-\d{2}$", r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"),
    *(r"^(?!.*--)[a-z0-9-]{3,40}$", r"^.+@.+\..+$", r"^(asc|desc)$", r"[\]+*?|]+", r"\(\+\)+"),
)
NOT_QUICK = (r"^(a+)+$", r"(a|aa)+$", "(a+){30}", "(a|a){9}", "(?:a*)*", "a+" * 5, "x" * 301)


@pytest.mark.parametrize("pattern", QUICK)
def test_patterns_that_are_tried(pattern: str) -> None:
    assert is_quick(pattern)


@pytest.mark.parametrize("pattern", NOT_QUICK)
def test_patterns_that_are_not_tried(pattern: str) -> None:
    assert not is_quick(pattern)

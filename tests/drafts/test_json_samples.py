"""Samples satisfy their schemas."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cors_harness.drafts.json_samples import json_sample

# id -> (schema, sample)
SAMPLES: dict[str, tuple[dict[str, Any], Any]] = {
    "nothing said": ({}, {}),
    "text": ({"type": "string"}, "a"),
    "long text": ({"type": "string", "minLength": 3}, "aaa"),
    "a date": ({"type": "string", "format": "date"}, "2024-02-29"),
    "a whole number": ({"type": "integer"}, 1),
    "at least": ({"type": "integer", "minimum": 7}, 7),
    "at most": ({"type": "integer", "maximum": -2, "minimum": -9}, -2),
    "more than nothing": ({"type": "integer", "exclusiveMinimum": 0.0}, 1),
    "more than": ({"type": "number", "exclusiveMinimum": 1.5}, 2.5),
    "truth": ({"type": "boolean"}, True),
    "null": ({"type": "null"}, None),
    "one of several kinds": ({"type": ["string", "null"]}, "a"),
    "a constant": ({"const": "x"}, "x"),
    "one of some": ({"enum": ["x", "y"]}, "x"),
    "an example": ({"type": "string", "examples": ["shoe", "sock"]}, "shoe"),
    "a default": ({"type": "integer", "default": 5}, 5),
    "a list that may be empty": ({"type": "array", "items": {"type": "string"}}, []),
    "a list that may not": (
        {"type": "array", "items": {"type": "string"}, "minItems": 2},
        ["a", "a"],
    ),
    "what an object must have": (
        {
            "type": "object",
            "required": ["n"],
            "properties": {"n": {"type": "integer"}, "m": {"type": "integer"}},
        },
        {"n": 1},
    ),
    "what may be anything": (
        {"type": "object", "required": ["a"], "properties": {"a": True}},
        {"a": {}},
    ),
    "either, not null": ({"anyOf": [{"type": "null"}, {"type": "string"}]}, "a"),
    "all of several": (
        {
            "allOf": [
                {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
                {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}},
            ]
        },
        {"a": 1, "b": "a"},
    ),
    "a reference": ({"$ref": "#/$defs/word"}, "w"),
    "a reference to a reference": ({"$ref": "#/$defs/again"}, "w"),
}
DOCUMENT = {"$defs": {"word": {"const": "w"}, "again": {"$ref": "#/$defs/word"}}}
ENDLESS = {
    "nested in itself": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}},
    "a circle of references": {"$ref": "#"},
    "a reference to nowhere": {"$ref": "#/nowhere/at/all"},
    "a reference through a list": {"$ref": "#/list/0", "list": [{}]},
}


@pytest.mark.parametrize(("schema", "sample"), SAMPLES.values(), ids=SAMPLES)
def test_sample_is_small_and_valid(schema: dict[str, Any], sample: Any) -> None:
    value = json_sample(schema, DOCUMENT)
    assert value == sample
    assert type(value) is type(sample)
    Draft202012Validator({**DOCUMENT, **schema}).validate(value)


@pytest.mark.parametrize("schema", ENDLESS.values(), ids=ENDLESS)
def test_schema_that_leads_nowhere_ends(schema: dict[str, Any]) -> None:
    assert json_sample(schema, schema) is not None

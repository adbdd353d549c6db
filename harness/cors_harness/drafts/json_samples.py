"""JSON samples: a value that satisfies a schema of an OpenAPI document, as far as it is simple."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

Json = Mapping[str, Any]
Below = Callable[[Json], Any]  # the sample of a schema inside another one
DEEPEST = 12

_FORMATS = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "time": "12:00:00Z",
    "email": "a@example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
}


def json_sample(schema: Json, document: Json, depth: int = DEEPEST) -> Any:
    """A small value: required properties only, examples and defaults where there are any."""
    schema = resolved(schema, document)
    for key in ("const", "example", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if isinstance(schema.get(key), list) and schema[key]:
            return schema[key][0]
    if not depth:
        return None
    return _of_kind(schema, document, depth)


def resolved(schema: Any, document: Json) -> Json:
    """The schema that a reference inside the document leads to; {} where it leads nowhere."""
    for _ in range(DEEPEST):
        if not isinstance(schema, Mapping):  # true, which takes everything, or false
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            found: Json = schema
            return found
        schema = _at(reference, document)
    return {}


def _at(reference: str, document: Json) -> Json:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found.get(name.replace("~1", "/").replace("~0", "~"), {})
        if not isinstance(found, Mapping):
            return {}
    result: Json = found
    return result


def _of_kind(schema: Json, document: Json, depth: int) -> Any:
    below = functools.partial(json_sample, document=document, depth=depth - 1)
    options: Any = schema.get("anyOf") or schema.get("oneOf") or ()
    if one := next((each for each in options if each.get("type") != "null"), None):
        return below(one)
    if schema.get("allOf"):
        parts = [below(each) for each in schema["allOf"]]
        return {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
    kind = schema.get("type")
    make = _MAKERS.get(kind[0] if isinstance(kind, list) and kind else kind, _object)
    return make(schema, below)


def _object(schema: Json, below: Below) -> Json:
    properties = schema.get("properties", {})
    return {name: below(properties.get(name, {})) for name in schema.get("required", ())}


def _array(schema: Json, below: Below) -> list[Any]:
    return [below(schema.get("items", {}))] * min(schema.get("minItems", 0), 10)


def _number(schema: Json, _below: Below) -> Any:
    least = schema.get("exclusiveMinimum", schema.get("minimum", 1) - 1) + 1
    number = max(least, min(1, schema.get("maximum", 1)))
    return int(number) if float(number).is_integer() else number


def _string(schema: Json, _below: Below) -> str:
    text = _FORMATS.get(schema.get("format", ""), "a")
    return text.ljust(min(schema.get("minLength", 0), 1000), "a")


_MAKERS: Mapping[Any, Callable[[Json, Below], Any]] = {
    "integer": _number,
    "number": _number,
    "string": _string,
    "boolean": lambda _schema, _below: True,
    "array": _array,
    "null": lambda _schema, _below: None,
}

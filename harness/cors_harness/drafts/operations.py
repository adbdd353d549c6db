"""operations_of(): what pages can call in an app, from its routes and OpenAPI documents."""

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from cors_harness.drafts.operation import (
    Invalid,
    Operation,
    filled,
    operation_of,
    pattern_of,
    sample,
)
from cors_harness.model.survey import AppRoutes, Parameter, ParameterKind

JsonObject = Mapping[str, Any]
Below = Callable[[JsonObject], Any]  # the sample of a schema inside another one
DEEPEST = 12
METHODS = ("get", "post", "put", "patch", "delete")
JSON_TYPE = "application/json"
REFUSED = "422"  # the response that is declared for what does not validate
NO_VALUE = "not-a-value"  # of a number, of a UUID, of a list of words
_KINDS = {"integer": ParameterKind.INT, "number": ParameterKind.FLOAT}

_FORMATS = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "time": "12:00:00Z",
    "email": "a@example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
}


def operations_of_openapi(document: JsonObject, prefix: str = "") -> tuple[Operation, ...]:
    """Every operation, in the document's order; `prefix` stands before its paths."""
    return tuple(
        _Described(document=document, template=prefix + template, item=item, method=method).read()
        for template, item in document.get("paths", {}).items()
        for method in METHODS
        if method in item
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """One operation where it stands in its document."""

    document: JsonObject
    template: str
    item: JsonObject
    method: str

    def read(self) -> Operation:
        return Operation(
            method=self.method.upper(),
            template=self.template,
            pattern=pattern_of(self.template, {}),
            path=self._path(self._values(), self._query()),
            body=self._body(),
            invalid=self._invalid(),
            validates=REFUSED in self._own.get("responses", {}),
            authorized=bool(self._own.get("security", self.document.get("security"))),
        )

    @property
    def _own(self) -> JsonObject:
        own: JsonObject = self.item[self.method]
        return own

    # Where it is called

    def _declared(self, location: str) -> Iterator[JsonObject]:
        every = (*self.item.get("parameters", ()), *self._own.get("parameters", ()))
        declared = (resolved(parameter, self.document) for parameter in every)
        return (parameter for parameter in declared if parameter.get("in") == location)

    def _parameters(self) -> Iterator[Parameter]:
        for parameter in self._declared("path"):
            schema = self._schema(parameter)
            is_uuid = schema.get("format") == "uuid"
            kind = _KINDS.get(str(schema.get("type")), ParameterKind.TEXT)  # or a list of types
            yield Parameter(
                name=parameter["name"],
                kind=ParameterKind.UUID if is_uuid else kind,
                choices=tuple(str(word) for word in schema.get("enum", ())),
            )

    def _schema(self, declared: JsonObject) -> JsonObject:
        """The schema of a parameter; the other one where it may be null."""
        schema = resolved(declared.get("schema", {}), self.document)
        options = [option for option in schema.get("anyOf", ()) if option.get("type") != "null"]
        return resolved(options[0], self.document) if options else schema

    def _values(self) -> dict[str, str]:
        return {each.name: sample(each) for each in self._parameters()}

    def _query(self) -> dict[str, str]:
        """Sample values of the query parameters that are required."""
        required = [parameter for parameter in self._declared("query") if parameter.get("required")]
        samples = {
            parameter["name"]: json_sample(self._schema(parameter), self.document)
            for parameter in required
        }
        return {n: v if isinstance(v, str) else json.dumps(v) for n, v in samples.items()}

    def _path(self, values: dict[str, str], query: dict[str, str]) -> str:
        return filled(self.template, values) + (f"?{urlencode(query)}" if query else "")

    # What is sent

    def _body_sample(self) -> Any:
        """A sample of the JSON that it takes; None: it takes none."""
        body = resolved(self._own.get("requestBody", {}), self.document)
        content = body.get("content", {})
        media = next((content[name] for name in content if name.startswith(JSON_TYPE)), None)
        schema = media.get("schema", {}) if isinstance(media, Mapping) else None
        return None if schema is None else json_sample(schema, self.document)

    def _body(self) -> str | None:
        value = self._body_sample()
        return None if value is None else json.dumps(value)

    def _invalid(self) -> Invalid | None:
        """A call that does not validate, where the document says how such a one is answered."""
        if REFUSED not in self._own.get("responses", {}):
            return None
        values, query, body = self._values(), self._query(), self._body_sample()
        text = ParameterKind.TEXT
        strict = [
            parameter.name
            for parameter in self._parameters()
            if parameter.choices or parameter.kind is not text
        ]
        if strict:
            path = self._path({**values, strict[0]: NO_VALUE}, query)
            return Invalid(path=path, body=self._body())
        if body is not None:
            # An object without what it must have, or no object.
            wrong: object = [] if body == {} else {}
            return Invalid(path=self._path(values, query), body=json.dumps(wrong))
        return Invalid(path=self._path(values, {})) if query else None


# Sample values


def json_sample(schema: JsonObject, document: JsonObject, depth: int = DEEPEST) -> Any:
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


def resolved(schema: Any, document: JsonObject) -> JsonObject:
    """The schema that a reference inside the document leads to; {} where it leads nowhere."""
    for _ in range(DEEPEST):
        if not isinstance(schema, Mapping):  # true, which takes everything, or false
            return {}
        reference = schema.get("$ref")
        if not isinstance(reference, str):
            result: JsonObject = schema
            return result
        schema = _at(reference, document)
    return {}


def _at(reference: str, document: JsonObject) -> JsonObject:
    value: Any = document
    for name in reference.removeprefix("#/").split("/"):
        value = value.get(name.replace("~1", "/").replace("~0", "~"), {})
        if not isinstance(value, Mapping):
            return {}
    result: JsonObject = value
    return result


def _of_kind(schema: JsonObject, document: JsonObject, depth: int) -> Any:
    sample_of = functools.partial(json_sample, document=document, depth=depth - 1)
    options: Any = schema.get("anyOf") or schema.get("oneOf") or ()
    if one := next((option for option in options if option.get("type") != "null"), None):
        return sample_of(one)
    if schema.get("allOf"):
        parts = [sample_of(option) for option in schema["allOf"]]
        return {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
    kind = schema.get("type")
    make = _MAKERS.get(kind[0] if isinstance(kind, list) and kind else kind, _object)
    return make(schema, sample_of)


def _object(schema: JsonObject, sample_of: Below) -> JsonObject:
    properties = schema.get("properties", {})
    return {name: sample_of(properties.get(name, {})) for name in schema.get("required", ())}


def _array(schema: JsonObject, sample_of: Below) -> list[Any]:
    return [sample_of(schema.get("items", {}))] * min(schema.get("minItems", 0), 10)


def _number(schema: JsonObject, _below: Below) -> Any:
    least = schema.get("exclusiveMinimum", schema.get("minimum", 1) - 1) + 1
    number = max(least, min(1, schema.get("maximum", 1)))
    return int(number) if float(number).is_integer() else number


def _string(schema: JsonObject, _below: Below) -> str:
    text = _FORMATS.get(schema.get("format", ""), "a")
    return text.ljust(min(schema.get("minLength", 0), 1000), "a")


_MAKERS: Mapping[Any, Callable[[JsonObject, Below], Any]] = {
    "integer": _number,
    "number": _number,
    "string": _string,
    "boolean": lambda _schema, _below: True,
    "array": _array,
    "null": lambda _schema, _below: None,
}


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

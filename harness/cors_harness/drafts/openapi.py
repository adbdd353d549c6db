"""OpenAPI: the operations that a document describes.

https://spec.openapis.org/oas/v3.1.0.html#operation-object
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from cors_harness.drafts.json_samples import Json, json_sample, resolved
from cors_harness.drafts.operation import Invalid, Operation, filled, pattern_of, sample
from cors_harness.model.survey import Parameter, ParameterKind

METHODS = ("get", "post", "put", "patch", "delete")
JSON_TYPE = "application/json"
NO_VALUE = "not-a-value"  # of a number, of a UUID, of a list of words
_KINDS = {"integer": ParameterKind.INT, "number": ParameterKind.FLOAT}


def operations_of_openapi(document: Json, prefix: str = "") -> tuple[Operation, ...]:
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

    document: Json
    template: str
    item: Json
    method: str

    def read(self) -> Operation:
        return Operation(
            method=self.method.upper(),
            template=self.template,
            pattern=pattern_of(self.template, {}),
            path=self._path(self._values(), self._query()),
            body=self._body(),
            invalid=self._invalid(),
            authorized=bool(self._own.get("security", self.document.get("security"))),
        )

    @property
    def _own(self) -> Json:
        own: Json = self.item[self.method]
        return own

    # Where it is called

    def _declared(self, place: str) -> Iterator[Json]:
        every = (*self.item.get("parameters", ()), *self._own.get("parameters", ()))
        found = (resolved(each, self.document) for each in every)
        return (each for each in found if each.get("in") == place)

    def _parameters(self) -> Iterator[Parameter]:
        for each in self._declared("path"):
            schema = self._schema(each)
            is_uuid = schema.get("format") == "uuid"
            kind = _KINDS.get(str(schema.get("type")), ParameterKind.TEXT)  # or a list of types
            yield Parameter(
                name=each["name"],
                kind=ParameterKind.UUID if is_uuid else kind,
                words=tuple(str(word) for word in schema.get("enum", ())),
            )

    def _schema(self, declared: Json) -> Json:
        """The schema of a parameter; of one that may be null the other one."""
        schema = resolved(declared.get("schema", {}), self.document)
        options = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
        return resolved(options[0], self.document) if options else schema

    def _values(self) -> dict[str, str]:
        return {each.name: sample(each) for each in self._parameters()}

    def _query(self) -> dict[str, str]:
        """The required parameters of the query; without them a call is no good one."""
        required = [each for each in self._declared("query") if each.get("required")]
        samples = {
            each["name"]: json_sample(self._schema(each), self.document) for each in required
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
        if "422" not in self._own.get("responses", {}):
            return None
        values, query, body = self._values(), self._query(), self._body_sample()
        text = ParameterKind.TEXT
        strict = [each.name for each in self._parameters() if each.words or each.kind is not text]
        if strict:
            path = self._path({**values, strict[0]: NO_VALUE}, query)
            return Invalid(path=path, body=self._body())
        if body is not None:
            wrong: object = (
                [] if body == {} else {}
            )  # an object without what it must have, or no object
            return Invalid(path=self._path(values, query), body=json.dumps(wrong))
        return Invalid(path=self._path(values, {})) if query else None

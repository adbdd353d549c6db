"""described_in(): the operations of an OpenAPI document, of version 3 or of Swagger 2.

https://spec.openapis.org/oas/v3.1.0.html, https://swagger.io/specification/v2/. Documents are taken
as they are found: a path or an operation that is no object is left out with a word, and what else
has another shape than it should have is passed over.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode, urlsplit

from cors_harness.drafts.bodies import (
    FORM_TYPE,
    JSON_TYPE,
    PARTS_TYPE,
    RequestBody,
    body_of_content,
    clean,
    json_text,
    plain,
)
from cors_harness.drafts.json_samples import (
    JsonObject,
    is_small,
    items,
    json_sample,
    mapping,
    resolved,
)
from cors_harness.drafts.left_out import NO_OBJECT, LeftOut, is_documentation
from cors_harness.drafts.operation import Invalid, Operation, filled, pattern_of, sample
from cors_harness.model.survey import Parameter, ParameterKind
from cors_harness.terms.page_requests import is_header

METHODS = ("get", "post", "put", "patch", "delete", "query")
REFUSED = "422"  # the response that is declared for what does not validate
NO_VALUE = "not-a-value"  # of a number, of a UUID, of a list of words
EVENTS = "text/event-stream"
LONGEST_PATH = 2_000
MOST_OPERATIONS = 1_000  # as many as the largest documents have that people work with
MOST_PARAMETERS = 100  # of one operation that are looked at
MOST_IN_SEGMENT = 3  # parameters in a path between two slashes
MOST_KEYS = 20
_KINDS = {"integer": ParameterKind.INT, "number": ParameterKind.FLOAT}


def described_in(document: JsonObject, prefix: str = "") -> tuple[Operation | LeftOut, ...]:
    """Every operation, in the document's order; `prefix` stands before its paths.

    Of what is left out a word for each: streams of events, WebSockets, pages of documentation, what
    is no object, and what is more than MOST_OPERATIONS.
    """
    paths = mapping(document.get("paths")).items()
    listed = {str(name): item for name, item in paths if not str(name).startswith("x-")}
    found = [
        _Described(document=document, prefix=prefix, template=template, item=item, method=method)
        for template, item in ((name, resolved(item, document)) for name, item in listed.items())
        for method in METHODS
        if method in item
    ]
    return (
        *(
            LeftOut(template=f"{prefix}{template}"[:LONGEST_PATH], method="", why=NO_OBJECT)
            for template, item in listed.items()
            if not isinstance(item, dict)
        ),
        *(each.read() for each in found[:MOST_OPERATIONS]),
        *(each.left_out(f"more than {MOST_OPERATIONS:,}") for each in found[MOST_OPERATIONS:]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Described:
    """One operation where it stands in its document."""

    document: JsonObject
    prefix: str
    template: str
    item: JsonObject
    method: str

    def read(self) -> Operation | LeftOut:
        if why := self._why_left_out():
            return self.left_out(why)
        body, key = self._body(), self._key_header()
        return Operation(
            method=self.method.upper(),
            template=self._route,
            pattern=pattern_of(self._route, {}),
            path=self._path(self._values(), self._query()),
            body=body.text if body else None,
            content_type=body.content_type if body else JSON_TYPE,
            headers=tuple(self._headers()),
            invalid=self._invalid(),
            validates=REFUSED in self._responses,
            authorized=key is not None,
            key_header=key or "Authorization",
        )

    def left_out(self, why: str) -> LeftOut:
        """Itself as one that is not drafted."""
        return LeftOut(template=self._route[:LONGEST_PATH], method=self.method.upper(), why=why)

    @property
    def _own(self) -> JsonObject:
        return mapping(self.item[self.method])

    @property
    def _responses(self) -> JsonObject:
        return mapping(self._own.get("responses"))

    @property
    def _route(self) -> str:
        """Its path with what stands before it, without a query or fragment that some have."""
        path = self.template.partition("#")[0].partition("?")[0]
        return f"{self._base()}/{path.removeprefix('/')}"

    def _base(self) -> str:
        """The prefix, or the path of servers that the operation has for itself."""
        servers = items(self._own.get("servers")) or items(self.item.get("servers"))
        url = mapping(servers[0]).get("url") if servers else None
        if not isinstance(url, str) or "{" in url:
            return self.prefix
        with contextlib.suppress(ValueError):
            path = urlsplit(url).path.strip("/")
            return f"/{path}" if path else ""
        return self.prefix

    # Why a page would not call it by fetch()

    def _why_left_out(self) -> str:
        if not isinstance(self.item[self.method], dict):
            return NO_OBJECT
        if len(self._route) > LONGEST_PATH:
            return f"a path of more than {LONGEST_PATH:,} characters"
        if any(part.count("{") > MOST_IN_SEGMENT for part in self._route.split("/")):
            return f"a path with more than {MOST_IN_SEGMENT} parameters between two slashes"
        kinds = set(self._response_types())
        if self.method == "get" and kinds == {EVENTS}:
            return "a stream of events"
        if "x-websocket" in self._own or {*self._responses} & {"101"}:
            return "a WebSocket"
        is_page = is_documentation(self._route) or any("vnd.oai.openapi" in kind for kind in kinds)
        return "documentation" if self.method == "get" and is_page else ""

    def _response_types(self) -> Iterator[str]:
        """The media types of what it answers when all is well."""
        yield from (str(kind) for kind in items(self._own.get("produces")))
        for status, response in self._responses.items():
            if str(status)[:1] == "2":
                yield from mapping(resolved(response, self.document).get("content"))

    # Where it is called

    def _declared(self, location: str) -> Iterator[JsonObject]:
        """Its parameters in that place; what it says itself goes before what its path says."""
        every = (
            *items(self.item.get("parameters"))[:MOST_PARAMETERS],
            *items(self._own.get("parameters"))[:MOST_PARAMETERS],
        )
        declared = (resolved(parameter, self.document) for parameter in every)
        by_name = {
            name: parameter
            for parameter in declared
            if parameter.get("in") == location and isinstance(name := parameter.get("name"), str)
        }
        return iter(by_name.values())

    def _parameters(self) -> Iterator[Parameter]:
        for parameter in self._declared("path"):
            schema = self._schema(parameter)
            is_uuid = schema.get("format") == "uuid"
            kind = _KINDS.get(str(schema.get("type")), ParameterKind.TEXT)  # or a list of types
            yield Parameter(
                name=parameter["name"],
                kind=ParameterKind.UUID if is_uuid else kind,
                choices=tuple(str(word) for word in items(schema.get("enum"))[:MOST_KEYS]),
            )

    def _schema(self, declared: JsonObject) -> JsonObject:
        """The schema of a parameter; the other one where it may be null; itself in Swagger 2."""
        content = mapping(next(iter(mapping(declared.get("content")).values()), None))
        told = declared.get("schema", content.get("schema", declared))
        schema = resolved(told, self.document)
        listed = items(schema.get("anyOf"))[:MOST_KEYS]
        options = [resolved(option, self.document) for option in listed]
        return next((option for option in options if option.get("type") != "null"), schema)

    def _values(self) -> dict[str, str]:
        """A value for each parameter of the path: an example of the document, or ours."""
        told = {parameter["name"]: self._told(parameter) for parameter in self._declared("path")}
        return {each.name: told.get(each.name) or sample(each) for each in self._parameters()}

    def _told(self, parameter: JsonObject) -> str | None:
        """The value that the document itself has for a parameter."""
        schema = self._schema(parameter)
        examples = islice(mapping(parameter.get("examples")).values(), MOST_KEYS)
        values = [mapping(each).get("value") for each in examples]
        values += [parameter.get("example"), schema.get("example"), schema.get("default")]
        values += items(schema.get("examples"))[:1]
        if "pattern" in schema and not values[-1]:
            values.append(json_sample(schema, self.document))
        small = (value for value in values if isinstance(value, str | int | float))
        one = next(filter(is_small, small), None)
        return None if one is None else plain(one)

    def _query(self) -> list[tuple[str, str]]:
        """Sample values of the query parameters that are required."""
        required = (one for one in self._declared("query") if one.get("required"))
        return [pair for parameter in required for pair in self._pairs(parameter)]

    def _pairs(self, parameter: JsonObject) -> Iterator[tuple[str, str]]:
        """The value, or each of the values, of a parameter of the query."""
        schema = self._schema(parameter)
        told = self._told(parameter)
        value = json_sample(schema, self.document) if told is None else told
        if value == [] and isinstance(value, list):
            value = [json_sample(schema.get("items", {}), self.document)]
        for each in value if isinstance(value, list) else (value,):
            yield parameter["name"], plain(each)

    def _path(self, values: dict[str, str], query: list[tuple[str, str]]) -> str:
        asked = self.template.partition("#")[0].partition("?")[2]
        fixed = filled(asked, values)
        told = "&".join(filter(None, (fixed, urlencode(query, errors="replace"))))
        path = filled(self._route, values)
        return (f"{path}?{told}" if told else path)[:LONGEST_PATH]

    # What is sent

    def _headers(self) -> Iterator[tuple[str, str]]:
        """Headers that it must have and that a page can send."""
        for parameter in self._declared("header"):
            name = parameter["name"]
            is_own = name.lower() in {"accept", "authorization", "content-type", "user-agent"}
            if parameter.get("required") and not is_own:
                told = self._told(parameter)
                sampled = told or json_sample(self._schema(parameter), self.document)
                value = " ".join(clean(plain(sampled)).split()) or "a"
                if is_header(name, value):
                    yield name, value

    def _body(self) -> RequestBody | None:
        """What it takes; None: nothing, or fetch() sends none with its method."""
        if self.method == "get":
            return None
        body = resolved(self._own.get("requestBody"), self.document)
        content = mapping(body.get("content")) or self._old_content()
        return body_of_content(content, self.document, creates=self.method == "post")

    def _old_content(self) -> JsonObject:
        """What Swagger 2 says of the body, as version 3 would."""
        fields = list(self._declared("formData"))
        body = next(self._declared("body"), None)
        told = items(self._own.get("consumes")) or items(self.document.get("consumes"))
        types = [kind for kind in told if isinstance(kind, str)]
        if fields:
            has_file = any(field.get("type") == "file" for field in fields)
            names = [field["name"] for field in fields if field.get("required")]
            properties = {field["name"]: field for field in fields}
            form = PARTS_TYPE if has_file or PARTS_TYPE in types else FORM_TYPE
            return {form: {"schema": {"required": names, "properties": properties}}}
        media = {"schema": body.get("schema", {})} if body else {}
        return dict.fromkeys(types or [JSON_TYPE], media) if body else {}

    def _invalid(self) -> Invalid | None:
        """A call that does not validate, where the document says how such a one is answered."""
        if REFUSED not in self._responses:
            return None
        values, query, body = self._values(), self._query(), self._body()
        text = ParameterKind.TEXT
        strict = [
            parameter.name
            for parameter in self._parameters()
            if parameter.choices or parameter.kind is not text
        ]
        if strict:
            path = self._path({**values, strict[0]: NO_VALUE}, query)
            return Invalid(path=path, body=body.text if body else None)
        if body is not None and body.is_json:
            # An object without what it must have, or no object.
            wrong: list[Any] | dict[str, Any] = [] if body.text == "{}" else {}
            return Invalid(path=self._path(values, query), body=json_text(wrong))
        return Invalid(path=self._path(values, [])) if query else None

    # Who may call it

    def _key_header(self) -> str | None:
        """The header that it wants a key in, of this operation; None: it wants none."""
        own = self._own.get("security", self.document.get("security"))
        needed = [
            {*islice(mapping(requirement), MOST_KEYS)} for requirement in items(own)[:MOST_KEYS]
        ]
        if not needed or set() in needed:  # no requirement at all is one that may be met
            return None
        schemes = mapping(mapping(self.document.get("components")).get("securitySchemes"))
        known = {**mapping(self.document.get("securityDefinitions")), **schemes}
        headers = (self._header_of(known.get(name)) for each in needed for name in sorted(each))
        return next(filter(None, headers), None)

    def _header_of(self, listed: Any) -> str | None:
        """The header of a security scheme; Authorization where nothing else is said."""
        scheme = resolved(listed, self.document)
        if scheme.get("type") != "apiKey":
            return None if scheme.get("type") == "mutualTLS" else "Authorization"
        name = str(scheme.get("name"))
        return name if scheme.get("in") == "header" and is_header(name) else None

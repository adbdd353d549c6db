"""ApiDocument: an OpenAPI or Swagger document in JSON or YAML, and the start of its paths."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

from cors_harness.terms.origin import is_loopback
from cors_harness.text.json_values import MIB, JsonError, JsonFlaw, JsonLimits, json_value
from cors_harness.text.problems import shown
from cors_harness.text.typed_json import kind_of_json
from cors_harness.text.yaml_values import yaml_values

MOST_BYTES = 32 * MIB
LIMITS = JsonLimits(most_bytes=MOST_BYTES, odd_numbers=True)
EXPECTED = "a document of OpenAPI 3 or Swagger 2, as JSON or YAML"
LONGEST_URL, MOST_SERVERS = 2_000, 20
SHOWN_KEYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDocument:
    """One document.

    Attributes:
        prefix: what stands before all its paths: "" or `/api/v1`.
        text: the document as JSON, as AppRoutes has it.
        version: as it says it: `3.1.0`, `2.0`.
    """

    prefix: str
    text: str
    version: str


def read_document(data: bytes | str, place: str = "/") -> ApiDocument | None:
    """As `parsed_document`; None where that raises."""
    try:
        return parsed_document(data, place)
    except JsonError:
        return None


def parsed_document(data: bytes | str, place: str = "/") -> ApiDocument:
    """The document that a text is.

    `place` is its URL or path: servers may be named from there.

    Raises:
        JsonError: it is none of OpenAPI 3 or Swagger 2, in JSON or YAML; what is wrong, and where.
    """
    values = _values(data)
    version = _version(values)
    if version is None:
        raise _flawed(_kind(values), "openapi: 3.x or swagger: 2.0 in it")
    if not isinstance(values.get("paths", {}), Mapping):
        raise _flawed(kind_of_json(values["paths"]), "an object", "paths")
    base = values.get("basePath") if version.startswith("2") else _server(values, place)
    path = base[:LONGEST_URL].strip("/") if isinstance(base, str) else ""
    prefix = f"/{path}" if path else ""
    return ApiDocument(prefix=prefix, text=json.dumps(values), version=version)


def embedded_document(page: str) -> str | None:
    """The text of a document that a page has in itself, as some pages of documentation do."""
    decoder = json.JSONDecoder()
    for start in _starts(page):
        try:
            _, end = decoder.raw_decode(page, start)
        except (ValueError, RecursionError):
            continue
        if read_document(page[start:end]):
            return page[start:end]
    return None


def _starts(page: str) -> Iterator[int]:
    """Where objects begin that may be documents; what stands first in one may be anything."""
    for word in ('"openapi"', '"swagger"'):
        at = page.find(word)
        if at >= 0:
            yield from (index for index in range(at, max(at - 2_000, -1), -1) if page[index] == "{")


def _values(data: bytes | str) -> Any:
    try:
        return json_value(data, LIMITS)
    except JsonError as error:
        text = data if isinstance(data, str) else data.decode("utf-8-sig", "replace")
        start = text.lstrip()[:1]
        if not any(word in text for word in ("openapi", "swagger")) or start == "<":
            # YAML takes all sorts of text, and is slow.
            raise error if start in {"{", "["} else _flawed("other text", EXPECTED) from None
        if start == "{":
            raise
        return yaml_values(data)


def _flawed(found: str, expected: str, path: str = "") -> JsonError:
    return JsonError([JsonFlaw(found=found, expected=expected, path=path)])


def _kind(values: Any) -> str:
    if not isinstance(values, Mapping):
        return kind_of_json(values)
    keys = ", ".join(map(shown, islice(values, SHOWN_KEYS)))
    return f"an object with {keys or 'no keys'}{' …' if len(values) > SHOWN_KEYS else ''}"


def _version(values: Any) -> str | None:
    if not isinstance(values, Mapping):
        return None
    three, two = str(values.get("openapi", "")), str(values.get("swagger", ""))
    if three.startswith("3."):
        return three
    return "2.0" if two.startswith("2") else None


def _server(document: Mapping[str, Any], place: str) -> str:
    """The path of its server: https://spec.openapis.org/oas/v3.1.0.html#server-object.

    Of several, one that is on this machine, or relative, goes before others: it is what is called.
    """
    servers = document.get("servers")
    urls = (
        [_url(server) for server in servers[:MOST_SERVERS] if isinstance(server, Mapping)]
        if isinstance(servers, Sequence)
        else []
    )
    hosts = [(_host(url), url) for url in urls]
    near = (url for host, url in hosts if not host or is_loopback(host))
    url = next(near, urls[0] if urls else "/")
    try:
        return urlsplit(urljoin(urlsplit(place).path or "/", url)).path
    except ValueError:
        return ""


def _url(server: Mapping[str, Any]) -> str:
    """Its URL, with the defaults of its variables."""
    url, variables = str(server.get("url", "/"))[:LONGEST_URL], server.get("variables")
    told = variables.items() if isinstance(variables, Mapping) else ()
    for name, variable in islice(told, MOST_SERVERS):
        default = variable.get("default", "") if isinstance(variable, Mapping) else ""
        url = url.replace(f"{{{name}}}", str(default)[:LONGEST_URL])[:LONGEST_URL]
    return url


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return "unknown"

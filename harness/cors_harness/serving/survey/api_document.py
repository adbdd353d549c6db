"""ApiDocument: an OpenAPI or Swagger document in JSON or YAML, and the start of its paths."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from cors_harness.terms.origin import is_loopback
from cors_harness.text.yaml_values import yaml_values

MOST_BYTES = 32 * 1024 * 1024


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


def read_document(text: str, place: str = "/") -> ApiDocument | None:
    """The document that `text` is; None: it is none of OpenAPI 3 or Swagger 2.

    `place` is its URL or path: servers may be named from there.
    """
    values = _values(text)
    version = _version(values)
    if version is None or not isinstance(values.get("paths", {}), Mapping):
        return None
    base = values.get("basePath") if version.startswith("2") else _server(values, place)
    path = base.strip("/") if isinstance(base, str) else ""
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


def _values(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if not any(word in text for word in ("openapi", "swagger")) or text.lstrip()[:1] == "<":
        return None  # YAML takes all sorts of text, and is slow
    try:
        return yaml_values(text)
    except ValueError:
        return None


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
        [_url(server) for server in servers if isinstance(server, Mapping)]
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
    url, variables = str(server.get("url", "/")), server.get("variables")
    for name, variable in variables.items() if isinstance(variables, Mapping) else ():
        default = variable.get("default", "") if isinstance(variable, Mapping) else ""
        url = url.replace(f"{{{name}}}", str(default))
    return url


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return "unknown"

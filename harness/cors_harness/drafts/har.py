"""calls_of_har(): the calls of a server that a browser has recorded in a HAR file.

http://www.softwareishard.com/blog/har-12-spec/. Values that may be secret stay out: what a draft
says is put into a repository.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cors_harness.drafts.bodies import (
    FORM_TYPE,
    JSON_TYPE,
    LONGEST,
    RequestBody,
    clean,
    is_json_type,
    json_text,
)
from cors_harness.drafts.given_calls import GivenCall
from cors_harness.drafts.json_samples import JsonObject, items, mapping
from cors_harness.drafts.operation import Operation, pattern_of
from cors_harness.model.survey import Parameter, ParameterKind
from cors_harness.terms.origin import typed_origin
from cors_harness.terms.page_requests import is_header, is_method

STAND_IN = "token"  # for what may be secret
IMPLIED = frozenset(("HEAD", "OPTIONS"))
NO_API = frozenset(("document", "font", "image", "manifest", "media", "script", "stylesheet"))
LONGEST_VALUE = 200
# What browsers send by themselves, beside names that pages cannot send.
_BROWSERS_OWN = frozenset(
    (
        *("accept", "accept-language", "authorization", "cache-control", "content-type", "pragma"),
        *("priority", "purpose", "range", "upgrade-insecure-requests", "user-agent"),
        *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
    )
)
_SECRET = re.compile(
    r"auth(?!or)|token|secret|passw|passphrase|pwd|api[-_]?key|(?:^|[-_])key$|session|csrf|xsrf|signature"
    r"|(?:^|[-_])sig$|credential|jwt|cookie|otp|(?:^|[-_])pin$|(?:^|[-_])code$",
    re.IGNORECASE,
)
_LIKE_A_SECRET = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\bBearer\s+\S+|\b[0-9A-Za-z_-]{40,}\b")
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_VALUE_IN_PATH = re.compile(
    r"\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{16,}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarCalls:
    """What a HAR file has.

    Attributes:
        calls: of the server, each operation once; answered ones first.
        left_out: how many entries are not among them, by the reason.
        elsewhere: how many are for other origins, by these.
    """

    calls: tuple[GivenCall, ...]
    left_out: Mapping[str, int]
    elsewhere: Mapping[str, int]


def calls_of_har(text: str, origins: Collection[str]) -> HarCalls:
    """The calls of the server at one of `origins`, in the text of a HAR file.

    Raises:
        ValueError: it is no HAR file.
    """
    try:
        entries = mapping(mapping(json.loads(text)).get("log"))["entries"]
    except (KeyError, RecursionError) as error:
        raise ValueError("no log.entries in it, or nested too deep") from error
    left_out: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    found: list[tuple[bool, GivenCall]] = []
    for entry in map(mapping, items(entries)):
        request = mapping(entry.get("request"))
        origin = _origin(request)
        if origin not in origins:
            elsewhere[origin] += 1
        elif why := _why_left_out(entry, request):
            left_out[why] += 1
        else:
            found.append((_is_ok(entry), GivenCall(operation=_operation(request), is_seen=True)))
    found.sort(key=lambda pair: not pair[0])  # stable
    calls = {_key(call.operation): call for _, call in reversed(found)}
    ordered = tuple(reversed(calls.values()))
    return HarCalls(calls=ordered, left_out=left_out, elsewhere=elsewhere)


def _key(operation: Operation) -> tuple[str, str]:
    return operation.method, operation.template


def _is_ok(entry: JsonObject) -> bool:
    status = mapping(entry.get("response")).get("status")
    return isinstance(status, int) and 200 <= status < 300


def _origin(request: JsonObject) -> str:
    """The origin that it is for; `?` where its URL is none of http."""
    try:
        parts = urlsplit(str(request.get("url")))
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        return str(typed_origin(f"{scheme}://{parts.netloc.rpartition('@')[2]}"))
    except ValueError:
        return "?"


def _why_left_out(entry: JsonObject, request: JsonObject) -> str:
    kind, response = entry.get("_resourceType"), mapping(entry.get("response"))
    content = str(mapping(response.get("content")).get("mimeType", ""))
    method = str(request.get("method", "")).upper()
    if kind == "websocket" or str(request.get("url"))[:2] == "ws" or response.get("status") == 101:
        return "WebSocket"
    if kind == "eventsource" or content.startswith("text/event-stream"):
        return "stream of events"
    if kind in NO_API or (kind is None and re.match(r"(?:image|font)/|text/css", content)):
        return "page, script or image"
    return "preflight or the like" if method in IMPLIED or not is_method(method) else ""


def _operation(request: JsonObject) -> Operation:
    parts = urlsplit(str(request["url"]))
    segments = [_safe_segment(segment) for segment in (parts.path or "/").split("/")]
    template, parameters = _template(segments)
    query = urlencode(list(_safe_pairs(parse_qsl(parts.query, keep_blank_values=True))))
    path = "/".join(segments)
    headers = list(_headers(request))
    body = _body(mapping(request.get("postData")))
    method = str(request.get("method")).upper()
    return Operation(
        method=method,
        template=template,
        pattern=pattern_of(template, parameters),
        path=f"{path}?{query}" if query else path,
        body=body.text if body and method != "GET" else None,
        content_type=body.content_type if body else JSON_TYPE,
        headers=tuple((name, value) for name, value in headers if name.lower() != "authorization"),
        authorized=any(name.lower() == "authorization" for name, _ in headers),
    )


def _safe_segment(segment: str) -> str:
    return re.sub(r"[^!-z|~]", "-", _LIKE_A_SECRET.sub(STAND_IN, segment))


def _template(segments: Iterable[str]) -> tuple[str, dict[str, Parameter]]:
    """The path with a parameter for each segment that looks like a value."""
    parameters: dict[str, Parameter] = {}
    parts: list[str] = []
    for segment in segments:
        if _VALUE_IN_PATH.fullmatch(segment):
            name = f"id{len(parameters) + 1}" if parameters else "id"
            kind = ParameterKind.INT if segment.isdigit() else ParameterKind.TEXT
            parameters[name] = Parameter(name=name, kind=kind)
            parts.append(f"{{{name}}}")
        else:
            parts.append(segment)
    return "/".join(parts), parameters


def _headers(request: JsonObject) -> Iterator[tuple[str, str]]:
    """Headers that the page itself has given; Authorization without its value."""
    for header in map(mapping, items(request.get("headers"))):
        name, value = str(header.get("name", "")), str(header.get("value", ""))
        if name.lower() == "authorization":
            yield "Authorization", ""
        elif is_header(name, value) and name.lower() not in _BROWSERS_OWN:
            is_long = len(value) > LONGEST_VALUE
            yield name, clean(" ".join(_safe(name, STAND_IN if is_long else value).split()))


def _safe(name: str, value: str) -> str:
    """The value of what has that name, or a stand-in where it may be secret."""
    return STAND_IN if _SECRET.search(name) else _LIKE_A_SECRET.sub(STAND_IN, value)


def _safe_pairs(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((name, _safe(name, value)) for name, value in pairs)


def _safe_json(value: Any, name: str = "") -> Any:
    match value:
        case dict():
            return {key: _safe_json(each, key) for key, each in value.items()}
        case list():
            return [_safe_json(each, name) for each in value]
        case str():
            return _safe(name, value)
        case int() | float() if not isinstance(value, bool) and _SECRET.search(name):
            return 0
        case _:
            return value


def _body(data: JsonObject) -> RequestBody | None:
    """The body without secrets; None: there is none, or none that is text."""
    text, content_type = str(data.get("text") or ""), str(data.get("mimeType") or "")
    if content_type.startswith(FORM_TYPE):
        fields = map(mapping, items(data.get("params")))
        listed = [(str(field.get("name")), str(field.get("value"))) for field in fields]
        pairs = listed or parse_qsl(text, keep_blank_values=True)
        return RequestBody(text=urlencode(list(_safe_pairs(pairs))), content_type=FORM_TYPE)
    if not text or content_type.startswith("multipart/"):
        return None
    essence = content_type.partition(";")[0].strip().lower()
    essence = essence if _TYPE.fullmatch(essence) else "text/plain"
    try:
        body = json_text(_safe_json(json.loads(text)))
    except (ValueError, RecursionError):
        body = "{}" if is_json_type(essence) else clean(_LIKE_A_SECRET.sub(STAND_IN, text))
    if len(body) > LONGEST:
        body = "{}" if is_json_type(essence) else body[:LONGEST]
    return RequestBody(text=body, content_type=essence)

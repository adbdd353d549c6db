"""RecordedRequest: a request that was made once, as a page may make it again in a scenario.

Requests have the keys of a HAR file, http://www.softwareishard.com/blog/har-12-spec/#request,
wherever they come from. Values that may be secret stay out: what a draft says is put into a
repository.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
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
from cors_harness.drafts.json_samples import JsonObject, items, mapping
from cors_harness.drafts.operation import Operation, pattern_of
from cors_harness.model.survey import Parameter, ParameterKind
from cors_harness.terms.origin import Origin, is_origin, parse_origin, typed_origin
from cors_harness.terms.page_requests import is_header, normalized
from cors_harness.terms.refused_value import RefusedValue
from cors_harness.terms.secret_names import is_secret_parameter

STAND_IN = "token"  # for what may be secret
LONGEST_VALUE = 200
# What browsers send by themselves, beside names that pages cannot send.
_BROWSERS_OWN = frozenset(
    (
        *("accept", "accept-language", "authorization", "cache-control", "content-type", "pragma"),
        *("priority", "purpose", "range", "upgrade-insecure-requests", "user-agent"),
        *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
    )
)
_LIKE_A_SECRET = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\bBearer\s+\S+|\b[0-9A-Za-z_-]{40,}\b")
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_VALUE_IN_PATH = re.compile(
    r"\d+|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{16,}"
)

SANDBOXED = "sandboxed-frame"  # the place of a page whose origin is `null`


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request without secrets, and what of it is no part of a scenario.

    Attributes:
        server: the origin that was called.
        page: the origin of the page that called it, or `sandboxed-frame`; empty: it is not known,
            or it is the server's own.
        credentials: whether a cookie was sent.
        left_out: names of headers that browsers set by themselves.
        remarks: sentences on what was turned into something else.
    """

    operation: Operation
    server: Origin
    page: str
    credentials: bool
    left_out: tuple[str, ...]
    remarks: tuple[str, ...]


def recorded_request(request: JsonObject) -> RecordedRequest:
    """What a scenario takes over of a request with the keys of a HAR file.

    Raises:
        RefusedValue: its URL is none of http or https, or has no host.
    """
    server = server_of(request)
    page, of_page = _page(request, server)
    cookies = _values(request, "cookie") or items(request.get("cookies"))
    by_cookie = ("Cookie: the page sends cookies, by `credentials: include`",) if cookies else ()
    return RecordedRequest(
        operation=sent_operation(request),
        server=server,
        page=page,
        credentials=bool(cookies),
        left_out=tuple(_left_out(request)),
        remarks=(*of_page, *by_cookie, *_stand_ins(request), *_lost_body(request)),
    )


def perhaps_secret(operation: Operation) -> tuple[str, ...]:
    """What of an operation may be secret, by its name or by its looks, and is no stand-in."""
    headers = [{"name": name, "value": value} for name, value in operation.headers]
    data = {"text": operation.body or "", "mimeType": operation.content_type}
    request = {"url": operation.path, "headers": headers, "postData": data}
    return tuple(dict.fromkeys(_with_stand_ins(request)))


def server_of(request: JsonObject) -> Origin:
    """The origin that a request is for, also of a WebSocket; raises RefusedValue."""
    url = str(request.get("url"))
    try:
        parts = urlsplit(url)
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        return typed_origin(f"{scheme}://{parts.netloc.rpartition('@')[2]}")
    except ValueError as error:
        shown = url.partition("?")[0].rpartition("@")[2][:LONGEST_VALUE]
        expected = "http:// or https:// and a host, such as https://api.example.org/orders"
        raise RefusedValue(f"the URL {shown!r}", expected) from error


def _values(request: JsonObject, name: str) -> list[str]:
    headers = map(mapping, items(request.get("headers")))
    return [str(one.get("value", "")) for one in headers if str(one.get("name")).lower() == name]


def _page(request: JsonObject, server: Origin) -> tuple[str, tuple[str, ...]]:
    """The page that made the request, and what there is to say of it.

    Where a preflight was refused the request was never sent, and what browsers show of it has a
    `Referer` and no `Origin`.
    """
    header, origin = "Origin", next(iter(_values(request, "origin")), "")
    if not origin:
        header, origin = "Referer", _origin_of_url(next(iter(_values(request, "referer")), ""))
    if origin == "null":
        return SANDBOXED, ("Origin: null is what a sandboxed frame sends: `page: sandboxed-frame`",)
    if not is_origin(origin):
        found = clean(origin)[:LONGEST_VALUE]
        return "", (f"Origin: {found} is left out: no page can be there",) if origin else ()
    if parse_origin(origin) == server:
        return "", (
            f"{header}: {origin} is the server's own: its pages need no CORS, so the page is one "
            "of another origin",
        )
    return origin, (f"{header}: the page is on {origin}",)


def _origin_of_url(url: str) -> str:
    """The origin of a URL; empty where browsers can have no page there."""
    match = re.match(r"https?://[^/?#]+", url)
    return match[0] if match and is_origin(match[0]) else ""


def _left_out(request: JsonObject) -> Iterator[str]:
    """Names of headers that are the browser's own, each once, as they were written."""
    turned = {"origin", "cookie", "authorization", "content-type"}
    names: dict[str, str] = {}
    for header in map(mapping, items(request.get("headers"))):
        name, value = str(header.get("name", "")), str(header.get("value", ""))
        lower = name.lower()
        if lower not in turned and (lower in _BROWSERS_OWN or not is_header(name, value)):
            names.setdefault(lower, clean(name))
    yield from names.values()


def _stand_ins(request: JsonObject) -> Iterator[str]:
    """That something may be secret, and is not taken over."""
    names = list(_with_stand_ins(request))
    if names:
        yield f"stand-ins are in place of what may be secret: {', '.join(dict.fromkeys(names))}"


def _with_stand_ins(request: JsonObject) -> Iterator[str]:
    parts = urlsplit(str(request["url"]))
    if any(_LIKE_A_SECRET.search(segment) for segment in parts.path.split("/")):
        yield "the path"
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    yield from (f"{name} in the query" for name, value in pairs if _safe(name, value) != value)
    for header in map(mapping, items(request.get("headers"))):
        name, value = str(header.get("name", "")), str(header.get("value", ""))
        is_own = name.lower() in _BROWSERS_OWN - {"authorization"} or not is_header(name, value)
        if not is_own and (name.lower() == "authorization" or _safe(name, value) != value):
            yield clean(name)
    if _is_secret_body(mapping(request.get("postData"))):
        yield "the body"


def _is_secret_body(data: JsonObject) -> bool:
    text = str(data.get("text") or "")
    if pairs := _form(data):
        return any(_safe(name, value) != value for name, value in pairs)
    try:
        value = json.loads(text)
        return bool(_safe_json(value) != value)
    except (ValueError, RecursionError):
        return _LIKE_A_SECRET.search(text) is not None


def _lost_body(request: JsonObject) -> Iterator[str]:
    """That a body is not what was sent, where it had to be given up."""
    data = mapping(request.get("postData"))
    text, body = str(data.get("text") or ""), sent_body(data)
    if body is None:
        if text or data.get("params"):
            yield "the body is left out: it is in parts, with files perhaps"
    elif not _form(data):
        if body.text == "{}" and "".join(text.split()) != "{}":
            yield "the body is {}: what was sent is too long, or no JSON though it says so"
        elif len(body.text) == LONGEST < len(text):
            yield f"the body is cut after {LONGEST} characters"
        if not _is_json(text) and not body.is_json and clean(text) != text:
            yield "? is in the body for braces, and for what is not ASCII"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def sent_operation(request: JsonObject) -> Operation:
    """The operation that a request is, without secrets; `request` has the keys of a HAR file."""
    parts = urlsplit(str(request["url"]))
    segments = [_safe_segment(segment) for segment in (parts.path or "/").split("/")]
    template, parameters = _template(segments)
    query = _encoded(_safe_pairs(parse_qsl(parts.query, keep_blank_values=True)))
    path = "/".join(segments)
    headers = list(_headers(request))
    body = sent_body(mapping(request.get("postData")))
    method = normalized(str(request.get("method")))
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
    return STAND_IN if is_secret_parameter(name) else _LIKE_A_SECRET.sub(STAND_IN, value)


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
        case int() | float() if not isinstance(value, bool) and is_secret_parameter(name):
            return 0
        case _:
            return value


def _encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """As in a query; a file may have half a surrogate pair, which no bytes are."""
    return urlencode(list(pairs), errors="replace")


def sent_body(data: JsonObject) -> RequestBody | None:
    """The body without secrets; None: there is none, or none that is text."""
    text, content_type = str(data.get("text") or ""), str(data.get("mimeType") or "")
    if pairs := _form(data):
        return RequestBody(text=_encoded(_safe_pairs(pairs)), content_type=FORM_TYPE)
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


def _form(data: JsonObject) -> Sequence[tuple[str, str]]:
    """The fields of a form; none where it is no form, whatever its type says."""
    text, content_type = str(data.get("text") or ""), str(data.get("mimeType") or "")
    if not content_type.startswith(FORM_TYPE):
        return ()
    fields = map(mapping, items(data.get("params")))
    listed = [(str(field.get("name")), str(field.get("value"))) for field in fields]
    if listed or "=" not in text or text.lstrip().startswith(("{", "[")):
        return listed
    return parse_qsl(text, keep_blank_values=True)

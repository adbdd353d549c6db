"""calls_of_har(): the calls of a server that a browser has recorded in a HAR file.

http://www.softwareishard.com/blog/har-12-spec/. Values that may be secret stay out: what a draft
says is put into a repository.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from cors_harness.drafts.given_calls import GivenCall
from cors_harness.drafts.json_samples import JsonObject, mapping
from cors_harness.drafts.operation import Operation
from cors_harness.drafts.recorded_request import (
    RecordedRequest,
    recorded_request,
    sent_operation,
    server_of,
)
from cors_harness.terms.page_requests import is_method
from cors_harness.text.json_values import (
    BOM,
    MIB,
    JsonError,
    JsonFlaw,
    JsonLimits,
    json_text_of,
    json_value,
)
from cors_harness.text.typed_json import JsonDecoder, kind_of_json

LIMITS = JsonLimits(most_bytes=128 * MIB)
NO_ENTRY = "that are no HAR entries"

IMPLIED = frozenset(("HEAD", "OPTIONS"))
NO_API = frozenset(("document", "font", "image", "manifest", "media", "script", "stylesheet"))


class _HarNamedShape(Struct):
    name: str
    value: str | None = None


class _HarPostDataShape(Struct):
    mimeType: str | None = None  # noqa: N815 - as in the file
    text: str | None = None
    params: list[_HarNamedShape] | None = None


class _HarRequestShape(Struct):
    method: str
    url: str
    headers: list[_HarNamedShape] | None = None
    cookies: list[_HarNamedShape] | None = None
    postData: _HarPostDataShape | None = None  # noqa: N815 - as in the file


class _HarContentShape(Struct):
    mimeType: str | None = None  # noqa: N815 - as in the file


class _HarResponseShape(Struct):
    status: int | None = None
    content: _HarContentShape | None = None


class _HarEntryShape(Struct):
    """What is looked at of an entry."""

    request: _HarRequestShape
    response: _HarResponseShape | None = None
    resource_type: str | None = field(name="_resourceType", default=None)


class _HarLogShape(Struct):
    entries: list[Raw]


class _HarHarShape(Struct):
    log: _HarLogShape


_ENTRY = JsonDecoder(_HarEntryShape, LIMITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarCalls:
    """What a HAR file has.

    Attributes:
        calls: of the server, each operation once; answered ones first.
        left_out: how many entries are not among them, by the reason.
        elsewhere: how many are for other origins, by these.
        wrong: what is wrong with the first entry that is none, and where; None: all are.
    """

    calls: tuple[GivenCall, ...]
    left_out: Mapping[str, int]
    elsewhere: Mapping[str, int]
    wrong: JsonFlaw | None = None


def calls_of_har(data: bytes, origins: Collection[str]) -> HarCalls:
    """The calls of the server at one of `origins`, in a HAR file.

    Raises:
        JsonError: it is no HAR file; what is wrong, and where.
    """
    left_out: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    found: list[tuple[bool, GivenCall]] = []
    wrong: JsonFlaw | None = None
    for number, value in enumerate(_entries(data)):
        if isinstance(entry := _entry(value), JsonError):
            left_out[NO_ENTRY] += 1
            wrong = wrong or _flaw_in_file(number, entry, data)
            continue
        request = mapping(entry.get("request"))
        origin = _origin(request)
        if origin not in origins:
            elsewhere[origin] += 1
        elif why := _why_left_out(entry, request):
            left_out[why] += 1
        else:
            found.append(
                (_is_ok(entry), GivenCall(operation=sent_operation(request), is_seen=True))
            )
    found.sort(key=lambda pair: not pair[0])  # stable
    calls = {_key(call.operation): call for _, call in reversed(found)}
    ordered = tuple(reversed(calls.values()))
    return HarCalls(calls=ordered, left_out=left_out, elsewhere=elsewhere, wrong=wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class HarRequests:
    """The calls in a HAR file, of whatever servers.

    Attributes:
        calls: each once; answered ones first.
        no_entries: how many entries are none.
        wrong: as HarCalls has it.
    """

    calls: tuple[RecordedRequest, ...]
    no_entries: int = 0
    wrong: JsonFlaw | None = None


def requests_of_har(data: bytes) -> HarRequests:
    """The calls in a HAR file.

    Raises:
        JsonError: it is no HAR file; what is wrong, and where.
    """
    found: list[tuple[bool, RecordedRequest]] = []
    flaws: list[tuple[int, JsonError]] = []
    for number, value in enumerate(_entries(data)):
        if isinstance(entry := _entry(value), JsonError):
            flaws.append((number, entry))
            continue
        request = mapping(entry.get("request"))
        if _origin(request) != "?" and not _why_left_out(entry, request):
            found.append((_is_ok(entry), recorded_request(request)))
    found.sort(key=lambda pair: not pair[0])  # stable
    calls = _first_by(
        (call for _, call in found), lambda call: (call.operation.method, call.operation.path)
    )
    wrong = _flaw_in_file(*flaws[0], data) if flaws else None
    return HarRequests(calls=calls, no_entries=len(flaws), wrong=wrong)


def of_each_operation(calls: Iterable[RecordedRequest]) -> tuple[RecordedRequest, ...]:
    """The first call of each method on each route."""
    return _first_by(calls, lambda call: _key(call.operation))


def _first_by(
    calls: Iterable[RecordedRequest], key: Callable[[RecordedRequest], tuple[str, str]]
) -> tuple[RecordedRequest, ...]:
    first: dict[tuple[str, str, str], RecordedRequest] = {}
    for call in calls:
        first.setdefault((str(call.server), *key(call)), call)
    return tuple(first.values())


def _entries(data: bytes) -> Iterator[Any]:
    """The entries, whatever they are; one at a time, as the responses in them may be long."""
    try:
        quick = msgspec.json.decode(data.removeprefix(BOM), type=_HarHarShape).log.entries
        return (json_value(bytes(each), LIMITS) for each in quick)
    except (msgspec.DecodeError, ValueError, RecursionError):  # UnicodeDecodeError, too
        pass
    entries = json_value(data, LIMITS)
    for path, key in (("", "log"), ("log", "entries")):
        if not isinstance(entries, Mapping) or key not in entries:
            raise _flawed(path, entries, f"an object with {key}", data)
        entries = entries[key]
    if not isinstance(entries, list):
        raise _flawed("log.entries", entries, "a list", data)
    return iter(entries)


def _flawed(path: str, value: Any, expected: str, data: bytes) -> JsonError:
    flaw = JsonFlaw(path=path, found=kind_of_json(value), expected=expected)
    return JsonError([flaw.placed_in(json_text_of(data, LIMITS))])


def _flaw_in_file(number: int, error: JsonError, data: bytes) -> JsonFlaw:
    """What is wrong with an entry, with its place in the file."""
    flaw = error.flaws[0]
    path = f"log.entries[{number}]"
    flaw = replace(flaw, path=f"{path}.{flaw.path}" if flaw.path else path)
    return flaw.placed_in(json_text_of(data, LIMITS))


def _entry(value: Any) -> JsonObject | JsonError:
    """The entry; what is wrong with it where it is none."""
    try:
        _ENTRY.convert(value)
    except JsonError as error:
        return error
    return mapping(value)


def _key(operation: Operation) -> tuple[str, str]:
    return operation.method, operation.template


def _is_ok(entry: JsonObject) -> bool:
    status = mapping(entry.get("response")).get("status")
    return isinstance(status, int) and 200 <= status < 300


def _origin(request: JsonObject) -> str:
    """The origin that it is for; `?` where its URL is none of http."""
    try:
        return str(server_of(request))
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

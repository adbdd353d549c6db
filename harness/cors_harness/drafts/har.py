"""calls_of_har(): the calls of a server that a browser has recorded in a HAR file.

http://www.softwareishard.com/blog/har-12-spec/. Values that may be secret stay out: what a draft
says is put into a repository.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cors_harness.drafts.given_calls import GivenCall
from cors_harness.drafts.json_samples import JsonObject, items, mapping
from cors_harness.drafts.operation import Operation
from cors_harness.drafts.recorded_request import (
    RecordedRequest,
    recorded_request,
    sent_operation,
    server_of,
)
from cors_harness.terms.page_requests import is_method

IMPLIED = frozenset(("HEAD", "OPTIONS"))
NO_API = frozenset(("document", "font", "image", "manifest", "media", "script", "stylesheet"))


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
    left_out: Counter[str] = Counter()
    elsewhere: Counter[str] = Counter()
    found: list[tuple[bool, GivenCall]] = []
    for entry in _entries(text):
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
    return HarCalls(calls=ordered, left_out=left_out, elsewhere=elsewhere)


def requests_of_har(text: str) -> tuple[RecordedRequest, ...]:
    """The calls in the text of a HAR file, of whatever servers; each once, answered ones first.

    Raises:
        ValueError: it is no HAR file.
    """
    found: list[tuple[bool, RecordedRequest]] = []
    for entry in _entries(text):
        request = mapping(entry.get("request"))
        if _origin(request) != "?" and not _why_left_out(entry, request):
            found.append((_is_ok(entry), recorded_request(request)))
    found.sort(key=lambda pair: not pair[0])  # stable
    return _first_by(
        (call for _, call in found), lambda call: (call.operation.method, call.operation.path)
    )


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


def _entries(text: str) -> Iterator[JsonObject]:
    try:
        entries = mapping(mapping(json.loads(text)).get("log"))["entries"]
    except (KeyError, RecursionError) as error:
        raise ValueError("no log.entries in it, or nested too deep") from error
    return map(mapping, items(entries))


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

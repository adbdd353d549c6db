"""Words for changes: what a call is called, and what two steps differ in on the wire."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cors_harness.changes.alignment import aligned
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, Pairs, StepFacts

NONE = "(none)"
ALLOW_ORIGIN = "access-control-allow-origin"  # what people look for first
# Only the response to a preflight has these, so that nobody asks which response is meant.
ON_PREFLIGHTS = frozenset(
    {
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-private-network",
        "access-control-max-age",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WireDifference:
    """One thing that is otherwise on the wire.

    Attributes:
        facet: a header's name, `status`, `requests`, `credentials` or `sent HEADER`.
        text: before and after, as a reader sees it.
        preflight: whether it is about a preflight and has to say so.
    """

    facet: str
    text: str
    preflight: bool = False


def call(*steps: StepFacts) -> str:
    """What the page asked for: `PUT /orders`, as the first of `steps` that sent anything has it."""
    first = next((step.wire[0] for step in steps if step.wire), None)
    if first is None:
        return "its call"
    method = dict(first.asks).get("access-control-request-method", first.method)
    preflight = first.kind is ExchangeKind.PREFLIGHT
    return _with_place(method if preflight else first.method, first)


def differences(before: StepFacts, after: StepFacts) -> tuple[WireDifference, ...]:
    """Everything that is otherwise on the wire, each thing once."""
    found: dict[WireDifference, None] = {}
    for one, other in aligned(before.wire, after.wire):
        found.update(dict.fromkeys(_between(one, other)))
    # What is the same for preflight and request is said once.
    return tuple(
        replace(each, text=f"preflight {each.text}") if each.preflight else each
        for each in found
        if not each.preflight or replace(each, preflight=False) not in found
    )


def values(pairs: Pairs, name: str) -> tuple[str, ...]:
    """The values of header `name`, which is in lower case."""
    return tuple(value for each, value in pairs if each == name)


def title(name: str) -> str:
    """A header's name as people write it."""
    return name.title()


def _between(before: ExchangeFacts | None, after: ExchangeFacts | None) -> Iterator[WireDifference]:
    if before is not None and after is not None:
        yield from _of_pair(before, after, preflight=before.kind is ExchangeKind.PREFLIGHT)
    elif after is not None:
        text = f"now sent: {_request(after)}, answered {_status(after)}"
        yield WireDifference(facet="requests", text=text)
    elif before is not None:
        yield WireDifference(facet="requests", text=f"no longer sent: {_request(before)}")


def _of_pair(
    before: ExchangeFacts, after: ExchangeFacts, *, preflight: bool
) -> Iterator[WireDifference]:
    if _request(before) != _request(after):
        text = f"sent: {_request(before)} -> {_request(after)}"
        yield WireDifference(facet="requests", text=text)
    if before.status != after.status:
        text = f"answered {_status(before)} -> {_status(after)}"
        yield WireDifference(facet="status", text=text, preflight=preflight)
    for name, text in _of_headers(before.answers, after.answers):
        says_so = preflight and name not in ON_PREFLIGHTS
        yield WireDifference(facet=name, text=text, preflight=says_so)
    for name, text in _of_headers(before.asks, after.asks):
        yield WireDifference(facet=f"sent {name}", text=f"sent {text}")
    if before.credentialed != after.credentialed:
        text = f"{_request(after)} {'with' if after.credentialed else 'without'} credentials"
        yield WireDifference(facet="credentials", text=text)


def _of_headers(before: Pairs, after: Pairs) -> Iterator[tuple[str, str]]:
    names = {name for name, _ in before + after}
    for name in sorted(names, key=lambda name: (name != ALLOW_ORIGIN, name)):
        had, has = values(before, name), values(after, name)
        if had != has:
            yield name, f"{title(name)}: {_shown(had)} -> {_shown(has)}"


def _shown(found: tuple[str, ...]) -> str:
    """Absent is not empty, and twice is not once."""
    if not found:
        return NONE
    shown = [value or '""' for value in found]
    return shown[0] if len(shown) == 1 else f"{' and '.join(shown)} ({len(shown)} times)"


def _request(each: ExchangeFacts) -> str:
    words = "preflight " if each.kind is ExchangeKind.PREFLIGHT else ""
    return words + _with_place(each.method, each)


def _with_place(method: str, each: ExchangeFacts) -> str:
    return f"{method} {each.target}" + (f" at {each.at}" if each.at != "server" else "")


def _status(each: ExchangeFacts) -> str:
    return "nothing" if each.status is None else str(each.status)

"""wire_lines() and differences(): what differs on the wire between two runs of a step.

Lines say the same for changes of the same kind: a value that is the page's own origin stands as
PAGE_ORIGIN, and what a request that was not sent before was answered is not part of a line.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, StepFacts, TextPairs
from cors_harness.model.change import Facet, FacetKind
from cors_harness.model.scenario import Outcome

Aligned = tuple[ExchangeFacts | None, ExchangeFacts | None]
_Key = Callable[[ExchangeFacts], object]


def aligned(before: Sequence[ExchangeFacts], after: Sequence[ExchangeFacts]) -> tuple[Aligned, ...]:
    """Every exchange once, in wire order, None beside one that only one side has.

    Those of one kind to one place are together by method and target, what is left by its turn.
    """
    pairs = dict(_pairs(enumerate(before), enumerate(after), _request_of))
    gone = [each for each in enumerate(before) if each[0] not in pairs]
    new = [each for each in enumerate(after) if each[0] not in pairs.values()]
    pairs |= _pairs(gone, new, _position)
    found = [(after_at, at, (before[at], after[after_at])) for at, after_at in pairs.items()]
    alone: list[tuple[int, int, Aligned]] = [
        (at, at, (each, None)) for at, each in gone if at not in pairs
    ]
    alone += [(at, at, (None, each)) for at, each in new if at not in pairs.values()]
    return tuple(pair for *_, pair in sorted([*found, *alone], key=lambda each: each[:2]))


def _pairs(
    before: Iterable[tuple[int, ExchangeFacts]],
    after: Iterable[tuple[int, ExchangeFacts]],
    key: _Key,
) -> Iterator[tuple[int, int]]:
    """(place before, place after) of exchanges with the same key, each once."""
    waiting: defaultdict[object, deque[int]] = defaultdict(deque)
    for at, each in after:
        waiting[key(each)].append(at)
    for at, each in before:
        if alike := waiting[key(each)]:
            yield at, alike.popleft()


def _request_of(each: ExchangeFacts) -> object:
    return *_position(each), each.method, each.target


def _position(each: ExchangeFacts) -> tuple[object, ...]:
    return each.kind, each.role


PAGE_ORIGIN = "the page's origin"
MISSING, EMPTY, NOT_SENT, SENT, NOT_ASKED = "missing", "(empty)", "not sent", "sent", "not asked"
# Differences in other headers come along with these and do not tell changes apart.
DECIDING = ("status", "sent", "credentials", "method", "location", "result", "reads")
NO_REASON = "none"
LOOKED_AT_FIRST = ("access-control-allow-credentials", "access-control-allow-origin")


@dataclass(frozen=True, slots=True, kw_only=True)
class WireLine:
    """One difference.

    Attributes:
        place: `preflight`, `request` (`request at other` for another server) or `page`.
        what: `status`, `sent`, the name of a header, `reads NAME` for what page code can read...
    """

    place: str
    what: str
    before: str
    after: str

    @property
    def is_deciding(self) -> bool:
        """Whether it tells one kind of change from another."""
        word = self.what.partition(" ")[0]
        return word in DECIDING or word.startswith("access-control-")


def wire_lines(
    before: StepFacts | None, after: StepFacts | None, origin: str
) -> tuple[WireLine, ...]:
    """Every difference, in wire order, those of the page last; `origin` is the page's.

    A step that only one side has is one line.
    """
    if before is None or after is None:
        had, has = (NOT_ASKED if step is None else step.outcome.value for step in (before, after))
        return (WireLine(place="page", what="result", before=had, after=has),)
    return (*_exchanges(before.wire, after.wire, origin), *_page(before, after))


def _exchanges(
    before: Sequence[ExchangeFacts], after: Sequence[ExchangeFacts], origin: str
) -> Iterator[WireLine]:
    for one, other in aligned(before, after):
        if one and other:
            yield from _exchange(one, other, origin)
        elif one:
            yield WireLine(place=_place(one), what="sent", before=SENT, after=NOT_SENT)
        elif other:
            yield WireLine(place=_place(other), what="sent", before=NOT_SENT, after=SENT)


def _place(each: ExchangeFacts) -> str:
    return each.kind.value if each.role == "server" else f"{each.kind.value} at {each.role}"


def _exchange(before: ExchangeFacts, after: ExchangeFacts, origin: str) -> Iterator[WireLine]:
    differing = (
        ("method", before.method, after.method),
        ("target", before.target, after.target),
        ("credentials", _sent(before.with_credentials), _sent(after.with_credentials)),
        *_headers(before.request_headers, after.request_headers, origin),
        ("status", _status_line(before), _status_line(after)),
        *_headers(before.response_headers, after.response_headers, origin),
    )
    for what, had, has in differing:
        if had != has:
            yield WireLine(place=_place(after), what=what, before=had, after=has)


def _sent(with_credentials: bool) -> str:  # noqa: FBT001 - a fact
    return SENT if with_credentials else NOT_SENT


def _status_line(each: ExchangeFacts) -> str:
    return "no response" if each.status is None else str(each.status)


def _headers(before: TextPairs, after: TextPairs, origin: str) -> Iterator[tuple[str, str, str]]:
    """(name, before, after) of every header, in lower case, what browsers look at first first."""
    names = {name for name, _ in (*before, *after)}
    for name in sorted(names, key=lambda name: (name not in LOOKED_AT_FIRST, name)):
        yield name, _value(before, name, origin), _value(after, name, origin)


def _value(pairs: TextPairs, name: str, origin: str) -> str:
    return values_text([PAGE_ORIGIN if value == origin else value for value in values(pairs, name)])


def values_text(found: Sequence[str]) -> str:
    """The values of a header as all reports show them: absent is not empty, twice is not once."""
    headers = f" ({len(found)} headers)" if len(found) > 1 else ""
    return (", ".join(value or EMPTY for value in found) or MISSING) + headers


def _page(before: StepFacts, after: StepFacts) -> Iterator[WireLine]:
    differing = (
        ("result", before.outcome.value, after.outcome.value),
        ("reason", before.reason or NO_REASON, after.reason or NO_REASON),
    )
    for what, had, has in differing:
        if had != has:
            yield WireLine(place="page", what=what, before=had, after=has)
    if before.outcome is after.outcome is Outcome.ALLOWED:
        for name in sorted({*before.readable} ^ {*after.readable}):
            had, has = ("yes" if name in each.readable else "no" for each in (before, after))
            yield WireLine(place="page", what=f"reads {name}", before=had, after=has)


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
        facet: of kind REQUESTS, STATUS, CREDENTIALS, REQUEST_HEADER or RESPONSE_HEADER.
        text: before and after, as a reader sees it.
        preflight: whether it is about a preflight and has to say so.
    """

    facet: Facet
    text: str
    preflight: bool = False


def call(*steps: StepFacts) -> str:
    """What the page asked for: `PUT /orders`, as the first of `steps` that sent anything has it."""
    first = next((step.wire[0] for step in steps if step.wire), None)
    if first is None:
        return "its call"
    method = dict(first.request_headers).get("access-control-request-method", first.method)
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


def values(pairs: TextPairs, name: str) -> tuple[str, ...]:
    """The values of header `name`, which is in lower case."""
    return tuple(value for header, value in pairs if header == name)


def title(name: str) -> str:
    """A header's name as people write it."""
    return name.title()


def _between(before: ExchangeFacts | None, after: ExchangeFacts | None) -> Iterator[WireDifference]:
    if before is not None and after is not None:
        yield from _of_pair(before, after, preflight=before.kind is ExchangeKind.PREFLIGHT)
    elif after is not None:
        text = f"now sent: {_request(after)}, answered {_status(after)}"
        yield WireDifference(facet=Facet(kind=FacetKind.REQUESTS), text=text)
    elif before is not None:
        yield WireDifference(
            facet=Facet(kind=FacetKind.REQUESTS), text=f"no longer sent: {_request(before)}"
        )


def _of_pair(
    before: ExchangeFacts, after: ExchangeFacts, *, preflight: bool
) -> Iterator[WireDifference]:
    if _request(before) != _request(after):
        text = f"sent: {_request(before)} -> {_request(after)}"
        yield WireDifference(facet=Facet(kind=FacetKind.REQUESTS), text=text)
    if before.status != after.status:
        text = f"answered {_status(before)} -> {_status(after)}"
        yield WireDifference(facet=Facet(kind=FacetKind.STATUS), text=text, preflight=preflight)
    for name, text in _of_headers(before.response_headers, after.response_headers):
        says_so = preflight and name not in ON_PREFLIGHTS
        yield WireDifference(
            facet=Facet(kind=FacetKind.RESPONSE_HEADER, header=name), text=text, preflight=says_so
        )
    for name, text in _of_headers(before.request_headers, after.request_headers):
        yield WireDifference(
            facet=Facet(kind=FacetKind.REQUEST_HEADER, header=name), text=f"sent {text}"
        )
    if before.with_credentials != after.with_credentials:
        text = f"{_request(after)} {'with' if after.with_credentials else 'without'} credentials"
        yield WireDifference(facet=Facet(kind=FacetKind.CREDENTIALS), text=text)


def _of_headers(before: TextPairs, after: TextPairs) -> Iterator[tuple[str, str]]:
    names = {name for name, _ in (*before, *after)}
    for name in sorted(names, key=lambda name: (name != ALLOW_ORIGIN, name)):
        had, has = values(before, name), values(after, name)
        if had != has:
            yield name, f"{title(name)}: {values_text(had)} -> {values_text(has)}"


def _request(each: ExchangeFacts) -> str:
    words = "preflight " if each.kind is ExchangeKind.PREFLIGHT else ""
    return words + _with_place(each.method, each)


def _with_place(method: str, each: ExchangeFacts) -> str:
    return f"{method} {each.target}" + (f" at {each.role}" if each.role != "server" else "")


def _status(each: ExchangeFacts) -> str:
    return "nothing" if each.status is None else str(each.status)

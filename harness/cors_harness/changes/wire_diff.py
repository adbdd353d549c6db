"""wire_diff(): what differs on the wire, and for the page, between two runs of a step.

What a request that was not sent before got for an answer is no difference: there is nothing to
compare it with.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, StepFacts, TextPairs
from cors_harness.model.change import Facet, FacetKind, SentRequest, WireDifference, WirePart
from cors_harness.model.scenario import Outcome
from cors_harness.terms.role import Role

Aligned = tuple[ExchangeFacts | None, ExchangeFacts | None]
_Key = Callable[[ExchangeFacts], object]
YES, NO = ("yes",), ()
# Stands for a value that is the page's origin, where pages with other origins are compared.
PAGE_ORIGIN = "the page's origin"
# What browsers and people look at first.
LOOKED_AT_FIRST = ("access-control-allow-credentials", "access-control-allow-origin")


def wire_diff(before: StepFacts | None, after: StepFacts | None) -> tuple[WireDifference, ...]:
    """Every difference, in wire order, those of the page last.

    A step that only one side has is one difference: the page's result.
    """
    if before is None or after is None:
        return tuple(_page_results(before, after))
    pairs = aligned(before.wire, after.wire)
    of_exchanges = (difference for pair in pairs for difference in exchange_diff(*pair))
    return (*of_exchanges, *_page_results(before, after), *_page_reads(before, after))


def aligned(before: Sequence[ExchangeFacts], after: Sequence[ExchangeFacts]) -> tuple[Aligned, ...]:
    """Every exchange once, in wire order, None beside one that only one side has.

    Those of one kind to one origin are together by method and target, what is left by its turn.
    """
    pairs = dict(_pairs(enumerate(before), enumerate(after), _request_key))
    gone = [(index, exchange) for index, exchange in enumerate(before) if index not in pairs]
    new = [(index, exchange) for index, exchange in enumerate(after) if index not in pairs.values()]
    pairs |= _pairs(gone, new, _recipient)
    rows: list[tuple[int, int, Aligned]] = [
        (new_index, index, (before[index], after[new_index])) for index, new_index in pairs.items()
    ]
    rows += [(index, index, (exchange, None)) for index, exchange in gone if index not in pairs]
    rows += [
        (index, index, (None, exchange)) for index, exchange in new if index not in pairs.values()
    ]
    return tuple(pair for *_, pair in sorted(rows, key=lambda row: row[:2]))


def _pairs(
    before: Iterable[tuple[int, ExchangeFacts]],
    after: Iterable[tuple[int, ExchangeFacts]],
    key: _Key,
) -> Iterator[tuple[int, int]]:
    """(index before, index after) of exchanges with the same key, each once."""
    waiting: defaultdict[object, deque[int]] = defaultdict(deque)
    for index, exchange in after:
        waiting[key(exchange)].append(index)
    for index, exchange in before:
        if alike := waiting[key(exchange)]:
            yield index, alike.popleft()


def _request_key(exchange: ExchangeFacts) -> object:
    return *_recipient(exchange), exchange.method, exchange.target


def _recipient(exchange: ExchangeFacts) -> tuple[object, ...]:
    return exchange.kind, exchange.role


def exchange_diff(
    before: ExchangeFacts | None, after: ExchangeFacts | None
) -> Iterator[WireDifference]:
    """The differences of two exchanges that stand side by side in `aligned`."""
    exchange = after or before
    if exchange is None:
        return
    kind, role = exchange.kind, exchange.role
    request = SentRequest(method=exchange.method, target=exchange.target, status=exchange.status)
    if before is None or after is None:
        yield WireDifference(
            kind=kind,
            role=role,
            part=WirePart.SENT,
            before=YES if before else NO,
            after=YES if after else NO,
            request=request,
        )
        return
    for part, header, old, new in _parts(before, after):
        if old != new:
            yield WireDifference(
                kind=kind,
                role=role,
                part=part,
                header=header,
                before=old,
                after=new,
                request=request if part is WirePart.CREDENTIALS else None,
            )


_Values = tuple[str, ...]
_Part = tuple[WirePart, str, _Values, _Values]


def _parts(before: ExchangeFacts, after: ExchangeFacts) -> Iterator[_Part]:
    """(part, header, values before, values after) of everything, whether it differs or not."""
    yield WirePart.METHOD, "", (before.method,), (after.method,)
    yield WirePart.TARGET, "", (before.target,), (after.target,)
    credentials = (YES if exchange.with_credentials else NO for exchange in (before, after))
    yield WirePart.CREDENTIALS, "", next(credentials), next(credentials)
    for name, old, new in _headers(before.request_headers, after.request_headers):
        yield WirePart.REQUEST_HEADER, name, old, new
    yield WirePart.STATUS, "", _status(before), _status(after)
    for name, old, new in _headers(before.response_headers, after.response_headers):
        yield WirePart.RESPONSE_HEADER, name, old, new


def _status(exchange: ExchangeFacts) -> _Values:
    return () if exchange.status is None else (str(exchange.status),)


def _headers(before: TextPairs, after: TextPairs) -> Iterator[tuple[str, _Values, _Values]]:
    names = {name for name, _ in (*before, *after)}
    for name in sorted(names, key=lambda name: (name not in LOOKED_AT_FIRST, name)):
        yield name, values(before, name), values(after, name)


def values(pairs: TextPairs, name: str) -> _Values:
    """The values of header `name`, which is in lower case."""
    return tuple(value for header, value in pairs if header == name)


def _page_results(before: StepFacts | None, after: StepFacts | None) -> Iterator[WireDifference]:
    old, new = ((step.outcome.value,) if step else () for step in (before, after))
    if old != new:
        yield WireDifference(part=WirePart.RESULT, before=old, after=new)
    if before and after and before.reason is not after.reason:
        old, new = ((step.reason.value,) if step.reason else () for step in (before, after))
        yield WireDifference(part=WirePart.REASON, before=old, after=new)


def _page_reads(before: StepFacts, after: StepFacts) -> Iterator[WireDifference]:
    if before.outcome is after.outcome is Outcome.ALLOWED:
        for name in sorted({*before.readable} ^ {*after.readable}):
            old, new = (YES if name in step.readable else NO for step in (before, after))
            yield WireDifference(part=WirePart.READS, header=name, before=old, after=new)


def differences_once(before: StepFacts, after: StepFacts) -> tuple[WireDifference, ...]:
    """What differs on the wire, each thing once; not of a preflight what its request has alike."""
    wire = tuple(
        dict.fromkeys(difference for difference in wire_diff(before, after) if difference.kind)
    )
    return tuple(
        difference
        for difference in wire
        if difference.kind is ExchangeKind.REQUEST
        or replace(difference, kind=ExchangeKind.REQUEST) not in wire
    )


def facet_of(difference: WireDifference) -> Facet:
    """What a change is about that is nothing but this difference on the wire."""
    match difference.part:
        case WirePart.STATUS:
            return Facet(kind=FacetKind.STATUS)
        case WirePart.CREDENTIALS:
            return Facet(kind=FacetKind.CREDENTIALS)
        case WirePart.REQUEST_HEADER:
            return Facet(kind=FacetKind.REQUEST_HEADER, header=difference.header)
        case WirePart.RESPONSE_HEADER:
            return Facet(kind=FacetKind.RESPONSE_HEADER, header=difference.header)
        case _:
            return Facet(kind=FacetKind.REQUESTS)


def call(*steps: StepFacts) -> str:
    """What the page asked for: `PUT /orders`, as the first of `steps` that sent anything has it."""
    first = next((step.wire[0] for step in steps if step.wire), None)
    if first is None:
        return "its call"
    method = dict(first.request_headers).get("access-control-request-method", first.method)
    preflight = first.kind is ExchangeKind.PREFLIGHT
    origin = "" if first.role == Role.SERVER else f" at {first.role}"
    return f"{method if preflight else first.method} {first.target}{origin}"


def title(name: str) -> str:
    """A header's name as people write it."""
    return name.title()

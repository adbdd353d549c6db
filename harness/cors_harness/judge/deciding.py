"""deciding_fields(): what of a cell's exchanges decided that its calls were blocked, or let in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cors_harness.model.advice import Mistake
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import RecordedCell, RecordedStep
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, ExchangePart, Mismatch, Unseen
from cors_harness.terms.headers import get
from cors_harness.terms.reasons import ReasonCode

STATUS = ""  # stands for the status in the place of a header's name

_ORIGIN = "Access-Control-Allow-Origin"
_METHODS = ("Access-Control-Request-Method", "Access-Control-Allow-Methods")
_HEADERS = ("Access-Control-Request-Headers", "Access-Control-Allow-Headers")
# Names of a request's and of a response's headers, by what the browser's reason is.
_AT_PREFLIGHT: Mapping[ReasonCode, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ReasonCode.PREFLIGHT_STATUS: ((), (STATUS,)),
    ReasonCode.PREFLIGHT_REDIRECT: ((), (STATUS, "Location")),
    ReasonCode.METHOD_NOT_ALLOWED: ((_METHODS[0],), (_METHODS[1],)),
    ReasonCode.ALLOW_METHODS_INVALID: ((), (_METHODS[1],)),
    ReasonCode.HEADER_NOT_ALLOWED: ((_HEADERS[0],), (_HEADERS[1],)),
    ReasonCode.ALLOW_HEADERS_INVALID: ((), (_HEADERS[1],)),
}
_AT_LAST: Mapping[ReasonCode, tuple[tuple[str, ...], tuple[str, ...]]] = {
    ReasonCode.ALLOW_ORIGIN_MISSING: ((), (_ORIGIN,)),
    ReasonCode.ALLOW_ORIGIN_MISMATCH: (("Origin",), (_ORIGIN,)),
    ReasonCode.ALLOW_ORIGIN_MULTIPLE: ((), (_ORIGIN,)),
    ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS: ((), (_ORIGIN,)),
    ReasonCode.ALLOW_ORIGIN_REFUSED: (("Origin",), (_ORIGIN,)),
    ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE: ((), ("Access-Control-Allow-Credentials",)),
    ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY: ((), ("Cross-Origin-Resource-Policy",)),
    ReasonCode.REDIRECT_CREDENTIALS: ((), ("Location",)),
    ReasonCode.REDIRECT_NOT_HTTP: ((), ("Location",)),
    ReasonCode.REDIRECT_INVALID_URL: ((), ("Location",)),
    ReasonCode.REDIRECT_COUNT: ((), ("Location",)),
    ReasonCode.REDIRECT_MODE_ERROR: ((), (STATUS, "Location")),
    ReasonCode.MODE_NO_CORS_REDIRECT: ((), (STATUS, "Location")),
}
# Of a preflight that is refused by its status, what the refusal is about.
_REFUSED_FOR: Mapping[Mistake, ReasonCode] = {
    Mistake.METHOD: ReasonCode.METHOD_NOT_ALLOWED,
    Mistake.METHOD_CASE: ReasonCode.METHOD_NOT_ALLOWED,
    Mistake.HEADER: ReasonCode.HEADER_NOT_ALLOWED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingField:
    """A header, or the status, by which a browser decided, or a verdict came out as it did.

    Attributes:
        exchange: index of the exchange in `RecordedCell.exchanges`.
        name: of the header, as the Fetch standard writes it; empty: the status.
        in_request: whether it is of the request, else of the response.
        is_there: whether that has it. A header that is not there may decide as well.
    """

    exchange: int
    name: str
    in_request: bool
    is_there: bool


def deciding_fields(cell: RecordedCell) -> tuple[DecidingField, ...]:
    """The fields in wire order, each once; none where nothing on the wire decided.

    Of a blocked call what the browser's reason is about; of one that was let in to another origin
    what let it in; and what each mismatch is about. Of a preflight that was refused by its status
    also what the advice says that it was refused for.
    https://fetch.spec.whatwg.org/#cors-check, https://fetch.spec.whatwg.org/#cors-preflight-fetch
    """
    found = [*_of_steps(cell), *_of_mismatches(cell)]
    in_order = sorted(found, key=lambda field: (field.exchange, not field.in_request))
    return tuple(dict.fromkeys(in_order))


def _of_steps(cell: RecordedCell) -> Iterator[DecidingField]:
    for number, step in enumerate(cell.steps):
        at = _indices(cell, number)
        if step.reason is not None:
            yield from _of_reason(cell, at, step.reason.code)
            if step.reason.code is ReasonCode.PREFLIGHT_STATUS and cell.advice is not None:
                code = _REFUSED_FOR.get(cell.advice.mistake, step.reason.code)
                yield from _of_reason(cell, at, code)
        elif at and _is_let_in(cell.exchanges[at[-1]], step):
            yield _field(cell, at[-1], _ORIGIN)


def _of_reason(cell: RecordedCell, at: Sequence[int], code: ReasonCode) -> Iterator[DecidingField]:
    if code in _AT_PREFLIGHT:
        at = [each for each in at if cell.exchanges[each].kind is ExchangeKind.PREFLIGHT]
    requested, answered = _AT_PREFLIGHT.get(code) or _AT_LAST.get(code) or ((), ())
    for index in at[-1:]:
        yield from (_field(cell, index, name, in_request=True) for name in requested)
        if cell.exchanges[index].status is not None:
            yield from (_field(cell, index, name) for name in answered)


def _is_let_in(exchange: Exchange, step: RecordedStep) -> bool:
    origin = get(exchange.request_headers, "Origin")
    is_cors = origin is not None and origin.decode("latin-1") != exchange.origin
    return step.outcome is Outcome.ALLOWED and is_cors


def _of_mismatches(cell: RecordedCell) -> Iterator[DecidingField]:
    for mismatch in cell.mismatches:
        at = _indices(cell, mismatch.step or 0)
        if at and mismatch.unseen is not Unseen.NO_RESPONSE:  # then what kept it away decided
            yield from _of_mismatch(cell, at, mismatch)


def _of_mismatch(cell: RecordedCell, at: Sequence[int], its: Mismatch) -> Iterator[DecidingField]:
    name = its.header or STATUS
    match its.aspect:
        case Aspect.READABLE:
            yield _field(cell, at[-1], "Access-Control-Expose-Headers")
            yield _field(cell, at[-1], name)
        case Aspect.STATUS:
            yield _field(cell, at[-1], STATUS)
        case Aspect.SENT:
            yield _field(cell, at[-1], name, in_request=True)
        case Aspect.PREFLIGHT_SENT:
            yield _field(cell, at[0], name, in_request=True)
        case Aspect.EXCHANGES if its.exchange is not None and its.exchange < len(at):
            yield from _of_exchange(cell, at[its.exchange], its)
        case _:
            pass


def _of_exchange(cell: RecordedCell, index: int, its: Mismatch) -> Iterator[DecidingField]:
    match its.part:
        case ExchangePart.STATUS:
            yield _field(cell, index, STATUS)
        case ExchangePart.REQUEST_HEADERS | ExchangePart.RESPONSE_HEADERS:
            in_request = its.part is ExchangePart.REQUEST_HEADERS
            yield _field(cell, index, its.header or STATUS, in_request=in_request)
        case _:
            pass


def _indices(cell: RecordedCell, step: int) -> list[int]:
    return [index for index, each in enumerate(cell.exchanges) if each.step == step]


def _field(cell: RecordedCell, index: int, name: str, *, in_request: bool = False) -> DecidingField:
    exchange = cell.exchanges[index]
    headers = exchange.request_headers if in_request else exchange.response_headers
    is_there = exchange.status is not None if name == STATUS else get(headers, name) is not None
    return DecidingField(exchange=index, name=name, in_request=in_request, is_there=is_there)

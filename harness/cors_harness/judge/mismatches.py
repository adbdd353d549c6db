"""compare(): one Mismatch for every part of an Expectation that a step did not meet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.expectation_rules import PAGE_READS, seen_with
from cors_harness.model.observation import BODY_KEPT, Fulfilled, Observation
from cors_harness.model.scenario import (
    ExchangeExpectation,
    Expectation,
    HeaderExpectation,
    HeaderValue,
    Outcome,
)
from cors_harness.model.verdict import (
    Aspect,
    ExchangePart,
    Mismatch,
    MismatchValue,
    Reason,
    Unseen,
)
from cors_harness.terms.headers import HeaderList, get_all


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedStep:
    """All that is known of one step that ran; `exchanges` in wire order.

    `cookies_of_others`: as in StepMessages.
    """

    outcome: Outcome
    reason: Reason | None
    observation: Observation
    exchanges: tuple[Exchange, ...]
    cookies_of_others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Comparison:
    """One asserted aspect: both values, and whether what was found will do."""

    aspect: Aspect
    exchange: int | None = None
    part: ExchangePart | None = None
    header: str | None = None
    expected: MismatchValue
    found: MismatchValue
    unseen: Unseen | None = None
    is_met: bool


def compare(
    expect: Expectation, judged: JudgedStep, *, spec: str, step: int | None = None
) -> tuple[Mismatch, ...]:
    """One Mismatch for each asserted aspect that is not met, in the order of `Expectation`.

    `step` and `spec` are passed on to the mismatches.
    """
    return tuple(
        Mismatch(
            step=step,
            aspect=comparison.aspect,
            exchange=comparison.exchange,
            part=comparison.part,
            header=comparison.header,
            expected=comparison.expected,
            found=comparison.found,
            unseen=comparison.unseen,
            spec=spec,
        )
        for comparison in _comparisons(expect, judged)
        if not comparison.is_met
    )


def _comparisons(expect: Expectation, judged: JudgedStep) -> Iterator[_Comparison]:
    yield from _outcome(expect, judged)
    unread = _unread(judged.observation)
    expect = seen_with(expect, judged.outcome, failed_before=unread)
    yield from _reason(expect, judged.reason)
    yield from _wire(expect, judged.exchanges)
    if expect.exchanges is not None:
        yield from _exchanges(expect.exchanges, judged)
    yield from _page(expect, judged.observation)
    yield from _readable(expect.readable, judged.observation)
    requests = _of_kind(judged.exchanges, ExchangeKind.REQUEST)
    others = judged.cookies_of_others
    yield from _sent(Aspect.SENT, expect.sent, requests[-1:], others)
    preflights = _of_kind(judged.exchanges, ExchangeKind.PREFLIGHT)
    yield from _sent(Aspect.PREFLIGHT_SENT, expect.preflight_sent, preflights[:1], others)


def _unread(observation: Observation) -> tuple[str, ...]:
    """What page code had no chance to read."""
    if not isinstance(observation, Fulfilled):
        return PAGE_READS
    return ("body",) if observation.body is None else ()


def _equal(aspect: Aspect, expected: MismatchValue, found: MismatchValue) -> _Comparison:
    """A comparison that is met where both values are the same."""
    return _Comparison(aspect=aspect, expected=expected, found=found, is_met=expected == found)


def _header(aspect: Aspect, name: str, expected: MismatchValue, found: str | None) -> _Comparison:
    """The comparison of a header: of its value, or whether it is there at all."""
    is_met = found is not None if expected is True else expected == found
    return _Comparison(aspect=aspect, header=name, expected=expected, found=found, is_met=is_met)


def _outcome(expect: Expectation, judged: JudgedStep) -> Iterator[_Comparison]:
    """What was expected is a word, or the words of which one had to hold."""
    if expect.outcome:
        first, *others = (outcome.value for outcome in expect.outcome)
        yield _Comparison(
            aspect=Aspect.OUTCOME,
            expected=(first, *others) if others else first,
            found=judged.outcome.value,
            is_met=judged.outcome in expect.outcome,
        )


def _reason(expect: Expectation, reason: Reason | None) -> Iterator[_Comparison]:
    if expect.reason:
        code = reason.code.value if reason else None
        yield _Comparison(
            aspect=Aspect.REASON,
            expected=expect.reason,
            found=code,
            is_met=code in expect.reason,
        )


def _wire(expect: Expectation, exchanges: tuple[Exchange, ...]) -> Iterator[_Comparison]:
    kinds = tuple(exchange.kind.value for exchange in exchanges)
    if expect.preflight is not None:
        yield _equal(Aspect.PREFLIGHT, expect.preflight, ExchangeKind.PREFLIGHT in kinds)
    if expect.wire is not None:
        yield _equal(Aspect.WIRE, tuple(kind.value for kind in expect.wire), kinds)


def _exchanges(
    expected: tuple[ExchangeExpectation, ...], judged: JudgedStep
) -> Iterator[_Comparison]:
    """How many there are, then each; where there are more or fewer, none after the first wrong."""
    exchanges, others = judged.exchanges, judged.cookies_of_others
    yield _equal(Aspect.EXCHANGES, len(expected), len(exchanges))
    for index, (expect, exchange) in enumerate(zip(expected, exchanges, strict=False)):
        parts = tuple(_parts(expect, exchange, others))
        yield from (replace(part, exchange=index) for part in parts)
        if len(expected) != len(exchanges) and not all(part.is_met for part in parts):
            return


def _parts(
    expect: ExchangeExpectation, exchange: Exchange, cookies_of_others: frozenset[str]
) -> Iterator[_Comparison]:
    """The comparisons of one exchange, `exchange` not yet filled in."""
    values: tuple[tuple[ExchangePart, MismatchValue, MismatchValue], ...] = (
        (ExchangePart.KIND, expect.kind, exchange.kind.value),
        (ExchangePart.METHOD, expect.method, exchange.method),
        (ExchangePart.AT, expect.role, exchange.role),
        (ExchangePart.PATH, expect.path, exchange.target.partition("?")[0]),
        (ExchangePart.STATUS, expect.status, exchange.status),
        (ExchangePart.REQUEST_BODY_BYTES, expect.request_body_bytes, exchange.request_bytes),
        (ExchangePart.BODY_BYTES, expect.body_bytes, exchange.body_bytes),
    )
    for part, wanted, found in values:
        if wanted is not None or (part is ExchangePart.STATUS and expect.is_unanswered):
            yield replace(_equal(Aspect.EXCHANGES, wanted, found), part=part)
    for header in expect.request_headers:
        sent = _of_request(Aspect.EXCHANGES, header, exchange, cookies_of_others)
        yield replace(sent, part=ExchangePart.REQUEST_HEADERS)
    for name, value in expect.response_headers:
        got = _value(exchange.response_headers, name, b", ")
        received = _header(Aspect.EXCHANGES, name, value, got)
        yield replace(received, part=ExchangePart.RESPONSE_HEADERS)


_OF_RESPONSE = (
    *(Aspect.STATUS, Aspect.STATUS_TEXT, Aspect.RESPONSE_TYPE),
    *(Aspect.REDIRECTED, Aspect.URL, Aspect.BODY),
)


def _page(expect: Expectation, observation: Observation) -> Iterator[_Comparison]:
    """The scalars that page code reads off the response."""
    for aspect in _OF_RESPONSE:
        expected: MismatchValue = getattr(expect, aspect.value)
        if expected is None:
            continue
        if not isinstance(observation, Fulfilled):
            yield _nothing_seen(aspect, expected, Unseen.NO_RESPONSE)
        elif aspect is Aspect.BODY and observation.body is None:
            yield _nothing_seen(aspect, expected, Unseen.NO_BODY, observation.body_error)
        elif aspect is Aspect.BODY and not (observation.body_ended or _is_full(observation.body)):
            yield _nothing_seen(aspect, expected, Unseen.NO_BODY_END, observation.body)
        else:
            yield _equal(aspect, expected, getattr(observation, aspect.value))


def _is_full(body: str | None) -> bool:
    """Whether what came of a body is all that is kept of one, so that its end plays no part."""
    return body is not None and len(body) >= BODY_KEPT


def _nothing_seen(
    aspect: Aspect, expected: MismatchValue, unseen: Unseen, found: str | None = None
) -> _Comparison:
    return _Comparison(aspect=aspect, expected=expected, found=found, unseen=unseen, is_met=False)


def _readable(expected: HeaderExpectation, observation: Observation) -> Iterator[_Comparison]:
    headers = observation.headers if isinstance(observation, Fulfilled) else ()
    for name, value in expected:
        values = [text for key, text in headers if key.lower() == name.lower()]
        yield _header(Aspect.READABLE, name, value, ", ".join(values) if values else None)


def _sent(
    aspect: Aspect,
    expected: HeaderExpectation,
    chosen: Sequence[Exchange],
    cookies_of_others: frozenset[str],
) -> Iterator[_Comparison]:
    """One comparison for each header; without a request even "must be absent" is not met."""
    for name, value in expected:
        if not chosen:
            is_preflight = aspect is Aspect.PREFLIGHT_SENT
            yield _Comparison(
                aspect=aspect,
                header=name,
                expected=value,
                found=None,
                unseen=Unseen.NO_PREFLIGHT if is_preflight else Unseen.NO_REQUEST,
                is_met=False,
            )
        else:
            yield _of_request(aspect, (name, value), chosen[0], cookies_of_others)


def _of_request(
    aspect: Aspect,
    expected: tuple[str, HeaderValue],
    exchange: Exchange,
    cookies_of_others: frozenset[str],
) -> _Comparison:
    """The comparison of a header of one request; of cookies those that are named count."""
    name, value = expected
    sent = _value(exchange.request_headers, name, b"; " if name.lower() == "cookie" else b", ")
    if name.lower() != "cookie":
        return _header(aspect, name, value, sent)
    cookies = _cookies(sent, cookies_of_others)
    found = "; ".join(cookies) if cookies else None
    comparison = _header(aspect, name, value, found)
    if isinstance(value, str):
        return replace(comparison, is_met={*_cookies(value)} <= {*cookies})
    return comparison


def _value(headers: HeaderList, name: str, between: bytes) -> str | None:
    """The value of a header; several Cookie headers of HTTP/2 are one (RFC 9113, 8.2.3)."""
    values = get_all(headers, name)
    return between.join(values).decode("latin-1") if values else None


def _cookies(header: str | None, others: frozenset[str] = frozenset()) -> list[str]:
    """The pairs of a Cookie header, without those of other cells."""
    pairs = [pair.strip() for pair in (header or "").split(";")]
    return [pair for pair in pairs if pair and pair.partition("=")[0].strip() not in others]


def _of_kind(exchanges: tuple[Exchange, ...], kind: ExchangeKind) -> tuple[Exchange, ...]:
    return tuple(exchange for exchange in exchanges if exchange.kind is kind)

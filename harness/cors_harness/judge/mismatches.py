"""compare(): one Mismatch for every part of an Expectation that a step did not meet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import BODY_KEPT, Fulfilled, Observation
from cors_harness.model.scenario import Expectation, HeaderExpectation, Outcome
from cors_harness.model.verdict import Aspect, Mismatch, MismatchValue, Reason, Unseen
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
    yield from _wire(expect, judged.exchanges)
    yield from _page(expect, judged.observation)
    yield from _readable(expect.readable, judged.observation)
    requests = _of_kind(judged.exchanges, ExchangeKind.REQUEST)
    others = judged.cookies_of_others
    yield from _sent(Aspect.SENT, expect.sent, requests[-1:], others)
    preflights = _of_kind(judged.exchanges, ExchangeKind.PREFLIGHT)
    yield from _sent(Aspect.PREFLIGHT_SENT, expect.preflight_sent, preflights[:1], others)


def _equal(
    aspect: Aspect, expected: MismatchValue, found: MismatchValue, header: str | None = None
) -> _Comparison:
    """A comparison that is met where both values are the same."""
    return _Comparison(
        aspect=aspect, header=header, expected=expected, found=found, is_met=expected == found
    )


def _outcome(expect: Expectation, judged: JudgedStep) -> Iterator[_Comparison]:
    if expect.outcome is not None:
        yield _equal(Aspect.OUTCOME, expect.outcome.value, judged.outcome.value)
    if expect.reason:
        code = judged.reason.code.value if judged.reason else None
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


_OF_RESPONSE = (Aspect.STATUS, Aspect.RESPONSE_TYPE, Aspect.REDIRECTED, Aspect.URL, Aspect.BODY)


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
        yield _equal(Aspect.READABLE, value, ", ".join(values) if values else None, name)


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
        elif name.lower() == "cookie":
            cookies = _cookies(_value(chosen[0].request_headers, name, b"; "), cookies_of_others)
            yield _Comparison(
                aspect=aspect,
                header=name,
                expected=value,
                found="; ".join(cookies) if cookies else None,
                is_met=not cookies if value is None else {*_cookies(value)} <= {*cookies},
            )
        else:
            sent = _value(chosen[0].request_headers, name, b", ")
            yield _equal(aspect, value, sent, name)


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

"""When page, wire and words agree, and what it is called when they do not."""

from dataclasses import replace

import pytest

from cors_harness.judge.outcomes import outcome_of
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Reason
from cors_harness.terms.reasons import ReasonCode

REQUEST = Exchange(
    kind=ExchangeKind.REQUEST,
    role="server",
    origin="http://127.0.0.1:8001",
    method="GET",
    target="/",
    request_headers=(),
    status=200,
)
PREFLIGHT = replace(REQUEST, kind=ExchangeKind.PREFLIGHT, method="OPTIONS")
CUT = replace(REQUEST, complete=False)
BROKEN_OFF = replace(CUT, broke_off=ResponsePart.BODY)
HALF_A_HEAD = replace(CUT, broke_off=ResponsePart.HEAD)
DEAD = replace(REQUEST, complete=False, status=None)
REJECTED = Rejected(error_name="TypeError", error_message="Failed to fetch")
WORDS = "words that give no reason"
MISSING = ReasonCode.ALLOW_ORIGIN_MISSING
UNKNOWN = ReasonCode.UNKNOWN
NETWORK = ReasonCode.NETWORK


def fulfilled(response_type: str, body_error: str | None = None) -> Fulfilled:
    return Fulfilled(
        response_type=response_type, status=200, url="", redirected=False, body_error=body_error
    )


@pytest.mark.parametrize(
    ("observation", "exchanges", "outcome"),
    [
        pytest.param(fulfilled("basic"), (REQUEST,), Outcome.ALLOWED, id="basic"),
        pytest.param(fulfilled("cors"), (PREFLIGHT, REQUEST), Outcome.ALLOWED, id="cors"),
        pytest.param(fulfilled("default"), (REQUEST,), Outcome.ALLOWED, id="default"),
        pytest.param(fulfilled("cors"), (), Outcome.ALLOWED, id="from the cache"),
        pytest.param(fulfilled("opaque"), (REQUEST,), Outcome.OPAQUE, id="opaque"),
        pytest.param(
            fulfilled("opaqueredirect"), (REQUEST,), Outcome.OPAQUE_REDIRECT, id="opaqueredirect"
        ),
        pytest.param(fulfilled("error"), (), Outcome.FAILED, id="error response"),
        pytest.param(fulfilled("cors", "reset"), (CUT,), Outcome.FAILED, id="cut body, unread"),
        pytest.param(fulfilled("cors"), (CUT,), Outcome.ALLOWED, id="cut body, but read"),
        pytest.param(fulfilled("cors", "bad"), (REQUEST,), Outcome.ALLOWED, id="whole, unread"),
        pytest.param(fulfilled("cors"), (BROKEN_OFF,), Outcome.FAILED, id="broken off, but read"),
        pytest.param(fulfilled("cors"), (HALF_A_HEAD,), Outcome.FAILED, id="half a head, but read"),
        pytest.param(fulfilled("cors"), (BROKEN_OFF, REQUEST), Outcome.ALLOWED, id="second try"),
        pytest.param(
            fulfilled("opaque"), (BROKEN_OFF,), Outcome.OPAQUE, id="opaque and broken off"
        ),
        pytest.param(fulfilled("opaque", "reset"), (CUT,), Outcome.OPAQUE, id="opaque and cut"),
        pytest.param(TimedOut(after_ms=1), (), Outcome.TIMEOUT, id="timed out"),
        pytest.param(Crashed(detail="gone"), (), Outcome.CRASHED, id="crashed"),
    ],
)
def test_outcome_without_rejection(
    observation: Observation, exchanges: tuple[Exchange, ...], outcome: Outcome
) -> None:
    assert outcome_of(observation, exchanges, None) is outcome


@pytest.mark.parametrize(
    ("exchanges", "code", "outcome"),
    [
        pytest.param((REQUEST,), MISSING, Outcome.BLOCKED, id="answered, known reason"),
        pytest.param((REQUEST,), UNKNOWN, Outcome.BLOCKED, id="answered, unknown reason"),
        pytest.param((PREFLIGHT,), UNKNOWN, Outcome.BLOCKED, id="preflight answered"),
        pytest.param((REQUEST,), NETWORK, Outcome.FAILED, id="redirect to a dead server"),
        pytest.param((CUT,), MISSING, Outcome.BLOCKED, id="refused at the head"),
        pytest.param((CUT,), UNKNOWN, Outcome.FAILED, id="truncated"),
        pytest.param((BROKEN_OFF,), MISSING, Outcome.BLOCKED, id="refused at a whole head"),
        pytest.param((HALF_A_HEAD,), MISSING, Outcome.FAILED, id="refused at half a head"),
        pytest.param((BROKEN_OFF,), NETWORK, Outcome.FAILED, id="broken off"),
        pytest.param((DEAD,), UNKNOWN, Outcome.FAILED, id="reset"),
        pytest.param((DEAD,), MISSING, Outcome.FAILED, id="words without a response"),
        pytest.param((DEAD, REQUEST), MISSING, Outcome.BLOCKED, id="retried connection"),
        pytest.param((PREFLIGHT, DEAD), UNKNOWN, Outcome.FAILED, id="died after the preflight"),
        pytest.param((DEAD, REQUEST), UNKNOWN, Outcome.BLOCKED, id="asked again by itself"),
        pytest.param((DEAD, PREFLIGHT), UNKNOWN, Outcome.FAILED, id="another died before"),
        pytest.param((), UNKNOWN, Outcome.FAILED, id="nothing sent, words without a reason"),
        pytest.param((), ReasonCode.ARGUMENTS_REFUSED, Outcome.BLOCKED, id="arguments refused"),
        pytest.param((), NETWORK, Outcome.FAILED, id="dead server"),
        pytest.param(
            (), ReasonCode.MODE_SAME_ORIGIN, Outcome.BLOCKED, id="mode same-origin, nothing sent"
        ),
        pytest.param(
            (REQUEST,), ReasonCode.REDIRECT_NOT_HTTP, Outcome.BLOCKED, id="redirect to data:"
        ),
    ],
)
def test_outcome_of_a_rejection(
    exchanges: tuple[Exchange, ...], code: ReasonCode, outcome: Outcome
) -> None:
    assert outcome_of(REJECTED, exchanges, Reason(code=code, console=WORDS)) is outcome


@pytest.mark.parametrize("exchanges", [(REQUEST,), (PREFLIGHT,), ()], ids=["200", "204", "none"])
def test_silence_that_the_wire_does_not_explain_is_never_blocked(
    exchanges: tuple[Exchange, ...],
) -> None:
    assert outcome_of(REJECTED, exchanges, Reason(code=UNKNOWN)) is Outcome.FAILED


def test_silence_that_the_wire_explains_is_blocked() -> None:
    reason = Reason(code=ReasonCode.REDIRECT_MODE_ERROR)
    assert outcome_of(REJECTED, (replace(REQUEST, status=302),), reason) is Outcome.BLOCKED


def test_rejection_without_a_reason_is_like_an_unknown_one() -> None:
    assert outcome_of(REJECTED, (), None) is Outcome.FAILED

"""judge(): from the facts of a whole cell to its status and notes."""

from dataclasses import replace

import pytest
from tests.judge.exchange_builders import console

from cors_harness.judge.verdicts import judge
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.model.observation import (
    Crashed,
    Fulfilled,
    Observation,
    Rejected,
    StepMessages,
    TimedOut,
)
from cors_harness.model.scenario import (
    Call,
    Expectation,
    ExpectationOverride,
    Outcome,
    Scenario,
    Step,
)
from cors_harness.model.verdict import Aspect, Mismatch, MissingValue, Reason, Status, Unseen
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.source_span import SourceSpan
from cors_harness.terms.step_value import StepSource, StepValue

SPEC = "https://fetch.spec.whatwg.org/#concept-cors-check"
BUG = "https://bugs.webkit.org/1"
WEBKIT_SAYS = "Origin http://a.test is not allowed by Access-Control-Allow-Origin. Status code: 200"
BLOCKED_BY_WEBKIT = console(WEBKIT_SAYS)
EXCHANGE = Exchange(
    kind=ExchangeKind.REQUEST,
    role="server",
    origin="http://127.0.0.1:8001",
    method="GET",
    target="/api/data?cell=p.1",
    request_headers=(),
    status=200,
)
OK = Fulfilled(response_type="cors", status=200, url="", redirected=False)
REJECTED = Rejected(error_name="TypeError", error_message="Load failed")
ALLOWED = Expectation(outcome=(Outcome.ALLOWED,))
BLOCKED = Expectation(outcome=(Outcome.BLOCKED,))
OPEN = Expectation()
KNOWN = ExpectationOverride(engines=("webkit",), overrides=("outcome",), expect=BLOCKED, known=BUG)
ELSEWHERE = replace(KNOWN, engines=("firefox",))
CLAIMED = replace(KNOWN, known=None)


def step(expect: Expectation, *exemptions: ExpectationOverride) -> Step:
    return Step(call=Call(), expect=expect, exemptions=exemptions)


def cell(*steps: Step) -> Cell:
    source = SourceSpan(file="f.yaml", line=1)
    scenario = Scenario(id="s", title="t", spec=SPEC, source=source, steps=steps)
    return Cell(scenario=scenario, server="flask-cors", engine="webkit")


@pytest.mark.parametrize(
    ("asked", "seen", "status"),
    [
        pytest.param(step(ALLOWED), OK, Status.AS_EXPECTED, id="allowed as expected"),
        pytest.param(step(BLOCKED), REJECTED, Status.AS_EXPECTED, id="blocked as expected"),
        pytest.param(step(OPEN), OK, Status.AS_EXPECTED, id="allowed where it is open"),
        pytest.param(step(OPEN), REJECTED, Status.AS_EXPECTED, id="blocked where it is open"),
        pytest.param(step(OPEN), Crashed(detail="d"), Status.ERROR, id="crashed where it is open"),
        pytest.param(step(ALLOWED), REJECTED, Status.UNEXPECTED, id="blocked unexpectedly"),
        pytest.param(step(BLOCKED), OK, Status.UNEXPECTED, id="allowed unexpectedly"),
        pytest.param(step(ALLOWED, KNOWN), REJECTED, Status.KNOWN_DIFFERENCE, id="known"),
        pytest.param(step(ALLOWED, CLAIMED), REJECTED, Status.AS_EXPECTED, id="exempted, no known"),
        pytest.param(step(ALLOWED, ELSEWHERE), OK, Status.AS_EXPECTED, id="known elsewhere"),
        pytest.param(step(ALLOWED, KNOWN), OK, Status.UNEXPECTED, id="known, but gone"),
        pytest.param(step(ALLOWED), TimedOut(after_ms=9), Status.ERROR, id="timed out"),
        pytest.param(
            step(Expectation(outcome=(Outcome.TIMEOUT,))),
            TimedOut(after_ms=9, by_deadline=True),
            Status.AS_EXPECTED,
            id="timed out as expected",
        ),
        pytest.param(
            step(Expectation(outcome=(Outcome.TIMEOUT,))),
            TimedOut(after_ms=9),
            Status.ERROR,
            id="engine that hangs where a time out is expected",
        ),
        pytest.param(
            step(Expectation(outcome=(Outcome.CRASHED, Outcome.ALLOWED))),
            Crashed(detail="d"),
            Status.ERROR,
            id="engine that crashes is never as expected",
        ),
        pytest.param(
            step(Expectation(outcome=(Outcome.TIMEOUT,))),
            Crashed(detail="gone"),
            Status.ERROR,
            id="crashed instead of timed out",
        ),
        pytest.param(
            step(Expectation(outcome=(Outcome.FAILED,))), OK, Status.UNEXPECTED, id="did not fail"
        ),
    ],
)
def test_status(asked: Step, seen: Observation, status: Status) -> None:
    assert judge(cell(asked), (seen,), (EXCHANGE,), (BLOCKED_BY_WEBKIT,)).status is status


def test_step_results_carry_outcome_and_reason() -> None:
    verdict = judge(cell(step(BLOCKED)), (REJECTED,), (EXCHANGE,), (BLOCKED_BY_WEBKIT,))
    reason = Reason(
        code=ReasonCode.ALLOW_ORIGIN_MISSING,
        detail="narrowed by the wire: no Access-Control-Allow-Origin",
        console=WEBKIT_SAYS,
    )
    assert [(s.outcome, s.reason) for s in verdict.steps] == [(Outcome.BLOCKED, reason)]


def test_known_difference_names_its_source() -> None:
    verdict = judge(cell(step(ALLOWED, KNOWN)), (REJECTED,), (EXCHANGE,), (BLOCKED_BY_WEBKIT,))
    assert (verdict.known, verdict.note) == (BUG, "")


def test_known_difference_that_is_gone_says_so() -> None:
    verdict = judge(cell(step(ALLOWED, KNOWN)), (OK,), (EXCHANGE,), ())
    assert verdict.note == f"the known difference is gone: remove the except entry ({BUG})"
    assert verdict.known is None


def test_known_difference_that_became_another_one_does_not_say_that_it_is_gone() -> None:
    opaque = replace(OK, response_type="opaque")
    assert judge(cell(step(ALLOWED, KNOWN)), (opaque,), (EXCHANGE,), ()).note == ""


def test_mismatch_has_field_values_and_the_scenarios_spec() -> None:
    verdict = judge(cell(step(ALLOWED)), (REJECTED,), (EXCHANGE,), (BLOCKED_BY_WEBKIT,))
    assert verdict.mismatches == (
        Mismatch(aspect=Aspect.OUTCOME, expected="allowed", found="blocked", spec=SPEC),
    )


@pytest.mark.parametrize(
    ("seen", "exchanges", "note"),
    [
        pytest.param(
            REJECTED,
            (),
            "fetch() rejected (Load failed), and nothing reached a server",
            id="dead server",
        ),
        pytest.param(
            REJECTED,
            (replace(EXCHANGE, status=None, complete=False),),
            "fetch() rejected (Load failed), and GET /api/data?cell=p.1 got no response",
            id="reset",
        ),
        pytest.param(
            REJECTED,
            (replace(EXCHANGE, complete=False),),
            "fetch() rejected (Load failed), and GET /api/data?cell=p.1 got 200, cut off",
            id="truncated",
        ),
        pytest.param(
            replace(OK, body_error="TypeError: Load failed"),
            (replace(EXCHANGE, complete=False),),
            "the response broke off, and GET /api/data?cell=p.1 got 200, cut off",
            id="truncated body",
        ),
        pytest.param(TimedOut(after_ms=3000.4), (), "no result after 3000 ms", id="timeout"),
        pytest.param(
            TimedOut(after_ms=3000, detail="engine stalled"),
            (),
            "no result after 3000 ms: engine stalled",
            id="stalled",
        ),
        pytest.param(Crashed(detail="exit 11"), (), "the engine crashed: exit 11", id="crash"),
    ],
)
def test_trouble_is_an_error_that_says_nothing_about_cors(
    seen: Observation, exchanges: tuple[Exchange, ...], note: str
) -> None:
    verdict = judge(cell(step(BLOCKED)), (seen,), exchanges, ())
    assert verdict.status is Status.ERROR
    assert verdict.note == f"{note}; this says nothing about CORS"


KEPT_WAITING = TimedOut(after_ms=9, detail="its deadline passed", by_deadline=True)
UNANSWERED = replace(EXCHANGE, status=None, complete=False)
BEGUN = replace(EXCHANGE, complete=False, body_bytes=3)
BROKEN_OFF = replace(EXCHANGE, complete=False, broke_off=ResponsePart.BODY)
HALF_A_HEAD = replace(BROKEN_OFF, broke_off=ResponsePart.HEAD)
TARGET = "GET /api/data?cell=p.1"


@pytest.mark.parametrize(
    ("seen", "exchange", "note"),
    [
        pytest.param(
            KEPT_WAITING,
            UNANSWERED,
            f"no result after 9 ms: its deadline passed, and {TARGET} got no response",
            id="no response in time",
        ),
        pytest.param(
            KEPT_WAITING,
            replace(BEGUN, body_bytes=0),
            f"no result after 9 ms: its deadline passed, and {TARGET} got 200 and no body",
            id="a head that the page has not got in time",
        ),
        pytest.param(
            OK, BROKEN_OFF, f"the response broke off, and {TARGET} got 200, cut off", id="read"
        ),
        pytest.param(
            REJECTED,
            BROKEN_OFF,
            f"the response broke off, and {TARGET} got 200, cut off",
            id="rejected",
        ),
        pytest.param(
            REJECTED,
            HALF_A_HEAD,
            f"the response broke off, and {TARGET} got half a head",
            id="head",
        ),
    ],
)
def test_server_that_leaves_a_call_without_a_whole_response_is_a_mismatch(
    seen: Observation, exchange: Exchange, note: str
) -> None:
    verdict = judge(cell(step(ALLOWED)), (seen,), (exchange,), ())
    assert (verdict.status, verdict.note, verdict.no_result) == (Status.UNEXPECTED, note, True)
    assert [m.aspect for m in verdict.mismatches] == [Aspect.OUTCOME]


@pytest.mark.parametrize("exchange", [UNANSWERED, BROKEN_OFF], ids=["waits", "broke off"])
def test_it_is_an_error_where_nothing_is_expected(exchange: Exchange) -> None:
    seen = KEPT_WAITING if exchange is UNANSWERED else OK
    verdict = judge(cell(step(OPEN)), (seen,), (exchange,), ())
    assert (verdict.status, verdict.no_result) == (Status.ERROR, True)
    assert verdict.note.endswith("; this says nothing about CORS")


def test_expectation_without_an_outcome_is_not_met_by_a_server_that_hangs() -> None:
    verdict = judge(cell(step(Expectation(status=200))), (KEPT_WAITING,), (UNANSWERED,), ())
    assert verdict.status is Status.UNEXPECTED
    assert [(m.aspect, m.unseen) for m in verdict.mismatches] == [
        (Aspect.STATUS, Unseen.NO_RESPONSE)
    ]


@pytest.mark.parametrize(
    ("seen", "exchanges"),
    [
        pytest.param(replace(KEPT_WAITING, by_deadline=False), (UNANSWERED,), id="a hung engine"),
        pytest.param(KEPT_WAITING, (), id="nothing reached a server"),
        pytest.param(KEPT_WAITING, (EXCHANGE,), id="the server has answered"),
        pytest.param(REJECTED, (UNANSWERED,), id="the connection ended"),
        pytest.param(Crashed(detail="d"), (BROKEN_OFF,), id="a crash"),
    ],
)
def test_what_the_wire_does_not_show_of_a_server_is_an_error(
    seen: Observation, exchanges: tuple[Exchange, ...]
) -> None:
    verdict = judge(cell(step(ALLOWED)), (seen,), exchanges, ())
    assert (verdict.status, verdict.no_result) == (Status.ERROR, True)


def test_mismatch_of_one_step_does_not_excuse_a_hung_engine_in_another() -> None:
    pair = cell(step(ALLOWED), step(ALLOWED))
    seen = (KEPT_WAITING, replace(KEPT_WAITING, by_deadline=False))
    verdict = judge(pair, seen, (UNANSWERED, replace(UNANSWERED, step=1)), ())
    assert verdict.status is Status.ERROR


def test_expected_failure_is_a_result() -> None:
    expect = Expectation(outcome=(Outcome.FAILED,))
    verdict = judge(cell(step(expect)), (REJECTED,), (BROKEN_OFF,), ())
    assert (verdict.status, verdict.no_result, verdict.note) == (Status.AS_EXPECTED, False, "")


@pytest.mark.parametrize("seen", [OK, REJECTED], ids=["fulfilled", "rejected"])
def test_response_that_broke_off_has_one_reason_in_all_engines(seen: Observation) -> None:
    reason = judge(cell(step(ALLOWED)), (seen,), (BROKEN_OFF,), ()).steps[0].reason
    assert reason == Reason(code=ReasonCode.NETWORK, detail="the response broke off")


def test_network_words_make_a_complete_wire_a_failure() -> None:
    refused = "CONSOLE NETWORK ERROR Could not connect to 127.0.0.1: Connection refused"
    redirect = replace(
        EXCHANGE, status=302, response_headers=((b"Location", b"http://127.0.0.1:1/"),)
    )
    verdict = judge(cell(step(BLOCKED)), (REJECTED,), (redirect,), (console(refused),))
    assert (verdict.status, verdict.steps[0].outcome) == (Status.ERROR, Outcome.FAILED)


def test_steps_are_judged_on_their_own_exchanges_and_words() -> None:
    pair = cell(
        step(Expectation(outcome=(Outcome.ALLOWED,), wire=(ExchangeKind.REQUEST,))),
        step(Expectation(outcome=(Outcome.BLOCKED,), reason=("allow-origin-missing",))),
    )
    exchanges = (EXCHANGE, replace(EXCHANGE, step=1))
    verdict = judge(pair, (OK, REJECTED), exchanges, (StepMessages(), BLOCKED_BY_WEBKIT))
    assert (verdict.status, verdict.mismatches) == (Status.AS_EXPECTED, ())


def test_mismatches_of_a_sequence_name_their_step() -> None:
    pair = cell(step(ALLOWED), step(ALLOWED))
    verdict = judge(pair, (OK, REJECTED), (EXCHANGE, replace(EXCHANGE, step=1)), ())
    assert [(m.step, m.aspect) for m in verdict.mismatches] == [(1, Aspect.OUTCOME)]


def test_trouble_in_a_sequence_names_its_step() -> None:
    pair = cell(step(ALLOWED), step(ALLOWED))
    verdict = judge(pair, (OK, TimedOut(after_ms=9)), (EXCHANGE,), ())
    assert verdict.note == "steps[1]: no result after 9 ms; this says nothing about CORS"


def test_steps_that_never_ran_are_an_error() -> None:
    verdict = judge(cell(step(ALLOWED), step(ALLOWED)), (OK,), (EXCHANGE,), ())
    assert verdict.status is Status.ERROR
    assert verdict.note == "1 of 2 steps ran; this says nothing about CORS"
    assert verdict.mismatches == (Mismatch(aspect=Aspect.STEPS, expected=2, found=1, spec=SPEC),)
    assert len(verdict.steps) == 1


def test_no_observation_at_all_is_an_error() -> None:
    assert judge(cell(step(ALLOWED)), (), (), ()).note.startswith("0 of 1 steps ran")


MISSING = MissingValue(
    step=1,
    value=StepValue(step=0, source=StepSource.HEADER, name="x-a"),
    why="needs the header x-a of steps[0]: its response (200) has no header",
)


def test_a_value_that_a_step_did_not_bring_is_an_error_in_its_own_words() -> None:
    asked = cell(step(ALLOWED), step(ALLOWED))
    verdict = judge(asked, (OK,), (EXCHANGE,), (), (MISSING,))
    assert verdict.status is Status.ERROR
    assert verdict.note == f"steps[1] {MISSING.why}"
    assert [mismatch.aspect for mismatch in verdict.mismatches] == [Aspect.STEPS]
    assert verdict.missing == (MISSING,)


def test_a_step_that_is_not_as_expected_is_why_it_did_not_bring_a_value() -> None:
    asked = cell(step(replace(ALLOWED, status=201)), step(ALLOWED))
    verdict = judge(asked, (OK,), (EXCHANGE,), (), (MISSING,))
    assert verdict.status is Status.UNEXPECTED
    assert verdict.note == (
        "steps[1] did not run: it needs the header x-a of steps[0], and steps[0] is not as expected"
    )
    assert [(m.step, m.aspect) for m in verdict.mismatches] == [
        (0, Aspect.STATUS),
        (None, Aspect.STEPS),
    ]


def test_a_step_in_between_that_is_not_as_expected_is_not_why() -> None:
    asked = cell(step(ALLOWED), step(replace(ALLOWED, status=201)), step(ALLOWED))
    late = replace(MISSING, step=2)
    verdict = judge(asked, (OK, OK), (EXCHANGE, replace(EXCHANGE, step=1)), (), (late,))
    assert (verdict.status, verdict.note) == (Status.ERROR, f"steps[2] {MISSING.why}")


def test_a_step_that_failed_outside_cors_is_told_before_what_it_did_not_bring() -> None:
    asked = cell(step(OPEN), step(ALLOWED))
    verdict = judge(asked, (REJECTED,), (), (), (MISSING,))
    assert verdict.status is Status.ERROR
    assert verdict.note.startswith("steps[0]: fetch() rejected (Load failed)")
    assert verdict.note.endswith(f"; steps[1] {MISSING.why}")

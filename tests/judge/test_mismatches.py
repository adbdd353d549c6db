"""compare(): every field of an Expectation, once met, once not."""

from dataclasses import fields, replace

import pytest

from cors_harness.judge.mismatches import JudgedStep, compare
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import BODY_KEPT, Fulfilled, Rejected
from cors_harness.model.scenario import ExchangeExpectation, Expectation, Outcome
from cors_harness.model.verdict import Aspect, Mismatch, MismatchValue, Reason, Unseen
from cors_harness.terms.reasons import ReasonCode

REQUEST = Exchange(
    kind=ExchangeKind.REQUEST,
    role="server",
    origin="http://127.0.0.1:8001",
    method="PUT",
    target="/",
    request_headers=(
        (b"Origin", b"http://a.test"),
        (b"Cookie", b"a=1; session=in"),
        (b"X-Latin", b"\xe9"),
    ),
    status=200,
)
FIRST_REQUEST = replace(REQUEST, request_headers=((b"Origin", b"http://first.test"),))
PREFLIGHT = replace(
    REQUEST,
    kind=ExchangeKind.PREFLIGHT,
    request_headers=((b"Access-Control-Request-Method", b"PUT"),),
)
COOKIES_OF_OTHERS = replace(
    REQUEST,
    target="/?cell=2.1",
    request_headers=((b"Cookie", b"sid-2.12=1; sid-12.1=1; sid-p.1=2"),),
)
OWN_COOKIE = replace(
    COOKIES_OF_OTHERS, request_headers=((b"Cookie", b"sid-2.12=1; session-2.1=in"),)
)
LATER_PREFLIGHT = replace(PREFLIGHT, request_headers=((b"Access-Control-Request-Method", b"GET"),))
PAGE = Fulfilled(
    response_type="cors",
    status=200,
    status_text="Fine",
    url="http://b.test/x?cell=p.1#f",
    redirected=True,
    headers=(("x-total-count", "3"), ("x-a", "1"), ("x-a", "2")),
    body="ok",
)
ALLOWED = JudgedStep(
    outcome=Outcome.ALLOWED,
    reason=None,
    observation=PAGE,
    exchanges=(PREFLIGHT, FIRST_REQUEST, LATER_PREFLIGHT, REQUEST),
)
BLOCKED = JudgedStep(
    outcome=Outcome.BLOCKED,
    reason=Reason(code=ReasonCode.ALLOW_ORIGIN_MISSING),
    observation=Rejected(error_name="TypeError", error_message="Failed to fetch"),
    exchanges=(),
)
UNREAD = replace(ALLOWED, observation=replace(PAGE, body=None, body_error="TypeError: reset"))
ENDLESS = replace(ALLOWED, observation=replace(PAGE, body="ok", body_ended=False))
FULL = replace(ALLOWED, observation=replace(PAGE, body="x" * BODY_KEPT, body_ended=False))
P, R = ExchangeKind.PREFLIGHT, ExchangeKind.REQUEST


def differs(
    aspect: Aspect,
    expected: MismatchValue,
    found: MismatchValue,
    *,
    header: str | None = None,
    unseen: Unseen | None = None,
) -> Mismatch:
    return Mismatch(
        aspect=aspect, header=header, expected=expected, found=found, unseen=unseen, spec="#x"
    )


@pytest.mark.parametrize(
    ("expect", "judged"),
    [
        pytest.param(Expectation(), ALLOWED, id="nothing asserted"),
        pytest.param(Expectation(outcome=(Outcome.ALLOWED,)), ALLOWED, id="outcome"),
        pytest.param(Expectation(preflight=True), ALLOWED, id="preflight"),
        pytest.param(Expectation(preflight=False), BLOCKED, id="no preflight"),
        pytest.param(Expectation(wire=(P, R, P, R)), ALLOWED, id="wire"),
        pytest.param(Expectation(wire=()), BLOCKED, id="empty wire"),
        pytest.param(Expectation(status=200), ALLOWED, id="status"),
        pytest.param(Expectation(status_text="Fine"), ALLOWED, id="status_text"),
        pytest.param(Expectation(response_type="cors"), ALLOWED, id="response_type"),
        pytest.param(Expectation(redirected=True), ALLOWED, id="redirected"),
        pytest.param(Expectation(url="http://b.test/x?cell=p.1#f"), ALLOWED, id="url"),
        pytest.param(Expectation(body="ok"), ALLOWED, id="body"),
        pytest.param(Expectation(body="x" * BODY_KEPT), FULL, id="as much of a body as is kept"),
        pytest.param(Expectation(readable=(("X-Total-Count", "3"),)), ALLOWED, id="readable"),
        pytest.param(Expectation(readable=(("X-A", "1, 2"),)), ALLOWED, id="readable repeats"),
        pytest.param(
            Expectation(outcome=(Outcome.ALLOWED, Outcome.BLOCKED), status=200),
            BLOCKED,
            id="a status of the other outcome",
        ),
        pytest.param(
            Expectation(outcome=(Outcome.ALLOWED, Outcome.FAILED), status=200, body="ok"),
            replace(BLOCKED, outcome=Outcome.FAILED),
            id="a status before which it failed",
        ),
        pytest.param(
            Expectation(outcome=(Outcome.ALLOWED, Outcome.FAILED), status=200, body="ok"),
            replace(UNREAD, outcome=Outcome.FAILED),
            id="a body before which it failed",
        ),
        pytest.param(Expectation(readable=(("X-A", True),)), ALLOWED, id="readable at all"),
        pytest.param(Expectation(sent=(("X-Latin", True),)), ALLOWED, id="sent at all"),
        pytest.param(
            Expectation(outcome=(Outcome.FAILED, Outcome.ALLOWED)), ALLOWED, id="one of outcomes"
        ),
        pytest.param(Expectation(readable=(("X-B", None),)), ALLOWED, id="not readable"),
        pytest.param(Expectation(readable=(("X-A", None),)), BLOCKED, id="no response to read"),
        pytest.param(Expectation(sent=(("Origin", "http://a.test"),)), ALLOWED, id="sent last"),
        pytest.param(Expectation(sent=(("origin", "http://a.test"),)), ALLOWED, id="sent any case"),
        pytest.param(Expectation(sent=(("X-Latin", "é"),)), ALLOWED, id="sent latin-1"),
        pytest.param(Expectation(sent=(("Authorization", None),)), ALLOWED, id="sent absent"),
        pytest.param(Expectation(sent=(("Cookie", "session=in"),)), ALLOWED, id="cookie among"),
        pytest.param(
            Expectation(sent=(("Cookie", "session=in; a=1"),)), ALLOWED, id="cookies in any order"
        ),
        pytest.param(
            Expectation(sent=(("Cookie", None),)),
            replace(
                ALLOWED,
                exchanges=(COOKIES_OF_OTHERS,),
                cookies_of_others=frozenset(("sid-2.12", "sid-12.1", "sid-p.1")),
            ),
            id="cookies of other cells only",
        ),
        pytest.param(
            Expectation(preflight_sent=(("Access-Control-Request-Method", "PUT"),)),
            ALLOWED,
            id="preflight_sent first",
        ),
        pytest.param(
            Expectation(preflight_sent=(("Cookie", None),)), ALLOWED, id="preflight without cookie"
        ),
        pytest.param(
            Expectation(reason=("unknown", "allow-origin-missing")), BLOCKED, id="one of reasons"
        ),
    ],
)
def test_expectation_met(expect: Expectation, judged: JudgedStep) -> None:
    assert compare(expect, judged, spec="#x") == ()


@pytest.mark.parametrize(
    ("expect", "judged", "mismatch"),
    [
        (
            Expectation(outcome=(Outcome.BLOCKED,)),
            ALLOWED,
            differs(Aspect.OUTCOME, "blocked", "allowed"),
        ),
        (
            Expectation(outcome=(Outcome.BLOCKED, Outcome.FAILED)),
            ALLOWED,
            differs(Aspect.OUTCOME, ("blocked", "failed"), "allowed"),
        ),
        (
            Expectation(outcome=(Outcome.ALLOWED, Outcome.FAILED), status=404, body="ok"),
            replace(UNREAD, outcome=Outcome.FAILED),
            differs(Aspect.STATUS, 404, 200),
        ),
        (
            Expectation(outcome=(Outcome.ALLOWED, Outcome.FAILED), body="ok"),
            UNREAD,
            differs(Aspect.BODY, "ok", "TypeError: reset", unseen=Unseen.NO_BODY),
        ),
        (
            Expectation(status_text=""),
            ALLOWED,
            differs(Aspect.STATUS_TEXT, "", "Fine"),
        ),
        (
            Expectation(readable=(("X-B", True),)),
            ALLOWED,
            differs(Aspect.READABLE, True, None, header="X-B"),
        ),
        (
            Expectation(sent=(("X-B", True),)),
            ALLOWED,
            differs(Aspect.SENT, True, None, header="X-B"),
        ),
        (Expectation(preflight=False), ALLOWED, differs(Aspect.PREFLIGHT, False, True)),
        (Expectation(preflight=True), BLOCKED, differs(Aspect.PREFLIGHT, True, False)),
        (
            Expectation(wire=(R, P)),
            replace(ALLOWED, exchanges=(PREFLIGHT, REQUEST)),
            differs(Aspect.WIRE, ("request", "preflight"), ("preflight", "request")),
        ),
        (Expectation(wire=(R,)), BLOCKED, differs(Aspect.WIRE, ("request",), ())),
        (Expectation(status=204), ALLOWED, differs(Aspect.STATUS, 204, 200)),
        (
            Expectation(status=200),
            BLOCKED,
            differs(Aspect.STATUS, 200, None, unseen=Unseen.NO_RESPONSE),
        ),
        (
            Expectation(body="no response"),
            BLOCKED,
            differs(Aspect.BODY, "no response", None, unseen=Unseen.NO_RESPONSE),
        ),
        (
            Expectation(response_type="basic"),
            ALLOWED,
            differs(Aspect.RESPONSE_TYPE, "basic", "cors"),
        ),
        (Expectation(redirected=False), ALLOWED, differs(Aspect.REDIRECTED, False, True)),
        (
            Expectation(url="http://b.test/x"),
            ALLOWED,
            differs(Aspect.URL, "http://b.test/x", "http://b.test/x?cell=p.1#f"),
        ),
        (Expectation(body="no"), ALLOWED, differs(Aspect.BODY, "no", "ok")),
        (
            Expectation(body="ok"),
            UNREAD,
            differs(Aspect.BODY, "ok", "TypeError: reset", unseen=Unseen.NO_BODY),
        ),
        (
            Expectation(body="ok"),
            ENDLESS,
            differs(Aspect.BODY, "ok", "ok", unseen=Unseen.NO_BODY_END),
        ),
        (
            Expectation(readable=(("X-B", "1"),)),
            ALLOWED,
            differs(Aspect.READABLE, "1", None, header="X-B"),
        ),
        (
            Expectation(readable=(("X-A", None),)),
            ALLOWED,
            differs(Aspect.READABLE, None, "1, 2", header="X-A"),
        ),
        (
            Expectation(sent=(("Origin", "null"),)),
            ALLOWED,
            differs(Aspect.SENT, "null", "http://a.test", header="Origin"),
        ),
        (
            Expectation(sent=(("Origin", None),)),
            ALLOWED,
            differs(Aspect.SENT, None, "http://a.test", header="Origin"),
        ),
        (
            Expectation(sent=(("X-B", "1"),)),
            ALLOWED,
            differs(Aspect.SENT, "1", None, header="X-B"),
        ),
        (
            Expectation(sent=(("Cookie", "session=out"),)),
            ALLOWED,
            differs(Aspect.SENT, "session=out", "a=1; session=in", header="Cookie"),
        ),
        (
            Expectation(sent=(("Cookie", None),)),
            ALLOWED,
            differs(Aspect.SENT, None, "a=1; session=in", header="Cookie"),
        ),
        (
            Expectation(sent=(("Cookie", None),)),
            replace(ALLOWED, exchanges=(OWN_COOKIE,)),
            differs(Aspect.SENT, None, "sid-2.12=1; session-2.1=in", header="Cookie"),
        ),
        (
            Expectation(sent=(("Cookie", "a=1"),)),
            replace(ALLOWED, exchanges=(replace(REQUEST, request_headers=()),)),
            differs(Aspect.SENT, "a=1", None, header="Cookie"),
        ),
        (
            Expectation(sent=(("Cookie", None),)),
            BLOCKED,
            differs(Aspect.SENT, None, None, header="Cookie", unseen=Unseen.NO_REQUEST),
        ),
        (
            Expectation(preflight_sent=(("Origin", "null"),)),
            BLOCKED,
            differs(
                Aspect.PREFLIGHT_SENT,
                "null",
                None,
                header="Origin",
                unseen=Unseen.NO_PREFLIGHT,
            ),
        ),
        (
            Expectation(reason=("network", "unknown")),
            BLOCKED,
            differs(Aspect.REASON, ("network", "unknown"), "allow-origin-missing"),
        ),
        (
            Expectation(reason=("network",)),
            ALLOWED,
            differs(Aspect.REASON, ("network",), None),
        ),
    ],
)
def test_expectation_not_met(expect: Expectation, judged: JudgedStep, mismatch: Mismatch) -> None:
    assert compare(expect, judged, spec="#x") == (mismatch,)


def test_every_key_of_expect_is_an_aspect() -> None:
    keys = {field.name for field in fields(Expectation)}
    assert keys == {aspect.value for aspect in Aspect} - {Aspect.STEPS}


def test_every_aspect_of_a_step_can_be_missed() -> None:
    everything = Expectation(
        outcome=(Outcome.ALLOWED,),
        reason=("network",),
        preflight=True,
        wire=(P,),
        exchanges=(ExchangeExpectation(),),
        status=1,
        status_text="x",
        response_type="x",
        redirected=False,
        url="x",
        body="x",
        readable=(("X-B", "1"),),
        sent=(("X-B", "1"),),
        preflight_sent=(("X-B", "1"),),
    )
    missed = {mismatch.aspect for mismatch in compare(everything, BLOCKED, spec="#x")}
    assert missed == {*Aspect} - {Aspect.STEPS}


def test_all_mismatches_are_reported_with_their_step() -> None:
    expect = Expectation(outcome=(Outcome.BLOCKED,), status=404)
    missed = compare(expect, ALLOWED, spec="#x", step=1)
    assert [(mismatch.step, mismatch.aspect) for mismatch in missed] == [
        (1, Aspect.OUTCOME),
        (1, Aspect.STATUS),
    ]


def with_cookies(cookies: bytes) -> JudgedStep:
    request = replace(REQUEST, target="/api/me?cell=p.7", request_headers=((b"Cookie", cookies),))
    others = frozenset(("session-p.8",))
    return replace(ALLOWED, exchanges=(request,), cookies_of_others=others)


@pytest.mark.parametrize(
    ("cookies", "mismatches"),
    [
        pytest.param(b"session-p.8=in", 0, id="cookies of other cells only"),
        pytest.param(b"session-p.8=in; session-p.7=in", 1, id="one that it named itself"),
        pytest.param(b"session-p.8=in; session=1", 1, id="one with a name of no cell"),
    ],
)
def test_absent_cookie_means_none_but_those_of_other_cells(cookies: bytes, mismatches: int) -> None:
    expect = Expectation(sent=(("Cookie", None),))
    assert len(compare(expect, with_cookies(cookies), spec="#x")) == mismatches

"""Every field of an Expectation: once met, once not."""

from dataclasses import replace

import pytest

from cors_harness.judge.mismatches import JudgedStep, compare
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Rejected
from cors_harness.model.scenario import Expectation, Outcome
from cors_harness.model.verdict import Mismatch, Reason
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
P, R = ExchangeKind.PREFLIGHT, ExchangeKind.REQUEST


@pytest.mark.parametrize(
    ("expect", "facts"),
    [
        pytest.param(Expectation(), ALLOWED, id="nothing asserted"),
        pytest.param(Expectation(outcome=Outcome.ALLOWED), ALLOWED, id="outcome"),
        pytest.param(Expectation(preflight=True), ALLOWED, id="preflight"),
        pytest.param(Expectation(preflight=False), BLOCKED, id="no preflight"),
        pytest.param(Expectation(wire=(P, R, P, R)), ALLOWED, id="wire"),
        pytest.param(Expectation(wire=()), BLOCKED, id="empty wire"),
        pytest.param(Expectation(status=200), ALLOWED, id="status"),
        pytest.param(Expectation(response_type="cors"), ALLOWED, id="response_type"),
        pytest.param(Expectation(redirected=True), ALLOWED, id="redirected"),
        pytest.param(Expectation(url="http://b.test/x?cell=p.1#f"), ALLOWED, id="url"),
        pytest.param(Expectation(body="ok"), ALLOWED, id="body"),
        pytest.param(Expectation(readable=(("X-Total-Count", "3"),)), ALLOWED, id="readable"),
        pytest.param(Expectation(readable=(("X-A", "1, 2"),)), ALLOWED, id="readable repeats"),
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
            replace(ALLOWED, exchanges=(COOKIES_OF_OTHERS,)),
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
def test_expectation_met(expect: Expectation, facts: JudgedStep) -> None:
    assert compare(expect, facts, spec="#x") == ()


@pytest.mark.parametrize(
    ("expect", "facts", "field", "expected", "found"),
    [
        (Expectation(outcome=Outcome.BLOCKED), ALLOWED, "outcome", "blocked", "allowed"),
        (Expectation(preflight=False), ALLOWED, "preflight", "false", "true"),
        (Expectation(preflight=True), BLOCKED, "preflight", "true", "false"),
        (
            Expectation(wire=(R, P)),
            replace(ALLOWED, exchanges=(PREFLIGHT, REQUEST)),
            "wire",
            "request, preflight",
            "preflight, request",
        ),
        (Expectation(wire=(R,)), BLOCKED, "wire", "request", "nothing"),
        (Expectation(status=204), ALLOWED, "status", "204", "200"),
        (Expectation(status=200), BLOCKED, "status", "200", "no response"),
        (Expectation(response_type="basic"), ALLOWED, "response_type", "basic", "cors"),
        (Expectation(redirected=False), ALLOWED, "redirected", "false", "true"),
        (
            Expectation(url="http://b.test/x"),
            ALLOWED,
            "url",
            "http://b.test/x",
            "http://b.test/x?cell=p.1#f",
        ),
        (Expectation(body="no"), ALLOWED, "body", "no", "ok"),
        (Expectation(body="ok"), UNREAD, "body", "ok", "unreadable: TypeError: reset"),
        (Expectation(readable=(("X-B", "1"),)), ALLOWED, "readable.X-B", "1", "not readable"),
        (Expectation(readable=(("X-A", None),)), ALLOWED, "readable.X-A", "not readable", "1, 2"),
        (Expectation(sent=(("Origin", "null"),)), ALLOWED, "sent.Origin", "null", "http://a.test"),
        (
            Expectation(sent=(("Origin", None),)),
            ALLOWED,
            "sent.Origin",
            "absent",
            "http://a.test",
        ),
        (Expectation(sent=(("X-B", "1"),)), ALLOWED, "sent.X-B", "1", "absent"),
        (
            Expectation(sent=(("Cookie", "session=out"),)),
            ALLOWED,
            "sent.Cookie",
            "session=out",
            "a=1; session=in",
        ),
        (
            Expectation(sent=(("Cookie", None),)),
            ALLOWED,
            "sent.Cookie",
            "absent",
            "a=1; session=in",
        ),
        (
            Expectation(sent=(("Cookie", None),)),
            replace(ALLOWED, exchanges=(OWN_COOKIE,)),
            "sent.Cookie",
            "absent",
            "sid-2.12=1; session-2.1=in",
        ),
        (
            Expectation(sent=(("Cookie", None),)),
            BLOCKED,
            "sent.Cookie",
            "absent",
            "no request on the wire",
        ),
        (
            Expectation(preflight_sent=(("Origin", "null"),)),
            BLOCKED,
            "preflight_sent.Origin",
            "null",
            "no preflight on the wire",
        ),
        (
            Expectation(reason=("network", "unknown")),
            BLOCKED,
            "reason",
            "network or unknown",
            "allow-origin-missing",
        ),
        (Expectation(reason=("network",)), ALLOWED, "reason", "network", "none"),
    ],
)
def test_expectation_not_met(
    expect: Expectation, facts: JudgedStep, field: str, expected: str, found: str
) -> None:
    wanted = Mismatch(field=field, expected=expected, found=found, spec="#x")
    assert compare(expect, facts, spec="#x") == (wanted,)


def test_cookie_header_that_was_not_sent_is_shown_as_absent() -> None:
    bare = replace(ALLOWED, exchanges=(replace(REQUEST, request_headers=()),))
    assert compare(Expectation(sent=(("Cookie", "a=1"),)), bare, spec="#x")[0].found == "absent"


def test_all_fields_are_reported_under_the_prefix() -> None:
    expect = Expectation(outcome=Outcome.BLOCKED, status=404)
    fields = [m.field for m in compare(expect, ALLOWED, spec="#x", prefix="steps[1].")]
    assert fields == ["steps[1].outcome", "steps[1].status"]


def with_cookies(cookies: bytes) -> JudgedStep:
    request = replace(REQUEST, target="/api/me?cell=p.7", request_headers=((b"Cookie", cookies),))
    return replace(ALLOWED, exchanges=(request,))


@pytest.mark.parametrize(
    ("cookies", "mismatches"),
    [
        pytest.param(b"session-p.8=in; a=1", 0, id="cookies of other cells only"),
        pytest.param(b"a=1; session-p.7=in", 1, id="one of its own"),
    ],
)
def test_absent_cookie_means_none_that_the_cell_named(cookies: bytes, mismatches: int) -> None:
    found = compare(Expectation(sent=(("Cookie", None),)), with_cookies(cookies), spec="#x")
    assert len(found) == mismatches

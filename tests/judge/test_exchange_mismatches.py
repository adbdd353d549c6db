"""compare(): each exchange of a step against its entry of `exchanges:`."""

from dataclasses import replace

import pytest
from tests.judge.exchange_builders import preflight, request

from cors_harness.judge.mismatches import JudgedStep, compare
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Rejected
from cors_harness.model.scenario import ExchangeExpectation, Expectation, HeaderValue, Outcome
from cors_harness.model.verdict import Aspect, ExchangePart, Mismatch, MismatchValue

P, R = ExchangeKind.PREFLIGHT, ExchangeKind.REQUEST
ORIGIN = (b"Access-Control-Allow-Origin", b"http://a.test")
FIRST = preflight(204, ORIGIN)
SECOND = replace(
    request(302, ORIGIN, (b"X-A", b"1"), (b"x-a", b"2")),
    method="POST",
    request_headers=((b"Origin", b"http://a.test"), (b"Cookie", b"a=1; sid=in")),
    request_bytes=3,
    body_bytes=7,
)
SILENT = replace(request(None), role="other", target="/landing?cell=p.1")
WIRE = (FIRST, SECOND, SILENT)
OPEN = ExchangeExpectation()


def differences(
    expected: tuple[ExchangeExpectation, ...],
    exchanges: tuple[Exchange, ...] = WIRE,
    *,
    others: frozenset[str] = frozenset(),
) -> tuple[Mismatch, ...]:
    judged = JudgedStep(
        outcome=Outcome.BLOCKED,
        reason=None,
        observation=Rejected(error_name="TypeError", error_message="Failed to fetch"),
        exchanges=exchanges,
        cookies_of_others=others,
    )
    return compare(Expectation(exchanges=expected), judged, spec="#x", step=1)


def test_every_part_of_every_exchange_is_met() -> None:
    expected = (
        ExchangeExpectation(
            kind=P,
            method="OPTIONS",
            role="server",
            path="/api/data",
            status=204,
            request_headers=(("access-control-request-method", "PUT"), ("Cookie", None)),
            response_headers=(("Access-Control-Allow-Origin", "http://a.test"),),
            request_body_bytes=0,
            body_bytes=0,
        ),
        ExchangeExpectation(
            kind=R,
            method="POST",
            status=302,
            request_headers=(("Origin", True), ("Cookie", "sid=in")),
            response_headers=(("X-A", "1, 2"), ("X-B", None), ("x-A", True)),
            request_body_bytes=3,
            body_bytes=7,
        ),
        ExchangeExpectation(role="other", path="/landing", is_unanswered=True),
    )
    assert differences(expected) == ()


def part(
    exchange: int,
    of: ExchangePart,
    expected: MismatchValue,
    found: MismatchValue,
    header: str | None = None,
) -> Mismatch:
    return Mismatch(
        step=1,
        aspect=Aspect.EXCHANGES,
        exchange=exchange,
        part=of,
        header=header,
        expected=expected,
        found=found,
        spec="#x",
    )


@pytest.mark.parametrize(
    ("expect", "mismatch"),
    [
        (ExchangeExpectation(kind=P), part(1, ExchangePart.KIND, "preflight", "request")),
        (ExchangeExpectation(method="PUT"), part(1, ExchangePart.METHOD, "PUT", "POST")),
        (ExchangeExpectation(role="third"), part(1, ExchangePart.AT, "third", "server")),
        (ExchangeExpectation(path="/x"), part(1, ExchangePart.PATH, "/x", "/api/data")),
        (ExchangeExpectation(status=200), part(1, ExchangePart.STATUS, 200, 302)),
        (ExchangeExpectation(is_unanswered=True), part(1, ExchangePart.STATUS, None, 302)),
        (
            ExchangeExpectation(request_body_bytes=0),
            part(1, ExchangePart.REQUEST_BODY_BYTES, 0, 3),
        ),
        (ExchangeExpectation(body_bytes=0), part(1, ExchangePart.BODY_BYTES, 0, 7)),
        (
            ExchangeExpectation(request_headers=(("Origin", "null"),)),
            part(1, ExchangePart.REQUEST_HEADERS, "null", "http://a.test", "Origin"),
        ),
        (
            ExchangeExpectation(request_headers=(("Origin", None),)),
            part(1, ExchangePart.REQUEST_HEADERS, None, "http://a.test", "Origin"),
        ),
        (
            ExchangeExpectation(request_headers=(("Authorization", True),)),
            part(1, ExchangePart.REQUEST_HEADERS, True, None, "Authorization"),
        ),
        (
            ExchangeExpectation(request_headers=(("Cookie", "sid=out"),)),
            part(1, ExchangePart.REQUEST_HEADERS, "sid=out", "a=1; sid=in", "Cookie"),
        ),
        (
            ExchangeExpectation(response_headers=(("X-A", "1"),)),
            part(1, ExchangePart.RESPONSE_HEADERS, "1", "1, 2", "X-A"),
        ),
        (
            ExchangeExpectation(response_headers=(("ETag", True),)),
            part(1, ExchangePart.RESPONSE_HEADERS, True, None, "ETag"),
        ),
    ],
)
def test_wrong_part_is_told_with_its_exchange(
    expect: ExchangeExpectation, mismatch: Mismatch
) -> None:
    assert differences((OPEN, expect, OPEN)) == (mismatch,)


@pytest.mark.parametrize(
    ("value", "found"), [("sid=in", None), ("a=1", "sid=in"), (None, "sid=in"), (True, None)]
)
def test_cookies_of_other_cells_count_for_nothing(value: HeaderValue, found: str | None) -> None:
    others = frozenset(("a",)) if found else frozenset(("a", "sid"))
    expect = ExchangeExpectation(request_headers=(("Cookie", value),))
    missed = differences((OPEN, expect, OPEN), others=others)
    assert missed == (part(1, ExchangePart.REQUEST_HEADERS, value, found, "Cookie"),)


def test_status_where_no_response_came() -> None:
    expected = (OPEN, OPEN, ExchangeExpectation(status=200))
    assert differences(expected) == (part(2, ExchangePart.STATUS, 200, None),)


def count(expected: int, found: int) -> Mismatch:
    return Mismatch(step=1, aspect=Aspect.EXCHANGES, expected=expected, found=found, spec="#x")


def test_too_many_and_too_few_are_told_as_that() -> None:
    assert differences((OPEN, OPEN)) == (count(2, 3),)
    assert differences(()) == (count(0, 3),)
    assert differences((OPEN,), ()) == (count(1, 0),)


def test_after_one_that_is_missing_only_the_first_wrong_exchange_is_told() -> None:
    expected = (
        ExchangeExpectation(kind=P, status=204),
        ExchangeExpectation(kind=R, method="POST"),
        ExchangeExpectation(role="other"),
    )
    assert differences(expected, (SECOND, SILENT)) == (
        count(3, 2),
        part(0, ExchangePart.KIND, "preflight", "request"),
        part(0, ExchangePart.STATUS, 204, 302),
    )

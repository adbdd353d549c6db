"""wire_diff(): every difference between two runs of a step, its place and its values."""

from dataclasses import replace

import pytest
from tests.changes.baseline_builders import ALLOWED, BLOCKED, PREFLIGHT, REQUEST, STAR

from cors_harness.changes.wire_diff import wire_diff
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import StepFacts, TextPairs
from cors_harness.model.change import SentRequest, WireDifference, WirePart
from cors_harness.model.scenario import Outcome
from cors_harness.reports.wire_text import arrow_text, part_text, place_text

ORIGIN = "access-control-allow-origin"


def lines(before: StepFacts | None, after: StepFacts | None) -> list[tuple[str, ...]]:
    """Place, part, before and after of every difference, as reports show them."""
    return [
        (place_text(each), part_text(each), *arrow_text(each).split(" -> "))
        for each in wire_diff(before, after)
    ]


def answered(*response_headers: TextPairs) -> tuple[StepFacts, StepFacts]:
    """Two steps whose request is answered with these headers."""
    before, after = (
        replace(BLOCKED, wire=(replace(REQUEST, response_headers=a),)) for a in response_headers
    )
    return before, after


VALUES = {
    "appears": ((), STAR, (), ("*",), "missing -> *"),
    "goes": (STAR, (), ("*",), (), "* -> missing"),
    "is empty": ((), ((ORIGIN, ""),), (), ("",), "missing -> (empty)"),
    "comes twice": (STAR, (*STAR, *STAR), ("*",), ("*", "*"), "* -> *, * (2 headers)"),
    "has a comma": (
        (*STAR, *STAR),
        ((ORIGIN, "*, *"),),
        ("*", "*"),
        ("*, *",),
        "*, * (2 headers) -> *, *",
    ),
}
Values = tuple[str, ...]


@pytest.mark.parametrize(("old", "new", "before", "after", "text"), VALUES.values(), ids=VALUES)
def test_absent_is_not_empty_and_twice_is_not_once(
    old: TextPairs, new: TextPairs, before: Values, after: Values, text: str
) -> None:
    (difference,) = wire_diff(*answered(old, new))
    assert difference == WireDifference(
        kind=ExchangeKind.REQUEST,
        part=WirePart.RESPONSE_HEADER,
        header=ORIGIN,
        before=before,
        after=after,
    )
    assert arrow_text(difference) == text


def test_a_request_that_is_sent_now_comes_with_its_status() -> None:
    second = replace(REQUEST, target="/next", role="other", status=None)
    (difference,) = wire_diff(BLOCKED, replace(BLOCKED, wire=(REQUEST, second)))
    request = SentRequest(method="GET", target="/next", status=None)
    assert (difference.request, difference.role) == (request, "other")


def test_allow_origin_is_told_before_other_headers() -> None:
    others = (("access-control-allow-headers", "x"), ("access-control-allow-methods", "PUT"))
    found = lines(*answered((), (*others, *STAR)))
    assert [what for _, what, *_ in found] == [ORIGIN, *(name for name, _ in others)]


EXCHANGES = {
    "request that is sent now": (
        replace(BLOCKED, wire=(PREFLIGHT,)),
        replace(BLOCKED, wire=(PREFLIGHT, REQUEST)),
        ("request", "sent", "not sent", "sent"),
    ),
    "preflight that is sent now": (
        replace(BLOCKED, wire=(REQUEST,)),
        replace(BLOCKED, wire=(PREFLIGHT, REQUEST)),
        ("preflight", "sent", "not sent", "sent"),
    ),
    "request that is not sent any more": (
        replace(BLOCKED, wire=(PREFLIGHT, REQUEST)),
        replace(BLOCKED, wire=(PREFLIGHT,)),
        ("request", "sent", "sent", "not sent"),
    ),
    "request to another server": (
        BLOCKED,
        replace(BLOCKED, wire=(REQUEST, replace(REQUEST, role="other"))),
        ("request at other", "sent", "not sent", "sent"),
    ),
    "status": (
        BLOCKED,
        replace(BLOCKED, wire=(replace(REQUEST, status=500),)),
        ("request", "status", "200", "500"),
    ),
    "no response": (
        BLOCKED,
        replace(BLOCKED, wire=(replace(REQUEST, status=None),)),
        ("request", "status", "200", "no response"),
    ),
    "credentials": (
        BLOCKED,
        replace(BLOCKED, wire=(replace(REQUEST, with_credentials=True),)),
        ("request", "credentials", "not sent", "sent"),
    ),
    "what a preflight asks for": (
        replace(BLOCKED, wire=(PREFLIGHT,)),
        replace(
            BLOCKED,
            wire=(
                replace(
                    PREFLIGHT, request_headers=(*PREFLIGHT.request_headers, ("origin", "null"))
                ),
            ),
        ),
        ("preflight", "origin", "missing", "null"),
    ),
    "header that page code reads": (
        ALLOWED,
        replace(ALLOWED, readable=("x-total",)),
        ("page", "reads x-total", "no", "yes"),
    ),
    "step that was not asked": (None, BLOCKED, ("page", "result", "not asked", "blocked")),
    "step that is not asked any more": (
        ALLOWED,
        None,
        ("page", "result", "allowed", "not asked"),
    ),
    "outcome": (
        replace(ALLOWED, outcome=Outcome.OPAQUE),
        ALLOWED,
        ("page", "result", "opaque", "allowed"),
    ),
}


@pytest.mark.parametrize(("before", "after", "line"), EXCHANGES.values(), ids=EXCHANGES)
def test_line(
    before: StepFacts | None, after: StepFacts | None, line: tuple[str, str, str, str]
) -> None:
    assert lines(before, after) == [line]


def test_same_step_has_no_line() -> None:
    assert lines(ALLOWED, ALLOWED) == []


def test_reason_is_told_beside_the_result() -> None:
    assert lines(BLOCKED, replace(ALLOWED, wire=BLOCKED.wire)) == [
        ("page", "result", "blocked", "allowed"),
        ("page", "reason", "allow-origin-missing", "none"),
    ]

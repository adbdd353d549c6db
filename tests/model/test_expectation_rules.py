"""What of an expectation can be true with an outcome, and what `except:` entries make of it."""

import pytest

from cors_harness.model.expectation_rules import PAGE_READS, can_hold, overridden, seen_with
from cors_harness.model.scenario import Expectation, ExpectationOverride, Outcome

FULL = Expectation(
    status=200,
    status_text="OK",
    response_type="cors",
    redirected=False,
    url="http://b.test/",
    body="ok",
    readable=(("ETag", True),),
    reason=("network",),
)
OF_OPAQUE = Expectation(
    status=0,
    status_text="",
    response_type="opaque",
    body="",
    readable=(("ETag", None),),
)
NAMES = (*PAGE_READS, "reason")


@pytest.mark.parametrize(
    ("expect", "outcome", "never"),
    [
        (FULL, Outcome.ALLOWED, {"reason"}),
        (FULL, Outcome.BLOCKED, {*PAGE_READS}),
        (FULL, Outcome.TIMEOUT, {*NAMES}),
        (FULL, Outcome.CRASHED, {*NAMES}),
        (FULL, Outcome.FAILED, set[str]()),  # a response whose body broke off
        (
            FULL,
            Outcome.OPAQUE,
            {"status", "status_text", "response_type", "body", "readable", "reason"},
        ),
        (OF_OPAQUE, Outcome.OPAQUE, set[str]()),
        (OF_OPAQUE, Outcome.OPAQUE_REDIRECT, {"response_type"}),
        (OF_OPAQUE, Outcome.ALLOWED, {"response_type"}),
        (Expectation(), Outcome.BLOCKED, set[str]()),
    ],
)
def test_fields_that_can_never_be_true(
    expect: Expectation, outcome: Outcome, never: set[str]
) -> None:
    assert {name for name in NAMES if not can_hold(expect, name, outcome)} == never


BOTH = Expectation(
    outcome=(Outcome.ALLOWED, Outcome.BLOCKED), status=200, reason=("network",), preflight=True
)


def test_of_several_outcomes_each_has_what_a_page_sees_with_it() -> None:
    allowed, blocked = (seen_with(BOTH, outcome) for outcome in BOTH.outcome)
    assert (allowed.status, allowed.reason, allowed.preflight) == (200, (), True)
    assert (blocked.status, blocked.reason, blocked.preflight) == (None, ("network",), True)


def test_an_outcome_that_is_not_named_takes_nothing_away() -> None:
    assert seen_with(BOTH, Outcome.TIMEOUT) is BOTH
    alone = Expectation(outcome=(Outcome.BLOCKED,), status=200)
    assert seen_with(alone, Outcome.BLOCKED) is alone


def test_the_same_outcomes_in_another_order_are_no_other_outcome() -> None:
    turned = Expectation(outcome=(Outcome.BLOCKED, Outcome.ALLOWED))
    entry = ExpectationOverride(engines=("webkit",), overrides=("outcome",), expect=turned)
    assert overridden(BOTH, entry).status == 200
    fewer = Expectation(outcome=(Outcome.BLOCKED,))
    entry = ExpectationOverride(engines=("webkit",), overrides=("outcome",), expect=fewer)
    assert overridden(BOTH, entry) == Expectation(outcome=(Outcome.BLOCKED,), preflight=True)


@pytest.mark.parametrize(
    ("column", "covered"),
    [("webkit", True), ("safari-mac", True), ("edge-windows", False), ("firefox", False)],
)
def test_entry_for_an_engine_covers_its_columns(column: str, *, covered: bool) -> None:
    entry = ExpectationOverride(engines=("webkit",), expect=Expectation())
    assert entry.covers(("app",), column) is covered

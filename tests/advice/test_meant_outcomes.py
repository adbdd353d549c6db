"""Advice asks what was meant: nothing that opens for a call that may be blocked."""

from dataclasses import replace
from typing import Any

import pytest
from tests.advice.call_builders import FASTAPI, FLASK, PAGE, request
from tests.advice.neighbour_builders import (
    ALLOWED,
    BLOCKED,
    OPEN,
    REJECTED,
    cell,
    misses,
    neighbourhood,
    reads,
)

from cors_harness.advice.advise import advise
from cors_harness.advice.neighbours import CallIntent, intent_of
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import (
    Call,
    ExchangeExpectation,
    Expectation,
    ExpectationOverride,
    Outcome,
    Step,
)
from cors_harness.model.verdict import Status

EITHER = Expectation(outcome=(Outcome.ALLOWED, Outcome.BLOCKED))
OPAQUE = Expectation(outcome=(Outcome.OPAQUE,))
FORBIDDEN = ExchangeExpectation(kind=ExchangeKind.REQUEST, status=403)
BESIDE_BLOCKED: dict[str, Any] = {
    "status": {"status": 403},
    "body": {"body": "no"},
    "redirected": {"redirected": True},
    "url": {"url": "https://api.example.org/elsewhere"},
    "response type": {"response_type": "basic"},
    "readable": {"readable": (("X-Total-Count", "3"),)},
    "exchanges with a status": {"exchanges": (FORBIDDEN,)},
    "wire": {"wire": ()},
    "reason": {"reason": ("network",)},
    "sent": {"sent": (("X-Shop", "1"),)},
    "preflight": {"preflight": True},
}


@pytest.mark.parametrize("parts", BESIDE_BLOCKED.values(), ids=BESIDE_BLOCKED)
@pytest.mark.parametrize("expect", [BLOCKED, EITHER], ids=["blocked", "allowed or blocked"])
@pytest.mark.parametrize("step", [None, 0], ids=["run", "check"])
def test_call_that_may_be_blocked_and_misses_another_part_gets_nothing(
    parts: dict[str, Any], expect: Expectation, step: int | None
) -> None:
    record = misses("stranger", replace(expect, **parts))
    assert advise(record, FASTAPI, step=step) is None


def test_those_cells_are_unexpected_so_the_test_above_can_fail() -> None:
    for name in ("status", "exchanges with a status", "wire", "preflight"):
        record = misses("stranger", replace(BLOCKED, **BESIDE_BLOCKED[name]))
        assert record.verdict.status is Status.UNEXPECTED, name


def test_check_opens_for_what_is_left_open_or_meant_and_for_no_stranger() -> None:
    assert advise(misses("own", ALLOWED), FLASK, step=0) is not None
    assert advise(misses("own", OPEN), FLASK, step=0) is not None
    assert advise(misses("own", OPAQUE), FLASK, step=0) is None
    assert advise(misses("stranger", BLOCKED), FLASK, step=0) is None


KNOWN = ExpectationOverride(
    engines=("webkit",), overrides=("outcome",), expect=ALLOWED, known="https://bug/1"
)
OTHER_SERVER = ExpectationOverride(servers=("app",), overrides=("outcome",), expect=ALLOWED)


def test_known_difference_changes_no_intent_and_another_server_does() -> None:
    webkit = cell("x", BLOCKED, request(), engine="webkit", exemptions=(KNOWN,))
    assert advise(webkit, FASTAPI, step=0) is None
    assert intent_of(webkit.cell, webkit.cell.scenario.steps[0]) is CallIntent.BLOCKED
    here = cell("x", BLOCKED, request(), exemptions=(OTHER_SERVER,))
    assert intent_of(here.cell, here.cell.scenario.steps[0]) is CallIntent.ALLOWED


def test_later_step_that_is_meant_to_be_blocked_gets_nothing() -> None:
    first = reads("two", ALLOWED)
    steps = (*first.cell.scenario.steps, Step(call=Call(), expect=replace(BLOCKED, wire=())))
    scenario = replace(first.cell.scenario, steps=steps)
    second = misses("two", replace(BLOCKED, wire=()))
    mismatches = tuple(replace(each, step=1) for each in second.verdict.mismatches)
    verdict = replace(
        second.verdict, steps=(*first.verdict.steps, *second.verdict.steps), mismatches=mismatches
    )
    record = replace(
        first,
        cell=replace(first.cell, scenario=scenario),
        exchanges=(*first.exchanges, *(replace(each, step=1) for each in second.exchanges)),
        observations=(*first.observations, REJECTED),
        verdict=verdict,
    )
    assert mismatches
    assert advise(record, FASTAPI) is None


def lookalike(page: str) -> CellRecord:
    return misses(f"stranger-{page}", replace(BLOCKED, status=403), page)


def test_lookalikes_of_a_matrix_get_nothing_beside_a_page_that_does() -> None:
    own = misses("own")
    strangers = [lookalike(p) for p in ("http://app.example.com", "https://evil.example", "null")]
    near = neighbourhood((own, *strangers))
    assert [advise(each, FLASK, near) for each in strangers] == [None] * 3
    advice = advise(own, FLASK, near)
    assert advice is not None
    assert f'ALLOWED_ORIGINS = ["{PAGE}"]' in advice.lines

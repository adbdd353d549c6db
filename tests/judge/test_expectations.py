"""Exemptions: which hold for a cell, and what they leave of `expect`."""

import pytest

from cors_harness.judge.verdicts import known_sources
from cors_harness.model.cell import Cell
from cors_harness.model.expectation_rules import exemptions_of, expectation_for
from cors_harness.model.scenario import (
    Call,
    Expectation,
    ExpectationOverride,
    Outcome,
    Scenario,
    Step,
)
from cors_harness.terms.source_span import SourceSpan

ALLOWED = Expectation(outcome=(Outcome.ALLOWED,), status=200)
BLOCKED = Expectation(outcome=(Outcome.BLOCKED,))
BARE = ExpectationOverride(servers=("flask-bare",), overrides=("outcome",), expect=BLOCKED)
WEBKIT = ExpectationOverride(
    engines=("webkit",), overrides=("status",), expect=Expectation(status=0), known="bug 1"
)
UNSET = ExpectationOverride(overrides=("status",), expect=Expectation(), known="bug 2")
STEP = Step(call=Call(), expect=ALLOWED, exemptions=(BARE, WEBKIT))


def cell(server: str, engine: str) -> Cell:
    scenario = Scenario(
        id="s", title="t", spec="#x", source=SourceSpan(file="f.yaml", line=1), steps=(STEP,)
    )
    return Cell(scenario=scenario, server=server, engine=engine)


@pytest.mark.parametrize(
    ("server", "engine", "held"),
    [
        pytest.param("flask-cors", "chromium", (), id="neither"),
        pytest.param("flask-bare", "chromium", (BARE,), id="server"),
        pytest.param("flask-cors", "webkit", (WEBKIT,), id="engine"),
        pytest.param("flask-bare", "webkit", (BARE, WEBKIT), id="both"),
    ],
)
def test_exemptions_that_hold(
    server: str, engine: str, held: tuple[ExpectationOverride, ...]
) -> None:
    assert exemptions_of(cell(server, engine), STEP) == held


@pytest.mark.parametrize(
    ("exemptions", "outcome", "status"),
    [
        pytest.param((), Outcome.ALLOWED, 200, id="none"),
        pytest.param((BARE,), Outcome.BLOCKED, None, id="another outcome has no status"),
        pytest.param((BARE, WEBKIT), Outcome.BLOCKED, 0, id="two fields"),
        pytest.param((WEBKIT, UNSET), Outcome.ALLOWED, None, id="later one takes it back"),
        pytest.param((UNSET, WEBKIT), Outcome.ALLOWED, 0, id="later one wins"),
    ],
)
def test_expectation_with_exemptions(
    exemptions: tuple[ExpectationOverride, ...], outcome: Outcome, status: int | None
) -> None:
    expect = expectation_for(STEP, exemptions)
    assert (expect.outcome, expect.status) == ((outcome,), status)


def test_known_sources_without_repeats() -> None:
    assert known_sources((BARE, UNSET, WEBKIT, UNSET)) == ("bug 2", "bug 1")


def test_exemption_with_another_outcome_drops_what_the_page_would_have_seen() -> None:
    allowed = Expectation(outcome=(Outcome.ALLOWED,), status=200, preflight=True, body="ok")
    blocked = ExpectationOverride(
        servers=("flask-bare",),
        overrides=("outcome",),
        expect=Expectation(outcome=(Outcome.BLOCKED,)),
    )
    step = Step(call=Call(), expect=allowed, exemptions=(blocked,))
    expected = Expectation(outcome=(Outcome.BLOCKED,), preflight=True)
    assert expectation_for(step, step.exemptions) == expected

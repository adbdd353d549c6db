"""How long a page is told to wait for a body once the head of its response has come."""

import pytest

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import (
    Call,
    ExchangeExpectation,
    Expectation,
    ExpectationOverride,
    Scenario,
    Step,
)
from cors_harness.run.bound_cell import BODY_MS, EVENTS_MS, BoundCell
from cors_harness.terms.source_span import SourceSpan

BODY = Expectation(body="ok")
REQUEST = ExchangeExpectation(kind=ExchangeKind.REQUEST)
SIZED = ExchangeExpectation(kind=ExchangeKind.REQUEST, body_bytes=2)
IN_FIREFOX = ExpectationOverride(engines=("firefox",), overrides=("body",), expect=BODY)
SHORT = (BODY_MS, EVENTS_MS)
WHOLE = (None, None)


def waits(*steps: Step, engine: str = "firefox") -> tuple[int | None, int | None]:
    """Of the first step: of an ordinary body, and of server-sent events."""
    scenario = Scenario(
        id="s", title="t", spec="#x", source=SourceSpan(file="a.yaml", line=1), steps=steps
    )
    cell = Cell(scenario=scenario, server="app", engine=engine)
    names = {"server": "http://127.0.0.1:1", "token": "7.1"}
    bound = BoundCell(cell=cell, token=names["token"], names=names)
    step = bound.step_json(0, 10_000)
    return step["body_ms"], step["events_ms"]


def step(expect: Expectation, *exemptions: ExpectationOverride, path: str = "/") -> Step:
    return Step(call=Call(path=path), expect=expect, exemptions=exemptions)


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        pytest.param(Expectation(status=200), SHORT, id="nothing of the body"),
        pytest.param(BODY, WHOLE, id="the body"),
        pytest.param(Expectation(exchanges=(REQUEST,)), SHORT, id="an exchange of any size"),
        pytest.param(Expectation(exchanges=(REQUEST, SIZED)), WHOLE, id="the size of an exchange"),
    ],
)
def test_body_is_waited_for_as_far_as_it_is_expected(
    expect: Expectation, told: tuple[int | None, int | None]
) -> None:
    assert waits(step(expect)) == told


def test_exemption_for_another_engine_does_not_count() -> None:
    exempted = step(Expectation(), IN_FIREFOX)
    assert (waits(exempted), waits(exempted, engine="webkit")) == (WHOLE, SHORT)


def test_body_that_a_later_step_takes_json_from_is_waited_for() -> None:
    taking = step(Expectation(), path="/orders/{steps.0.json.id}")
    assert waits(step(Expectation()), taking) == WHOLE


def test_caller_that_reads_bodies_gets_them_whole_but_for_events() -> None:
    assert waits(Step(call=Call(), expect=Expectation(), reads_body=True)) == (None, EVENTS_MS)

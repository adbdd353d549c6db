"""Advice on what judge() really gives: no text stands between the two, so none can go astray."""

import ast
from dataclasses import replace
from pathlib import Path

from tests.advice.call_builders import ALLOW_ORIGIN, FASTAPI, PAGE, SERVER, SPEC, request, text

import cors_harness.advice
from cors_harness.advice.advise import advise
from cors_harness.judge.verdicts import judge
from cors_harness.model.advice import Mistake
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Observation, Rejected, StepMessages
from cors_harness.model.scenario import Call, Expectation, Outcome, Scenario, Step
from cors_harness.model.verdict import MissingValue
from cors_harness.reports.mismatch_text import expected_text, found_text
from cors_harness.terms.source_span import SourceSpan
from cors_harness.terms.step_value import StepSource, StepValue

REJECTED = Rejected(error_name="TypeError", error_message="Failed to fetch")
FULFILLED = Fulfilled(response_type="cors", status=200, url=SERVER, redirected=False)
WITH_COUNT = ((ALLOW_ORIGIN, PAGE), ("X-Total-Count", "3"))
MISSING = StepMessages(console=("No 'Access-Control-Allow-Origin' header is present",))
ALLOWED = Expectation(outcome=(Outcome.ALLOWED,))
COUNTING = Expectation(readable=(("X-Total-Count", "3"),))


def judged(*steps: tuple[Expectation, Observation], exchanges: tuple[Exchange, ...]) -> CellRecord:
    """A cell of these steps, as a run would record it."""
    scenario = Scenario(
        id="orders",
        title="The page gets its answer",
        spec=SPEC,
        source=SourceSpan(file="orders.yaml", line=1),
        steps=tuple(Step(call=Call(), expect=expect) for expect, _ in steps),
    )
    cell = Cell(scenario=scenario, server="app", engine="chromium")
    observations = tuple(observation for _, observation in steps)
    return CellRecord(
        cell=cell,
        page=PAGE,
        exchanges=exchanges,
        observations=observations,
        verdict=judge(cell, observations, exchanges, (MISSING,) * len(steps)),
    )


def mistake(record: CellRecord) -> Mistake | None:
    advice = advise(record, FASTAPI)
    return advice.mistake if advice else None


def test_header_that_the_page_cannot_read_gets_advice() -> None:
    record = judged((COUNTING, FULFILLED), exchanges=(request(200, WITH_COUNT),))
    assert mistake(record) is Mistake.NOT_EXPOSED


def test_host_that_is_refused_where_pages_can_read_it_gets_advice() -> None:
    host = (*WITH_COUNT[:1], *text("Invalid host header"))
    seen = replace(FULFILLED, status=400)
    expect = Expectation(status=200, readable=(("X-Total-Count", "3"),))
    assert mistake(judged((expect, seen), exchanges=(request(400, host),))) is Mistake.HOST_REFUSED
    other = (*WITH_COUNT[:1], *text("no such order"))
    only_status = Expectation(status=200)
    assert mistake(judged((only_status, seen), exchanges=(request(400, other),))) is None


def test_header_whose_value_reads_like_a_report_gets_advice() -> None:
    expect = Expectation(readable=(("X-Total-Count", "not readable"),))
    record = judged((expect, FULFILLED), exchanges=(request(200, WITH_COUNT),))
    assert mistake(record) is Mistake.NOT_EXPOSED


def test_header_of_a_later_step_gets_advice() -> None:
    exchanges = (request(200, WITH_COUNT), request(200, WITH_COUNT, step=1))
    record = judged((ALLOWED, FULFILLED), (COUNTING, FULFILLED), exchanges=exchanges)
    assert mistake(record) is Mistake.NOT_EXPOSED


def needing(exchange: Exchange, seen: Observation, expect: Expectation) -> CellRecord:
    """A cell of two steps that ended, as the first brought no X-Total-Count for the second."""
    value = StepValue(step=0, source=StepSource.HEADER, name="x-total-count")
    missing = MissingValue(step=1, value=value, why="needs it")
    record = judged((expect, seen), (ALLOWED, FULFILLED), exchanges=(exchange,))
    verdict = judge(record.cell, (seen,), (exchange,), (MISSING,), (missing,))
    return replace(record, observations=(seen,), verdict=verdict)


def test_header_that_a_later_step_needs_and_the_page_cannot_read_gets_advice() -> None:
    hidden, absent = request(200, WITH_COUNT), request(200, ((ALLOW_ORIGIN, PAGE),))
    assert mistake(needing(hidden, FULFILLED, ALLOWED)) is Mistake.NOT_EXPOSED
    assert mistake(needing(absent, FULFILLED, ALLOWED)) is None


def test_blocked_call_that_brings_nothing_was_meant_to_be_allowed_unless_it_is_said() -> None:
    blocked = Expectation(outcome=(Outcome.BLOCKED,))
    assert mistake(needing(request(), REJECTED, Expectation())) is Mistake.ORIGIN_MISSING
    assert mistake(needing(request(), REJECTED, blocked)) is None


def test_call_that_was_meant_to_give_a_body_was_meant_to_be_allowed() -> None:
    record = judged((Expectation(body="ok"), REJECTED), exchanges=(request(),))
    assert mistake(record) is Mistake.ORIGIN_MISSING


def test_blocked_call_whose_sent_header_reads_like_a_report_gets_none() -> None:
    exchange = request(200, request_headers=((b"X-A", b"no response"),))
    expect = Expectation(sent=(("X-A", "y"),))
    assert mistake(judged((expect, REJECTED), exchanges=(exchange,))) is None


def test_advice_has_no_text_that_a_report_shows_of_a_mismatch() -> None:
    expect = Expectation(status=200, readable=(("X-A", "1"),), sent=(("X-A", "1"),))
    mismatches = judged((expect, REJECTED), exchanges=()).verdict.mismatches
    shown = {text(each) for each in mismatches for text in (expected_text, found_text)}
    words = shown - {"200", "1"}
    assert words == {"no response", "not readable", "no request on the wire"}
    assert words.isdisjoint(texts_in_advice())


def texts_in_advice() -> set[str]:
    """Every whole string in the sources of advice."""
    folder = Path(cors_harness.advice.__file__).parent
    return {
        node.value
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

"""A cell whose steps need what earlier ones bring: what the page is given, and when."""

from dataclasses import replace
from typing import Any

from tests.run.test_page_session import bound_cell

from cors_harness.model.scenario import (
    Call,
    ExchangeExpectation,
    Expectation,
    ExpectationOverride,
    Outcome,
    Step,
)
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.step_values import JSON_LIMIT, NotBrought
from cors_harness.terms.step_value import StepSource, StepValue

ALLOWED = Expectation(outcome=(Outcome.ALLOWED,))
FIRST = Step(call=Call(), expect=ALLOWED)
ID = StepValue(step=0, source=StepSource.JSON, name="id")
COOKIE = StepValue(step=0, source=StepSource.COOKIE, name="c")


def of_steps(*steps: Step, **values: Any) -> BoundCell:
    bound = bound_cell(1)
    scenario = replace(bound.cell.scenario, steps=steps)
    return replace(bound, cell=replace(bound.cell, scenario=scenario), **values)


def second(**members: Any) -> Step:
    return Step(call=Call(**members), expect=ALLOWED)


def test_cells_without_step_values_are_as_ever() -> None:
    steps = of_steps(FIRST, second(path="/b")).page_json(1000)["steps"]
    assert [step["url"] for step in steps] == [
        "http://127.0.0.1:1/api/data?cell=7.1",
        "http://127.0.0.1:1/b?cell=7.1",
    ]
    assert not any("body_limit" in step for step in steps)


def test_a_step_that_needs_a_value_is_told_later() -> None:
    bound = of_steps(FIRST, second(path="/{steps.0.json.id}"), second(path="/c"))
    first, later, last = bound.page_json(1000)["steps"]
    assert (first["body_limit"], later) == (JSON_LIMIT + 1, None)
    assert last["url"].endswith("/c?cell=7.1")
    assert bound.brings(0) == (ID,)
    filled = replace(bound, step_values={ID: "7"})
    assert filled.step_json(1, 1000)["url"] == "http://127.0.0.1:1/7?cell=7.1"
    assert "body_limit" not in filled.step_json(1, 1000)


def test_a_value_stands_everywhere_as_it_is_and_in_urls_as_one_segment() -> None:
    text = "{steps.0.json.id}"
    expect = Expectation(
        outcome=(Outcome.ALLOWED,),
        url=f"{{server}}/{text}?{{cell}}",
        body=text,
        sent=(("X-A", f"a {text}"),),
        readable=(("X-B", text),),
        exchanges=(ExchangeExpectation(path=f"/{text}", request_headers=(("X-A", text),)),),
    )
    other = ExpectationOverride(
        engines=("chromium",), overrides=("url",), expect=Expectation(url=f"/{text}")
    )
    call = Call(path=f"/{text}?q={text}", headers=(("X-A", text),), method="PUT", body=f'"{text}"')
    value = 'a/"{token}"&cell=7.9#é'
    step = Step(call=call, expect=expect, exemptions=(other,))
    bound = of_steps(FIRST, step, step_values={ID: value})
    encoded = "a%2F%22%7Btoken%7D%22%26cell%3D7.9%23%C3%A9"
    asked = bound.step_json(1, 1000)
    assert asked["url"] == f"http://127.0.0.1:1/{encoded}?q={encoded}&cell=7.1"
    assert asked["init"] == {"method": "PUT", "body": f'"{value}"', "headers": [["X-A", value]]}
    _, filled = bound.filled_cell().scenario.steps
    assert filled.expect == replace(
        expect,
        url=f"http://127.0.0.1:1/{encoded}?{{cell}}",  # the cell here has no name for it
        body=value,
        sent=(("X-A", f"a {value}"),),
        readable=(("X-B", value),),
        exchanges=(ExchangeExpectation(path=f"/{encoded}", request_headers=(("X-A", value),)),),
    )
    assert filled.exemptions[0].expect.url == f"/{encoded}"


def test_a_step_needs_what_is_expected_of_this_cell_and_no_other() -> None:
    wanted = Expectation(sent=(("Cookie", "c={steps.0.cookie.c}"),))
    entry = ExpectationOverride(engines=("webkit",), overrides=("sent",), expect=wanted)
    bound = of_steps(FIRST, replace(second(), exemptions=(entry,)))
    assert bound.needs(1) == ()
    webkit = replace(bound, cell=replace(bound.cell, engine="webkit"))
    assert webkit.needs(1) == (COOKIE,)


def test_why_a_step_cannot_make_its_call() -> None:
    call = {"headers": (("X-A", "{steps.0.cookie.c}"), ("X-B", "b{steps.0.json.id}"))}
    bound = of_steps(FIRST, second(**call))
    assert not replace(bound, step_values={ID: "7", COOKIE: "c"}).missing(1)
    (missing,) = replace(bound, step_values={ID: "7", COOKIE: NotBrought("none")}).missing(1)
    assert (missing.step, missing.value) == (1, COOKIE)
    assert missing.why == "needs the cookie c of steps[0]: none"
    assert not replace(bound, step_values={ID: "7\n", COOKIE: "\nc"}).missing(1)  # at the ends
    (refused,) = replace(bound, step_values={ID: "\n7", COOKIE: "c"}).missing(1)
    assert refused.why == (
        "cannot send id in the JSON of steps[0] in X-B: fetch() refuses it for a line break"
    )


def test_a_header_that_is_missing_under_two_spellings_is_told_once() -> None:
    call = {"headers": (("X-A", "{steps.0.header.x-a}"), ("X-B", "{steps.0.header.X-A}"))}
    bound = of_steps(FIRST, second(**call))
    bound = replace(bound, step_values=dict.fromkeys(bound.brings(0), NotBrought("none")))
    assert [missing.why for missing in bound.missing(1)] == [
        "needs the header x-a of steps[0]: none"
    ]


def test_the_record_has_the_values_that_paths_name() -> None:
    step = second(path="/{steps.0.json.id}?{page}", headers=(("X-A", "{steps.0.cookie.c}"),))
    bound = of_steps(FIRST, step, step_values={ID: "7", COOKIE: "secret"})
    assert bound.values_in_paths() == (("steps.0.json.id", "7"),)
    assert bound.step_paths() == ((1, "/{steps.0.json.id}?http://127.0.0.1:1"),)

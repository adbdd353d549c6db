"""Values of earlier steps in scenario files: where they may stand, and what is said elsewhere."""

import pytest
from tests.loading.conftest import Read

SPEC = "https://fetch.spec.whatwg.org/#cors-check"
FORMS = "{steps.0.header.NAME}, {steps.0.json.KEY.KEY} or {steps.0.cookie.NAME}"
COUNTED = "steps are counted from 0, as in steps[0]"


def steps(*, first: str = "{}", second: str = "{}", expect: str = "", more: str = "") -> str:
    return f"""\
- id: a
  title: t
  spec: {SPEC}
{more}  steps:
    - request: {first}
      expect: {{outcome: allowed}}
    - request: {second}
      expect: {{outcome: allowed{expect}}}
"""


GOOD = {
    "path": {"second": '{path: "/a/{steps.0.json.id}?b={steps.0.cookie.c}"}'},
    "header": {"second": '{headers: {Authorization: "Bearer {steps.0.json.access_token}"}}'},
    "headers as pairs": {"second": '{headers: [[X-A, "{steps.0.header.x-a}"]]}'},
    "body": {"second": """{method: PUT, body: '{"id": "{steps.0.json.data.items.0.id}"}'}"""},
    "sent": {"expect": ', sent: {X-A: "{steps.0.header.x-a}"}'},
    "url": {"expect": ', url: "{server}/{steps.0.json.id}?{cell}"'},
    "expected body": {"expect": ", body: '{steps.0.json.id}'"},
    "prose": {"more": "  note: sends {steps.7.header.x}, not {steps.x}\n"},
    "braces of others": {
        "first": "{method: PUT, body: '{\"steps\": [], steps: {a}, {steps{id}}}'}"
    },
}


@pytest.mark.parametrize("text", [steps(**words) for words in GOOD.values()], ids=GOOD)
def test_value_may_stand_there(read: Read, text: str) -> None:
    scenarios, problems = read(text)
    assert (len(scenarios), problems) == (1, ())


WRONG = {
    "the step itself": (
        {"second": '{path: "/{steps.1.json.id}"}'},
        "7:23: path: found the placeholder '{steps.1.json.id}' in steps[1]; "
        f"expected an earlier step: steps.0\n  {COUNTED}",
    ),
    "the first step": (
        {"first": '{headers: {X-A: "{steps.0.header.x}"}}'},
        "5:32: X-A: found the placeholder '{steps.0.header.x}' in steps[0]; "
        f"expected no value of a step\n  no step is before this one; {COUNTED}",
    ),
    "the step itself, expected": (
        {"expect": ', sent: {X-A: "{steps.1.header.x}"}'},
        "8:46: X-A: found the placeholder '{steps.1.header.x}' in steps[1]; "
        f"expected an earlier step: steps.0\n  {COUNTED}",
    ),
    "another form": (
        {"second": '{headers: {X-A: "{steps.0.headers.x}"}}'},
        f"7:32: X-A: found the placeholder '{{steps.0.headers.x}}'; expected {FORMS}\n  {COUNTED}",
    ),
    "brackets": (
        {"second": '{headers: {X-A: "{steps[0].header.x}"}}'},
        f"7:32: X-A: found the placeholder '{{steps[0].header.x}}'; expected {FORMS}\n  {COUNTED}",
    ),
    "step": (
        {"second": "{method: PUT, body: '{step.0.header.x}'}"},
        f"7:36: body: found the placeholder '{{step.0.header.x}}'; expected {FORMS}\n  {COUNTED}",
    ),
    "no end": (
        {"second": '{path: "/{steps.0.json.id"}'},
        f"7:23: path: found the placeholder '{{steps.0.json.id'; expected {FORMS}\n  {COUNTED}",
    ),
    "Set-Cookie": (
        {"second": '{headers: {X-A: "{steps.0.header.Set-Cookie}"}}'},
        "7:32: X-A: found the placeholder '{steps.0.header.Set-Cookie}'; "
        "expected {steps.0.cookie.NAME}\n"
        "  page code cannot read that header; a cookie's value is taken from the wire",
    ),
    "the server's answer": (
        {"more": '  response: {headers: {X-A: "{steps.0.header.x}"}}\n'},
        "4:29: X-A: found the placeholder '{steps.0.header.x}'; expected no value of a step here\n"
        "  it is known only when a step has brought it: use it in a step",
    ),
}


@pytest.mark.parametrize(("words", "message"), WRONG.values(), ids=WRONG)
def test_mistake_is_told(read: Read, words: dict[str, str], message: str) -> None:
    scenarios, problems = read(steps(**words))
    assert [str(problem) for problem in problems] == [f"x.yaml:{message}"]
    assert scenarios == ()


def test_a_scenario_of_one_request_has_no_earlier_step(read: Read) -> None:
    text = f"""\
- id: a
  title: t
  spec: {SPEC}
  request: {{headers: {{X-A: "{{steps.0.header.x}}"}}}}
  expect: {{outcome: allowed, sent: {{X-A: "{{steps.0.header.x}}"}}}}
  except: [{{engine: webkit, body: "{{steps.0.json.a}}"}}]
"""
    _, problems = read(text)
    assert [(problem.where.line, problem.key) for problem in problems] == [
        (4, "X-A"),
        (5, "X-A"),
        (6, "body"),
    ]
    assert {problem.hint for problem in problems} == {
        "put it into an entry of steps, behind the step that brings it"
    }


def test_exceptions_of_a_step_are_checked(read: Read) -> None:
    text = steps() + '      except: [{engine: webkit, url: "{steps.1.json.a}"}]\n'
    _, (problem,) = read(text)
    assert (problem.where.line, problem.key) == (9, "url")


def test_a_matrix_fills_in_names_and_numbers(read: Read) -> None:
    text = steps(second='{headers: {X-A: "{steps.{n}.header.{name}}", X-B: "{value}"}}')
    text += '  matrix: {n: ["0"], name: [x, y], value: {v: "{steps.0.cookie.c}"}}\n'
    scenarios, problems = read(text)
    assert problems == ()
    assert [dict(scenario.steps[1].call.headers) for scenario in scenarios] == [
        {"X-A": f"{{steps.0.header.{name}}}", "X-B": "{steps.0.cookie.c}"} for name in "xy"
    ]
    _, (problem,) = read(text.replace('n: ["0"]', 'n: ["1"]').replace("[x, y]", "[x]"))
    assert problem.found == "the placeholder '{steps.1.header.x}' in steps[1]"

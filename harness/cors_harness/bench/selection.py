"""The cells of a benchmark: shipped scenarios of one quick call, repeated as often as needed."""

from itertools import cycle, islice

from cors_harness.errors import NothingSelected
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.answer import Answer
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Outcome, PagePlace, Scenario
from cors_harness.places import scenarios_folder
from cors_harness.plan import Selection, make_plan
from cors_harness.serving.catalogue import all_servers

PLAIN_OUTCOMES = {Outcome.ALLOWED, Outcome.BLOCKED, Outcome.OPAQUE}


def bench_cells(engine: str, count: int, servers: tuple[str, ...] = ()) -> tuple[Cell, ...]:
    """`count` cells of one engine; on `servers` only, if any are named."""
    quick = [each for each in load_scenarios([scenarios_folder()]) if _is_quick(each)]
    if not quick:
        raise NothingSelected("bench: no shipped scenario is a single quick call")
    plan = make_plan(quick, all_servers(), Selection(engines=(engine,), servers=servers))
    return tuple(islice(cycle(plan.cells), count))


def _is_quick(scenario: Scenario) -> bool:
    """One call of a page on 127.0.0.1, without cookies, waits, redirect chains or faults."""
    step = scenario.steps[0]
    return (
        len(scenario.steps) == 1
        and scenario.page == PagePlace()
        and not scenario.origins
        and not any("@" in name for name in scenario.named_servers())
        and not scenario.isolated
        and step.delay_ms == 0
        and step.call.timeout_ms is None
        and step.call.redirect is None
        and step.expect.outcome in PLAIN_OUTCOMES
        and all(_is_plain(answer) for answer in scenario.answers or ())
    )


def _is_plain(answer: Answer) -> bool:
    """Nothing that makes an engine wait, follow, remember, or block without a word about it."""
    names = {name.lower() for name, _ in answer.headers}
    odd = any(not value.isprintable() for _, value in answer.headers)
    return not (odd or answer.fault or answer.delay_ms or names & {"set-cookie", "location"})

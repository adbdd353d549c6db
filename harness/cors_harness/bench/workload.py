"""bench_cells(): the cells that `bench` measures, and the same ones between real origins."""

import dataclasses
from collections.abc import Sequence
from itertools import cycle, islice

from cors_harness.errors import NothingSelected
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.answer import Answer
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Outcome, PageSpec, Scenario
from cors_harness.model.server import is_deployed
from cors_harness.planning.plan import Selection, make_plan
from cors_harness.planning.real_origins import relocated
from cors_harness.serving.all_servers import all_servers
from cors_harness.shipped_folders import scenarios_folder
from cors_harness.terms.origin import Origin, parse_origin
from cors_harness.terms.role import PAGE

PLAIN_OUTCOMES = {Outcome.ALLOWED, Outcome.BLOCKED, Outcome.OPAQUE}


def bench_cells(engine: str, count: int, servers: tuple[str, ...] = ()) -> tuple[Cell, ...]:
    """`count` cells of one engine; on `servers` only, if any are named."""
    quick = [scenario for scenario in load_scenarios([scenarios_folder()]) if _is_quick(scenario)]
    if not quick:
        raise NothingSelected("bench: no shipped scenario is a single quick call")
    plan = make_plan(quick, all_servers(), Selection(engines=(engine,), servers=servers))
    return tuple(islice(cycle(plan.cells), count))


def _is_quick(scenario: Scenario) -> bool:
    """Whether it is one call from 127.0.0.1, without cookies, waits, redirects or faults.

    Nor to the page's own origin: that goes through the gate, and is no call across origins.
    """
    step = scenario.steps[0]
    return (
        len(scenario.steps) == 1
        and scenario.page == PageSpec()
        and not scenario.origins
        and not any(is_deployed(name) for name in scenario.named_servers())
        and not scenario.isolated
        and step.delay_ms == 0
        and step.call.role != PAGE
        and step.call.timeout_ms is None
        and step.call.redirect is None
        and bool(step.expect.outcome)
        and PLAIN_OUTCOMES.issuperset(step.expect.outcome)
        and all(_is_plain(answer) for answer in scenario.answers or ())
    )


def _is_plain(answer: Answer) -> bool:
    """Whether nothing makes an engine wait, follow, remember, or block without saying why."""
    names = {name.lower() for name, _ in answer.headers}
    unprintable = any(not value.isprintable() for _, value in answer.headers)
    return not (
        unprintable or answer.fault or answer.delay_ms or names & {"set-cookie", "location"}
    )


_PAGE, _SERVER = parse_origin("https://app.example.com"), parse_origin("https://api.example.org")
_PAGES = tuple(parse_origin(f"https://app{number}.example.com") for number in range(20))


def from_real_origin(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The same calls from one real https origin to another."""
    return tuple(_moved(cell, _PAGE) for cell in cells)


def from_many_pages(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The same calls from pages of twenty real origins, in turn."""
    return tuple(map(_moved, cells, cycle(_PAGES)))


def _moved(cell: Cell, page: Origin) -> Cell:
    (scenario,) = relocated([cell.scenario], page, _SERVER)
    return dataclasses.replace(cell, scenario=scenario)

"""The table of frameworks in servers/README.md: what scenarios/frameworks.yaml has them come to.

It is held to the expectations; that those hold is what the main job shows.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.reports.record_builders import FULFILLED, PAGE, PREFLIGHT, REJECTED, REQUEST

from cors_harness.judge.verdicts import exemptions_of, expectation_for
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import CellFinished
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import ExchangeExpectation, Expectation, HeaderValue, Outcome
from cors_harness.model.verdict import Status, StepResult, Verdict
from cors_harness.planning.plan import Selection, make_plan
from cors_harness.reports.server_table import HEAD, ServerResults, server_table
from cors_harness.serving.all_servers import all_servers
from cors_harness.serving.reference.registry import load_registry

CHECKOUT = Path(__file__).resolve().parent.parent.parent
FILE = CHECKOUT / "scenarios/frameworks.yaml"
ENGINES = ("chromium", "firefox", "webkit")


def table_of_the_readme() -> str:
    text = (CHECKOUT / "servers/README.md").read_text("utf-8")
    return HEAD + text.partition(HEAD)[2].partition("\n\n")[0] + "\n"


def as_expected(cell: Cell) -> CellRecord:
    """What a run has of a cell of which no expectation fails."""
    expects = [expectation_for(step, exemptions_of(cell, step)) for step in cell.scenario.steps]
    return CellRecord(
        cell=cell,
        exchanges=tuple(
            exchange(entry, number)
            for number, expect in enumerate(expects)
            for entry in expect.exchanges or ()
        ),
        observations=tuple(
            replace(FULFILLED, headers=readable(expect))
            if expect.outcome == (Outcome.ALLOWED,)
            else REJECTED
            for expect in expects
        ),
        verdict=Verdict(
            status=Status.AS_EXPECTED,
            steps=tuple(
                StepResult(outcome=outcome) for expect in expects for outcome in expect.outcome
            ),
        ),
    )


def exchange(expected: ExchangeExpectation, step: int) -> Exchange:
    return replace(
        PREFLIGHT if expected.kind is ExchangeKind.PREFLIGHT else REQUEST,
        status=expected.status,
        response_headers=tuple(
            (name.encode(), sent(value)) for name, value in expected.response_headers if value
        ),
        step=step,
    )


def sent(value: HeaderValue) -> bytes:
    return PAGE if value == "{page}" else str(value).encode()


def readable(expect: Expectation) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower(), "") for name, value in expect.readable if value is not None)


def cells() -> Iterator[Cell]:
    yield from make_plan(load_scenarios([FILE]), all_servers(), Selection(engines=ENGINES)).cells


def test_the_table_of_the_readme_is_what_the_scenarios_expect() -> None:
    results = ServerResults()
    for cell in cells():
        results.on_event(CellFinished(record=as_expected(cell)))
    assert table_of_the_readme() == server_table(results.rows)


def test_every_framework_is_in_the_scenarios_that_are_for_all() -> None:
    names = {entry.name for entry in load_registry() if entry.only_where_named}
    scenarios = load_scenarios([FILE])
    assert names == {name for each in scenarios for name in each.servers} - {
        *("django", "fastapi-cors-middleware", "flask-cors")
    }
    most = max(len(scenario.servers) for scenario in scenarios)
    assert sum(len(scenario.servers) == most for scenario in scenarios) >= 12


@pytest.mark.browser
def test_run_writes_the_lines_that_the_readme_has(tmp_path: Path) -> None:
    table = tmp_path / "table.md"
    picked = ("-k", "frameworks-404[ or frameworks-vary", "--browser", "chromium")
    done = program(tmp_path, "run", str(FILE), *picked, "--table", str(table), "--quiet")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = table.read_text("utf-8").splitlines()
    assert len(lines) == 2 + 3 + 3
    assert set(lines) <= set(table_of_the_readme().splitlines())

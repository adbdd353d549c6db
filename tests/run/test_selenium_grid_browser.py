"""Sessions of a real Selenium Grid share the pages of one engine; a node may be lost."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program
from tests.run.batches import (
    SPEC,
    assert_each_cell_once,
    losses,
    outcome,
    plan_of,
    records,
)
from tests.run.selenium_grid import SeleniumGrid, missing

from cors_harness.model.events import CellFinished, Event, FewerSessions, RunStarted
from cors_harness.model.remote import remote_of
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = [pytest.mark.browser, pytest.mark.grid]

COLUMN = "chromium"
BUSY_MS = 60_000  # hub, nodes and three browsers on one machine
AS_ROOT = {"goog:chromeOptions": {"args": ["--headless=new", "--no-sandbox"]}}
# Two pages of 40 cells each, and one of 120, which both sessions open.
MANY = f"""\
- id: allowed
  title: A preflight that is allowed, and another origin in between
  spec: {SPEC}
  page: "{{host}}"
  response:
    - on: preflight
      headers: {{Access-Control-Allow-Origin: "*", Access-Control-Allow-Headers: X-N}}
    - headers: {{Access-Control-Allow-Origin: "*"}}
      body: "{{n}}"
  request: {{path: "/{{n}}", headers: {{X-N: "{{n}}"}}}}
  expect: {{outcome: allowed, wire: [preflight, request], body: "{{n}}"}}
  matrix:
    host: [127.0.0.1, localhost, app.localhost]
    n: [%s]
- id: blocked
  title: Blocked
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "https://{{n}}.example"}}}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: blocked, wire: [request]}}
  matrix: {{n: [%s]}}
- id: method
  title: A preflight that names another method
  spec: {SPEC}
  response:
    headers: {{Access-Control-Allow-Origin: "*", Access-Control-Allow-Methods: "{{n}}X"}}
  request: {{path: "/{{n}}", method: "{{n}}"}}
  expect: {{outcome: blocked, wire: [preflight]}}
  matrix: {{n: [%s]}}
""" % ((", ".join(f"N{number}" for number in range(40)),) * 3)
SLOW = f"""\
- id: slow
  title: A server that takes its time
  spec: {SPEC}
  page: "{{host}}"
  response: {{headers: {{Access-Control-Allow-Origin: "*"}}, delay_ms: 700}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: allowed, status: 200, wire: [request]}}
  matrix:
    host: [127.0.0.1, localhost]
    n: [{", ".join(f"N{number}" for number in range(30))}]
"""


@pytest.fixture
def grid() -> Iterator[SeleniumGrid]:
    """A hub and two nodes, with one slot each."""
    if lacking := missing():
        pytest.skip(f"no Selenium Grid: {'; '.join(lacking)}; --install-browsers installs it")
    grid = SeleniumGrid(nodes=2)
    yield grid
    grid.stop()


def test_journal_of_several_sessions_is_that_of_one_machine_and_a_lost_node_takes_no_more(
    grid: SeleniumGrid, tmp_path: Path
) -> None:
    """In one test, as a grid takes seconds to start."""
    (tmp_path / "many.yaml").write_text(MANY)
    (tmp_path / "root.json").write_text(json.dumps(AS_ROOT))
    here, warned_here = journal(tmp_path)
    remote = ("--remote", f"{COLUMN}={grid.url}", "--capabilities", f"{COLUMN}=root.json")
    spread, warned = journal(tmp_path, *remote, "--sessions", "3")
    assert [len(lines) for lines in (here, spread)] == [1 + 5 * 40] * 2
    assert by_cell(spread) == by_cell(here)
    assert {record["verdict"]["status"] for record in here[1:]} == {"as-expected"}
    assert [lines[0]["engines"][0].get("sessions") for lines in (here, spread)] == [None, 2]
    assert f"{COLUMN} runs in 2 sessions of 3: no other slot for it is free" in warned
    assert "sessions" not in warned_here
    lose_a_node(grid, tmp_path)


def journal(folder: Path, *options: str) -> tuple[list[dict[str, Any]], str]:
    """The lines of the journal of a run of MANY, and what was told meanwhile."""
    ran = program(folder, "run", "many.yaml", "--browser", COLUMN, "--server", "verbatim", *options)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = (folder / ".cors-harness/last.journal.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines], ran.stderr


def by_cell(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Every record without what is another one in each run: tokens, ports, times, pages' keys."""
    return {line["cell"]: normal(line, "") for line in lines[1:]}


def normal(value: Any, key: str) -> Any:
    match value:
        case dict():
            return {name: normal(inner, name) for name, inner in value.items()}
        case list():
            return [normal(inner, key) for inner in value]
        case str():
            text = re.sub(r"(?<=cell=)[0-9A-Za-z.]+", "TOKEN", value)
            text = re.sub(r"(?<=session=)[a-z]+-[0-9]+", "PAGE", text)
            return re.sub(r"(localhost|127\.0\.0\.1):\d+", r"\1:PORT", text)
        case int() | float() if key.endswith("_ms") or key == "port":
            return "TIME"
        case _:
            return value


def lose_a_node(grid: SeleniumGrid, folder: Path) -> None:
    plan = plan_of(folder, SLOW, COLUMN)
    remote = remote_of(COLUMN, grid.url, AS_ROOT)
    settings = RunSettings(
        remotes={COLUMN: remote}, sessions={COLUMN: 2}, concurrency=3, timeout_ms=BUSY_MS
    )
    events: list[Event] = []
    pages: set[str] = set()
    for event in run(plan, settings):
        events.append(event)
        if isinstance(event, CellFinished) and len(pages) < 2:
            pages.add(event.record.page)
            if len(pages) == 2:  # both are in the middle of their cells
                grid.lose(1)
    assert_each_cell_once(plan, events)
    (started,) = (event for event in events if isinstance(event, RunStarted))
    assert [engine.sessions for engine in started.engines] == [2]
    lost = [record for record in records(events) if outcome(record) is Outcome.CRASHED]
    assert [loss.in_flight for loss in losses(events)] == [len(lost)]
    assert len({record.page for record in lost}) == 1
    assert {r.verdict.status for r in records(events) if r not in lost} == {Status.AS_EXPECTED}
    (fewer,) = (event for event in events if isinstance(event, FewerSessions))
    assert (fewer.sessions, fewer.of) == (1, 2)

"""What a cell gets is its own, however many others run at the same time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.run.batches import SPEC, plan_of, records
from tests.run.process_tree import ProcessTree

from cors_harness.model.cell import CellRecord
from cors_harness.model.events import StrayExchanges
from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.model.observation import Fulfilled
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

NUMBERS = ", ".join(f"N{number}" for number in range(34))
MIXED = f"""\
- id: redirected
  title: Across two origins, a header tells one from the other
  spec: {SPEC}
  response:
    - on: preflight
      headers: {{Access-Control-Allow-Origin: "*", Access-Control-Allow-Headers: X-N}}
    - at: other
      on: preflight
      headers: {{Access-Control-Allow-Origin: "*", Access-Control-Allow-Headers: X-N}}
    - {{path: "/{{n}}", status: 302, headers: {{Access-Control-Allow-Origin: "*",
        Location: "{{other}}/landed/{{n}}?{{cell}}"}}}}
    - at: other
      path: "/landed/{{n}}"
      headers: {{Access-Control-Allow-Origin: "*"}}
      body: "{{n}}"
  request: {{path: "/{{n}}", headers: {{X-N: "{{n}}"}}}}
  expect: {{outcome: allowed, wire: [preflight, request, preflight, request], body: "{{n}}"}}
  matrix: {{n: [{NUMBERS}]}}
- id: blocked
  title: Blocked, and the engine says why
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "https://{{n}}.example"}}}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: blocked, wire: [request], reason: allow-origin-mismatch}}
  matrix: {{n: [{NUMBERS}]}}
- id: method
  title: A preflight that names another method
  spec: {SPEC}
  response:
    headers: {{Access-Control-Allow-Origin: "*", Access-Control-Allow-Methods: "{{n}}X"}}
  request: {{path: "/{{n}}", method: "{{n}}"}}
  expect: {{outcome: blocked, wire: [preflight], reason: method-not-allowed}}
  matrix: {{n: [{NUMBERS}]}}
"""

CLOSED = f"""\
- id: kept
  title: Leaves its connection to others
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}, delay_ms: 10}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: allowed}}
  matrix: {{n: [{NUMBERS}]}}
- id: closed
  title: Takes a connection that was used before, if it gets one, and has it closed
  spec: {SPEC}
  response:
    - {{on: preflight, fault: close}}
    - {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{path: "/{{n}}", method: PUT}}
  expect: {{outcome: failed, preflight: true}}
  matrix: {{n: [A, B, C]}}
"""


def paths(exchanges: tuple[Exchange, ...]) -> Iterator[str]:
    for exchange in exchanges:
        yield exchange.target.partition("?")[0].rpartition("/")[2]


def number(record: CellRecord) -> str:
    return record.cell.scenario.steps[0].call.path.removeprefix("/")


def test_hundred_cells_at_once_keep_apart(
    engine: str, process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, MIXED, engine)
    events = list(run(plan, RunSettings(concurrency=len(plan.cells), timeout_ms=60_000)))
    done = records(events)
    bad = {r.cell.id: r.verdict for r in done if r.verdict.status is not Status.AS_EXPECTED}
    assert bad == {}
    assert len(done) == len(plan.cells) > 100
    assert not [event for event in events if isinstance(event, StrayExchanges)]
    for record in done:
        assert set(paths(record.exchanges)) == {number(record)}
        for seen in record.observations:
            assert not isinstance(seen, Fulfilled) or seen.body == number(record)
    reasons = [(number(r), r.verdict.steps[0].reason) for r in done]
    assert sum(reason is not None for _, reason in reasons) == 68
    assert all(f"/{name}?" in reason.console for name, reason in reasons if reason is not None)
    assert process_tree.survivors() == []


def test_requests_whose_connection_is_closed_are_not_repeated_on_those_of_other_cells(
    tmp_path: Path,
) -> None:
    done = records(list(run(plan_of(tmp_path, CLOSED, "webkit"), RunSettings())))
    assert {record.verdict.status for record in done} == {Status.AS_EXPECTED}
    closed = [r.exchanges for r in done if r.cell.scenario.id.startswith("closed")]
    assert [[e.broke_off for e in exchanges] for exchanges in closed] == [[ResponsePart.HEAD]] * 3

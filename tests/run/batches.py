"""Batches of cells of which some are surely still running whenever a test looks."""

from collections import Counter
from collections.abc import Generator, Sequence
from pathlib import Path

from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, EngineLost, Event, RunFinished
from cors_harness.model.scenario import Outcome
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.serving.all_servers import all_servers

SPEC = "https://fetch.spec.whatwg.org/#cors-check"
NEVER = f"""\
- id: never
  title: A server that never answers
  spec: {SPEC}
  response: {{at: third, fault: hang}}
  request: {{at: third, path: "/{{n}}", timeout_ms: 300000}}
  expect: {{outcome: allowed}}
  matrix: {{n: [A, B, C, D]}}
"""
SLOW = f"""\
- id: slow
  title: A server that takes its time
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}, delay_ms: 60}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: allowed, status: 200, wire: [request]}}
  matrix: {{n: [{", ".join(f"N{number}" for number in range(72))}]}}
"""
BLOCKED = f"""\
- id: blocked
  title: A server that allows somebody else
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "https://example.com"}}, delay_ms: 10}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: blocked, wire: [request]}}
  matrix: {{n: [{", ".join(f"N{number}" for number in range(36))}]}}
"""
POLICY = f"""\
- id: policy
  title: A real server behind the same page
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"], allow_methods: [PUT]}}
  servers: [flask-cors, fastapi-cors-middleware]
  request: {{method: PUT, path: "/api/data?{{n}}"}}
  expect: {{outcome: allowed, status: 200, wire: [preflight, request]}}
  matrix: {{n: [{", ".join(f"N{number}" for number in range(18))}]}}
"""
# Four calls are in flight as long as the page lives; at an origin of their own, as a browser opens
# six connections to an origin and lets further calls wait.
WHOLE = NEVER + SLOW + BLOCKED + POLICY


def plan_of(folder: Path, text: str, *engines: str) -> Plan:
    """All cells of a scenario file with this text."""
    file = folder / "batch.yaml"
    file.write_text(text)
    return make_plan(load_scenarios([file]), all_servers(), Selection(engines=engines))


def until(events: Generator[Event], kind: type[Event]) -> Event:
    """The first event of a kind; later ones are still to come."""
    return next(event for event in events if isinstance(event, kind))


def records(events: Sequence[Event]) -> list[CellRecord]:
    return [event.record for event in events if isinstance(event, CellFinished)]


def losses(events: Sequence[Event]) -> list[EngineLost]:
    return [event for event in events if isinstance(event, EngineLost)]


def outcome(record: CellRecord) -> Outcome | None:
    """Of the last step that ran."""
    return record.verdict.steps[-1].outcome if record.verdict.steps else None


def assert_each_cell_once(plan: Plan, events: Sequence[Event]) -> None:
    """Every cell has its one record, and the run says that it came to its end."""
    assert Counter(record.cell.id for record in records(events)) == Counter(
        [cell.id for cell in plan.cells] + [skip.cell.id for skip in plan.skips]
    )
    assert isinstance(events[-1], RunFinished)

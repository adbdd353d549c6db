"""Runs between real origins and behind deployments: what dies, and what is refused."""

import signal
import socket
from pathlib import Path

import pytest
from tests.run.batches import SPEC, losses, outcome, plan_of, records, until
from tests.run.process_tree import ProcessTree, send

from cors_harness.model.events import CellFinished, Event, ServerLost
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

NEVER = f"""
- id: never
  title: t
  spec: {SPEC}
  page: https://app.example.com
  origins: {{server: https://api.example.org}}
  response: {{fault: hang}}
  request: {{timeout_ms: 60000}}
  expect: {{outcome: timeout}}
"""
REFUSED = f"""
- id: refused
  title: t
  spec: {SPEC}
  page: https://app.example.com
  origins: {{server: https://api.example.org}}
  response:
    status: 307
    headers: {{Location: "https://gone.example/?{{cell}}", Access-Control-Allow-Origin: "*"}}
  request: {{}}
  expect: {{outcome: failed}}
"""
ON_ORIGIN = f"""
- id: on-origin
  title: t
  spec: {SPEC}
  page: %s
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed}}
"""


# Firefox shares what it learns among its pages, and a page's own posts are upgraded like any call.
SETS_HSTS = f"""
- id: sets-hsts
  title: t
  spec: {SPEC}
  page: "{{at}}"
  origins: {{server: https://example.com}}
  response:
    headers:
      Access-Control-Allow-Origin: "{{at}}"
      Strict-Transport-Security: max-age=600; includeSubDomains
  request: {{path: "/{{n}}"}}
  expect: {{outcome: allowed, wire: [request], sent: {{Origin: "{{at}}"}}}}
  matrix:
    n: [A, B]
    at: [https://app.example.com, http://app.example.com, http://www.example.com]
"""


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_pages_on_http_outlive_the_hsts_that_a_server_sends(
    tmp_path: Path, process_tree: ProcessTree, engine: str
) -> None:
    events = list(run(plan_of(tmp_path, SETS_HSTS, engine), RunSettings()))
    assert losses(events) == []
    seen = {(r.page, r.verdict.status): r.verdict for r in records(events)}
    assert {status for _, status in seen} == {Status.AS_EXPECTED}, seen
    assert len(records(events)) == 6
    assert process_tree.survivors() == []


def test_gate_that_is_killed_is_started_again(process_tree: ProcessTree, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, NEVER + REFUSED + ON_ORIGIN % "https://app.example.com", "webkit")
    events = run(plan, RunSettings())
    seen: list[Event] = [until(events, CellFinished)]
    victims = [p for p in process_tree.running() if "cors_harness.wire.tap_process" in p.command]
    assert len(victims) == 1
    send(signal.SIGKILL, victims)
    seen += events
    assert [event.in_flight for event in seen if isinstance(event, ServerLost)] >= [1]
    assert {r.cell.scenario.id for r in records(seen)} == {"never", "refused", "on-origin"}
    never = next(r for r in records(seen) if r.cell.scenario.id == "never")
    assert never.verdict.status is Status.ERROR
    assert process_tree.survivors() == []


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
def test_dev_server_is_left_alone_and_a_hop_to_an_origin_that_nobody_names_is_recorded(
    tmp_path: Path, engine: str
) -> None:
    """Of a page on the dev server's own port, and of one more page in the same browser."""
    with socket.create_server(("127.0.0.1", 0)) as dev_server:
        origin = f"http://localhost:{dev_server.getsockname()[1]}"
        plan = plan_of(tmp_path, ON_ORIGIN % origin + REFUSED, engine)
        events = list(run(plan, RunSettings()))
        (record,) = [r for r in records(events) if r.cell.scenario.id == "on-origin"]
        assert outcome(record) is Outcome.ALLOWED
        assert (b"Origin", origin.encode()) in record.exchanges[0].request_headers
        dev_server.settimeout(0)
        with pytest.raises(BlockingIOError):
            dev_server.accept()
    (refused,) = [r for r in records(events) if r.cell.scenario.id == "refused"]
    hop = refused.exchanges[1]
    assert (hop.role, hop.origin, hop.status) == ("elsewhere", "https://gone.example", None)

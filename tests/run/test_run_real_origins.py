"""Runs between real origins and behind deployments: what dies, and what is refused."""

import signal
import socket
from contextlib import closing
from pathlib import Path

import pytest
from tests.run.batches import SPEC, losses, outcome, plan_of, records, until
from tests.run.family import Family, send

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.events import CellFinished, ConnectionsRefused
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
DEPLOYED = f"""
- id: deployed
  title: t
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"]}}
  servers: [flask-cors@nginx]
  request: {{}}
  expect: {{outcome: allowed}}
"""
PLAIN_NEVER = f"""
- id: plain-never
  title: t
  spec: {SPEC}
  response: {{fault: hang}}
  request: {{timeout_ms: 60000}}
  expect: {{outcome: timeout}}
"""
TWO_MINDS = f"""
- id: good
  title: t
  spec: {SPEC}
  origins: {{server: https://api.example.org}}
  response: {{status: 200}}
  request: {{}}
  expect: {{outcome: allowed}}
- id: expired
  title: t
  spec: {SPEC}
  origins: {{server: https://api.example.org}}
  expired_certificates: server
  response: {{status: 200}}
  request: {{}}
  expect: {{outcome: allowed}}
"""


# Firefox shares what it learns among its pages, and a page's own posts are upgraded like any call.
TEACHING = f"""
- id: teaching
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
    tmp_path: Path, family: Family, engine: str
) -> None:
    events = list(run(plan_of(tmp_path, TEACHING, engine), RunSettings()))
    assert losses(events) == []
    seen = {(r.page, r.verdict.status): r.verdict for r in records(events)}
    assert {status for _, status in seen} == {Status.AS_EXPECTED}, seen
    assert len(records(events)) == 6
    assert family.gone() == []


def test_gate_that_is_killed_ends_the_run(family: Family, tmp_path: Path) -> None:
    events = run(plan_of(tmp_path, NEVER + REFUSED, "webkit"), RunSettings())
    until(events, CellFinished)
    victims = [p for p in family.living() if "cors_harness.wire.tap_process" in p.command]
    send(signal.SIGKILL, victims)
    with pytest.raises(ServerFailed, match="wire recorder: its process ended"):
        list(events)
    assert len(victims) == 1
    assert family.gone() == []


def test_proxy_that_is_killed_ends_the_run_by_its_name(family: Family, tmp_path: Path) -> None:
    events = run(plan_of(tmp_path, PLAIN_NEVER + DEPLOYED, "webkit"), RunSettings())
    until(events, CellFinished)
    victims = [p for p in family.living() if "nginx: master" in " ".join(p.command)]
    send(signal.SIGKILL, victims)
    with pytest.raises(ServerFailed, match="nginx"):
        list(events)
    assert len(victims) == 1
    assert family.gone() == []


def test_name_that_is_not_mapped_is_reported(tmp_path: Path) -> None:
    with closing(run(plan_of(tmp_path, REFUSED, "webkit"), RunSettings())) as events:
        (told,) = [event for event in events if isinstance(event, ConnectionsRefused)]
    assert ("gone.example", 443, "not mapped") in [
        (each.host, each.port, each.why) for each in told.refusals
    ]


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
def test_dev_server_on_the_same_port_is_left_alone(tmp_path: Path, engine: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as dev_server:
        origin = f"http://localhost:{dev_server.getsockname()[1]}"
        (record,) = records(list(run(plan_of(tmp_path, ON_ORIGIN % origin, engine), RunSettings())))
        assert outcome(record) is Outcome.ALLOWED
        assert (b"Origin", origin.encode()) in record.exchanges[0].request_headers
        dev_server.settimeout(0)
        with pytest.raises(BlockingIOError):
            dev_server.accept()


def test_one_origin_has_one_certificate(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as told:
        list(run(plan_of(tmp_path, TWO_MINDS, "webkit"), RunSettings()))
    assert str(told.value) == (
        "https://api.example.org: expired wants an expired certificate there, good a good one\n"
        "  give one of them an origin of its own"
    )

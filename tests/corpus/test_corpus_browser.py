"""Lookalikes and spellings in real browsers: each is a page, with the origin that it shall have."""

from pathlib import Path

import pytest

from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.events import CellFinished
from cors_harness.model.verdict import Status
from cors_harness.planning.plan import Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers

pytestmark = pytest.mark.browser

PAGES = """\
- id: spelling
  title: A page that is opened by another spelling has the same origin
  spec: https://url.spec.whatwg.org/#origin
  matrix: {from: {spellings_of: [https://app.example.com, "http://localhost:3000"]}}
  page: "{from}"
  origins: {server: https://server.test}
  response: {headers: {Access-Control-Allow-Origin: "{page}"}}
  request: {}
  expect: {outcome: allowed, wire: [request], sent: {Origin: "{page}"}}
- id: lookalike
  title: "{from}: {from_attack}"
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  matrix: {from: {lookalikes_of: [https://app.example.com, "http://localhost:3000"]}}
  page: "{from}"
  origins: {server: https://server.test}
  response: {headers: {Access-Control-Allow-Origin: https://app.example.com}}
  request: {}
  expect:
    outcome: blocked
    wire: [request]
    reason: allow-origin-mismatch
    sent: {Origin: "{page}"}
"""


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
def test_every_page_speaks_from_its_own_origin(tmp_path: Path, engine: str) -> None:
    (tmp_path / "pages.yaml").write_text(PAGES)
    plan = make_plan(load_scenarios([tmp_path]), all_servers(), Selection(engines=(engine,)))
    events = run(plan, RunSettings())
    records = [event.record for event in events if isinstance(event, CellFinished)]
    assert {record.verdict.status for record in records} == {Status.AS_EXPECTED}
    assert len(records) == len(plan.cells) > 15
    assert {record.page for record in records} >= {"null", "http://localhost:30001"}

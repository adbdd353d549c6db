"""A cell that the machine is too slow for: nothing of a try that came late is judged."""

from pathlib import Path

import pytest
from tests.run.batches import SPEC, plan_of, records

from cors_harness.model.events import StrayExchanges
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

LATE = f"""\
- id: late
  title: Two calls that can never be so close to one another
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  steps:
    - request: {{path: /first}}
      expect: {{outcome: allowed, wire: [request]}}
    - delay_ms: 50
      within_ms: 10
      request: {{path: /second}}
      expect: {{outcome: allowed, wire: [request]}}
"""


def test_cell_that_always_comes_late_is_an_error_and_leaves_no_stray(tmp_path: Path) -> None:
    events = list(run(plan_of(tmp_path, LATE, "chromium"), RunSettings()))
    (record,) = records(events)
    assert record.verdict.status is Status.ERROR
    assert "this machine was too slow" in record.verdict.note
    assert [step.outcome for step in record.verdict.steps] == [Outcome.ALLOWED, Outcome.TIMEOUT]
    assert [exchange.step for exchange in record.exchanges] == [0]
    assert not [event for event in events if isinstance(event, StrayExchanges)]

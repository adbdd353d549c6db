"""Between two steps of a sequence a page begins no other cell, however long that takes."""

import asyncio
from pathlib import Path

import pytest
from tests.run.batches import SLOW, SPEC, plan_of, records

from cors_harness.model.events import Event
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.cell_results import CellCollector, StepEnd
from cors_harness.run.page_posts import Mark, Report
from cors_harness.run.page_session import PageSession
from cors_harness.run.settings import RunSettings
from cors_harness.serving.page.server import Payload

pytestmark = pytest.mark.browser

AT_ONCE = 4
HELD_UP_S = 1.0  # sixty of the other cells are done in that time
SEQUENCE = f"""\
- id: sequence
  title: What the browser remembers of the first call must outlive the other cells
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  steps:
    - request: {{path: /first}}
      expect: {{outcome: allowed, wire: [request]}}
    - request: {{path: /second}}
      expect: {{outcome: allowed, wire: [request]}}
"""


def test_no_cell_begins_between_two_steps_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, finished = list[Event](), list[int]()
    collect_step = CellCollector._collect_step

    async def collect_late(self: CellCollector, step_end: StepEnd) -> None:
        before = len(events)
        await asyncio.sleep(HELD_UP_S)
        finished.append(len(events) - before)
        await collect_step(self, step_end)

    monkeypatch.setattr(CellCollector, "_collect_step", collect_late)
    plan = plan_of(tmp_path, SEQUENCE + SLOW, "webkit")
    for event in run(plan, RunSettings(concurrency=AT_ONCE)):
        events.append(event)
    assert {record.verdict.status for record in records(events)} == {Status.AS_EXPECTED}
    assert len(finished) == 1
    assert finished[0] < AT_ONCE


def test_step_may_be_settled_by_another_response_long_before_that_to_its_own_post(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, passed_on = list[str](), list[str]()
    mark, report = PageSession._mark, PageSession._report

    async def marked(self: PageSession, data: Mark) -> Payload:
        kept.extend((await mark(self, data))["settled"])
        await asyncio.sleep(HELD_UP_S)
        return {"settled": []}

    async def reported(self: PageSession, data: Report) -> Payload:
        settled = [*(await report(self, data))["settled"], *kept]
        passed_on.extend(kept)
        kept.clear()
        return {"settled": settled}

    monkeypatch.setattr(PageSession, "_mark", marked)
    monkeypatch.setattr(PageSession, "_report", reported)
    plan = plan_of(tmp_path, SEQUENCE + SLOW, "webkit")
    events = list(run(plan, RunSettings(concurrency=AT_ONCE)))
    assert {record.verdict.status for record in records(events)} == {Status.AS_EXPECTED}
    assert len(passed_on) == 1

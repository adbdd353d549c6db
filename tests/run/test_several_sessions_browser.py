"""Several sessions of one engine share its pages; one that is lost takes nothing else with it."""

import dataclasses
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.run.batches import (
    SPEC,
    assert_each_cell_once,
    losses,
    outcome,
    plan_of,
    records,
)
from tests.run.process_tree import ProcessTree, send

from cors_harness.engines.playwright import PlaywrightEngine
from cors_harness.errors import EngineFailed
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, EngineVersion, Event, FewerSessions, RunStarted
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.planning.plan import Plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

# Two pages, and calls that are still under way whenever a test looks.
SLOW_PAGES = f"""\
- id: slow
  title: A server that takes its time
  spec: {SPEC}
  page: "{{host}}"
  response: {{headers: {{Access-Control-Allow-Origin: "*"}}, delay_ms: 150}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: allowed, status: 200, wire: [request]}}
  matrix:
    host: [127.0.0.1, localhost]
    n: [{", ".join(f"N{number}" for number in range(40))}]
"""
NO_RETURN = "it does not come back"


class ChromiumThatIsGone(PlaywrightEngine):
    """Chromium on a machine that is lost with it."""

    _has_started = False

    async def start(self) -> EngineVersion:
        if self._has_started:
            raise EngineFailed(NO_RETURN)
        self._has_started = True
        return await super().start()


def run_and_kill_one(plan: Plan, settings: RunSettings, tree: ProcessTree) -> Sequence[Event]:
    """All events of a run in two sessions, of which one is killed in the middle of its cells."""
    settings = dataclasses.replace(settings, sessions={"chromium": 2})
    events: list[Event] = []
    pages: set[str] = set()
    for event in run(plan, settings):
        events.append(event)
        if isinstance(event, CellFinished) and len(pages) < 2:
            pages.add(event.record.page)
            if len(pages) == 2:
                main = tree.browsers("chromium")
                assert len(main) == 2
                send(signal.SIGKILL, main[:1])
    assert_each_cell_once(plan, events)
    (started,) = (event for event in events if isinstance(event, RunStarted))
    assert [engine.sessions for engine in started.engines] == [2]
    return events


def lost_of(events: Sequence[Event]) -> list[CellRecord]:
    """The records of lost cells, as many as the run tells of; all others are as expected."""
    lost = [record for record in records(events) if outcome(record) is Outcome.CRASHED]
    assert sum(loss.in_flight for loss in losses(events)) == len(lost)
    assert {r.verdict.status for r in records(events) if r not in lost} == {Status.AS_EXPECTED}
    return lost


def test_session_that_is_killed_is_replaced_and_the_other_goes_on(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, SLOW_PAGES, "chromium")
    events = run_and_kill_one(plan, RunSettings(concurrency=4), process_tree)
    lost = lost_of(events)
    assert 1 <= len(lost) <= 4
    assert len({record.page for record in lost}) == 1
    assert not [event for event in events if isinstance(event, FewerSessions)]


def test_cells_of_a_session_that_is_gone_run_by_themselves_in_the_other(
    process_tree: ProcessTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cors_harness.engines.playwright.PlaywrightEngine", ChromiumThatIsGone)
    plan = plan_of(tmp_path, SLOW_PAGES, "chromium")
    plan = dataclasses.replace(plan, cells=(*plan.cells[:10], *plan.cells[-10:]))
    events = run_and_kill_one(plan, RunSettings(isolated=True), process_tree)
    assert len(lost_of(events)) <= 3
    (fewer,) = (event for event in events if isinstance(event, FewerSessions))
    assert (fewer.sessions, fewer.of, fewer.why) == (1, 2, NO_RETURN)

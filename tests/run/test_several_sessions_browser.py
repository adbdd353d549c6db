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
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, EngineVersion, Event, FewerSessions, RunStarted
from cors_harness.model.scenario import Outcome
from cors_harness.model.server import APPS
from cors_harness.model.subject import AppSubject
from cors_harness.model.verdict import Status
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers

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


def run_and_kill_one(
    plan: Plan, settings: RunSettings, tree: ProcessTree, *, after: int
) -> Sequence[Event]:
    """All events of a run in two sessions, of which one is killed in the middle of its cells.

    That is when cells of both pages are finished, and `after` in all.
    """
    settings = dataclasses.replace(settings, sessions={"chromium": 2})
    events: list[Event] = []
    pages: list[str] = []
    for event in run(plan, settings):
        events.append(event)
        if isinstance(event, CellFinished) and not (len(pages) >= after and len({*pages}) == 2):
            pages.append(event.record.page)
            if len(pages) >= after and len({*pages}) == 2:
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
    events = run_and_kill_one(plan, RunSettings(concurrency=4), process_tree, after=2)
    lost = lost_of(events)
    assert 1 <= len(lost) <= 2 * 4  # a page is handed as many again as it runs at once
    assert len({record.page for record in lost}) == 1
    assert not [event for event in events if isinstance(event, FewerSessions)]


APP = """\
import time


def app(environ, start_response):
    time.sleep(0.15)
    start_response("200 OK", [("Access-Control-Allow-Origin", "*")])
    return [b"slow"]
"""
FOR_APP = SLOW_PAGES.replace(
    '  response: {headers: {Access-Control-Allow-Origin: "*"}, delay_ms: 150}\n', ""
)


def test_cells_that_run_by_themselves_run_in_the_other_where_a_session_does_not_come_back(
    process_tree: ProcessTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cors_harness.engines.playwright.PlaywrightEngine", ChromiumThatIsGone)
    (tmp_path / "shop.py").write_text(APP)
    (tmp_path / "slow.yaml").write_text(FOR_APP)
    subject = AppSubject(spec="shop:app", folder=tmp_path)
    selection = Selection(engines=("chromium",), servers=APPS)
    scenarios = load_scenarios([tmp_path / "slow.yaml"])
    plan = make_plan(scenarios, all_servers(subject=subject), selection)
    cells = [cell for cell in plan.cells if cell.server == "app"]
    plan = dataclasses.replace(plan, cells=tuple(cells[::4]), skips=())
    settings = RunSettings(subject=subject, plain_urls=True)
    events = run_and_kill_one(plan, settings, process_tree, after=11)
    assert len(lost_of(events)) <= 3
    (fewer,) = (event for event in events if isinstance(event, FewerSessions))
    assert (fewer.sessions, fewer.of, fewer.why) == (1, 2, NO_RETURN)

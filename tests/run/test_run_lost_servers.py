"""Servers and the recorder that die in the middle of a batch, and what they leave to be told."""

import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.run.batches import (
    BLOCKED,
    SPEC,
    WHOLE,
    assert_each_cell_once,
    outcome,
    plan_of,
    records,
)
from tests.run.process_tree import ProcessTree, send

from cors_harness.errors import ServerFailed
from cors_harness.judge.verdicts import judge
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.cell import Cell
from cors_harness.model.events import CellFinished, Event, ServerLost, StillStarting
from cors_harness.model.scenario import Outcome
from cors_harness.model.server import APPS
from cors_harness.model.subject import AppSubject
from cors_harness.model.verdict import Status, Verdict
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.terms.reasons import ReasonCode

pytestmark = pytest.mark.browser

MID_BATCH = 10  # finished cells, of 148
TAP = "cors_harness.wire.tap_process"
VICTIMS = {
    "the verbatim server": ("cors_harness.serving.reference.child", "verbatim"),
    "reference servers": ("cors_harness.serving.reference.child", "wsgi"),
    "the recorder": (TAP, TAP),
}
APP = """\
import os

def app(environ, start_response):
    if environ["PATH_INFO"].startswith("/dies"):
        os._exit(3)
    headers = [("Access-Control-Allow-Origin", environ.get("HTTP_ORIGIN", "*"))]
    start_response("200 OK", headers)
    return [b"ok"]
"""
CALLS = f"""\
- id: well
  title: Is answered
  spec: {SPEC}
  servers: [app]
  request: {{path: "/well/{{n}}"}}
  expect: {{outcome: allowed, status: 200}}
  matrix: {{n: [{", ".join(f"N{number}" for number in range(40))}]}}
- id: dies
  title: Ends the server
  spec: {SPEC}
  servers: [app]
  request: {{path: "/dies/{{n}}"}}
  expect: {{outcome: allowed}}
  matrix: {{n: [%s]}}
"""


def lost(events: Sequence[Event]) -> list[ServerLost]:
    return [event for event in events if isinstance(event, ServerLost)]


@pytest.mark.parametrize(("module", "kind"), VICTIMS.values(), ids=VICTIMS)
def test_killed_server_loses_what_was_in_flight(
    module: str, kind: str, process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, WHOLE, "webkit")
    events: list[Event] = []
    for event in run(plan, RunSettings(concurrency=6)):
        events.append(event)
        if len(records(events)) == MID_BATCH and isinstance(event, CellFinished):
            victims = [p for p in process_tree.running() if {module, kind} <= {*p.command}]
            assert len(victims) == 1
            send(signal.SIGKILL, victims)
    assert_each_cell_once(plan, events)
    by_status = Counter((r.verdict.status, outcome(r)) for r in records(events))
    (loss,) = lost(events)
    assert loss.in_flight == by_status.pop((Status.ERROR, Outcome.TIMEOUT))
    assert {status for status, _ in by_status} == {Status.AS_EXPECTED}


REDIRECTED = f"""\
- id: nobody
  title: A redirect that leads nowhere, of which WebKit says nothing on its console
  spec: {SPEC}
  response: {{status: 302, headers: {{Location: "http://nobody.invalid/{{n}}"}}}}
  request: {{mode: no-cors}}
  expect: {{outcome: failed, wire: [request]}}
  matrix: {{n: [{", ".join(f"N{number}" for number in range(36))}]}}
"""


def test_recorder_that_dies_while_cells_are_explained_loses_these(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    """Their last step is over for the page; what the gate refused is not known by then."""
    plan = plan_of(tmp_path, REDIRECTED, "webkit")
    events: list[Event] = []
    for event in run(plan, RunSettings(concurrency=6)):
        events.append(event)
        if len(records(events)) == 1 and isinstance(event, CellFinished):
            send(signal.SIGKILL, [p for p in process_tree.running() if TAP in p.command])
    assert_each_cell_once(plan, events)
    (loss,) = lost(events)
    errors = [r for r in records(events) if r.verdict.status is Status.ERROR]
    assert len(errors) == loss.in_flight > 0
    assert {outcome(r) for r in errors} == {Outcome.TIMEOUT}
    rest = [r.verdict for r in records(events) if r not in errors]
    reasons = {step.reason.code if step.reason else None for v in rest for step in v.steps}
    assert ({v.status for v in rest}, reasons) == ({Status.AS_EXPECTED}, {ReasonCode.NETWORK})


def test_bug_of_ours_leaves_no_cell_untold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def judge_some(cell: Cell, *found: Any) -> Verdict:
        judged.append(cell.id)
        if len(judged) == MID_BATCH:
            raise IndexError("tuple index out of range")
        return judge(cell, *found)

    monkeypatch.setattr("cors_harness.run.cell_results.judge", judge_some)
    plan = plan_of(tmp_path, BLOCKED, "webkit")
    events: list[Event] = []
    with pytest.raises(IndexError):
        events.extend(run(plan, RunSettings()))
    assert Counter(r.cell.id for r in records(events)) == Counter(c.id for c in plan.cells)
    notes = {r.verdict.note for r in records(events) if r.verdict.status is Status.ERROR}
    assert notes == {
        "not run to its end: a bug of cors-harness, IndexError('tuple index out of range')"
    }


def run_app(folder: Path, dying: str) -> tuple[Plan, list[Event], ServerFailed | None]:
    """A run of the user's app; how it ended, if it did early."""
    (folder / "shop.py").write_text(APP)
    (folder / "cors.yaml").write_text(CALLS % dying)
    subject = AppSubject(spec="shop:app", folder=folder)
    selection = Selection(engines=("webkit",), servers=APPS)
    scenarios = load_scenarios([folder / "cors.yaml"])
    plan = make_plan(scenarios, all_servers(subject=subject), selection)
    events: list[Event] = []
    try:
        events.extend(run(plan, RunSettings(subject=subject, concurrency=4)))
    except ServerFailed as failure:
        return plan, events, failure
    return plan, events, None


def test_users_server_that_dies_is_started_again(process_tree: ProcessTree, tmp_path: Path) -> None:
    plan, events, failure = run_app(tmp_path, "A")
    assert failure is None
    assert_each_cell_once(plan, events)
    errors = {r.cell.scenario.id for r in records(events) if r.verdict.status is Status.ERROR}
    assert "dies-a" in errors
    assert [loss.in_flight for loss in lost(events)] == [len(errors)]
    assert process_tree.survivors() == []


def test_users_server_that_dies_twice_ends_the_run_and_what_had_not_run_is_told(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan, events, failure = run_app(tmp_path, ", ".join(f"D{number}" for number in range(60)))
    assert str(failure).startswith("the app server process ended with status 3")
    assert Counter(r.cell.id for r in records(events)) == Counter(c.id for c in plan.cells)
    not_run = [r.verdict for r in records(events) if not r.observations]
    assert not_run
    assert {(verdict.status, verdict.note) for verdict in not_run} == {
        (Status.ERROR, f"not run to its end: {failure}")
    }
    assert process_tree.survivors() == []


def test_start_that_takes_long_is_told_of(
    process_tree: ProcessTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cors_harness.run.waiting.TELL_S", 0.1)
    (tmp_path / "shop.py").write_text("import signal\nsignal.pause()")
    (tmp_path / "cors.yaml").write_text(CALLS % "A")
    subject = AppSubject(spec="shop:app", folder=tmp_path, start_timeout_s=2)
    selection = Selection(engines=("webkit",), servers=APPS)
    plan = make_plan(
        load_scenarios([tmp_path / "cors.yaml"]), all_servers(subject=subject), selection
    )
    told: list[Event] = []
    with pytest.raises(ServerFailed, match="did not answer within 2 s"):
        list(run(plan, RunSettings(subject=subject), told.append))
    first = {event.names[0] for event in told if isinstance(event, StillStarting)}
    assert first == {"your app shop:app"}
    assert process_tree.survivors() == []

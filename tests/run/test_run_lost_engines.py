"""An engine that crashes or hangs in the middle of a batch."""

import dataclasses
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.run.batches import (
    BLOCKED,
    NEVER,
    SLOW,
    WHOLE,
    assert_each_cell_once,
    losses,
    outcome,
    plan_of,
    records,
)
from tests.run.family import Family, Relative, descendants, send

from cors_harness.model.events import CellFinished, Event
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.plan import Plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

SETTINGS = RunSettings(concurrency=6)  # four of which wait for what never comes
MID_BATCH = 10  # finished cells, of 148


def run_with(plan: Plan, settings: RunSettings, attack: Callable[[], None]) -> list[Event]:
    """All events of a run in whose middle, as the first engine's cells tell, `attack` is made."""
    seen: list[Event] = []
    left = MID_BATCH
    for event in run(plan, settings):
        seen.append(event)
        if isinstance(event, CellFinished) and event.record.cell.engine == plan.cells[0].engine:
            left -= 1
            if left == 0:
                attack()
    return seen


def lost_cells(events: Sequence[Event], lost: Outcome) -> int:
    """How many cells are `lost`: errors, all that never end among them; others as expected."""
    flying = [record for record in records(events) if outcome(record) is lost]
    assert {r.verdict.status for r in flying} == {Status.ERROR}
    rest = [record for record in records(events) if record not in flying]
    assert {r.cell.id: r.verdict for r in rest if r.verdict.status is not Status.AS_EXPECTED} == {}
    never = {r.cell.id for r in records(events) if r.cell.scenario.id.startswith("never")}
    assert never <= {r.cell.id for r in flying}
    return len(flying)


def test_killed_browser_loses_what_was_in_flight(
    engine: str, family: Family, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, WHOLE, engine)
    events = run_with(plan, SETTINGS, lambda: send(signal.SIGKILL, family.browsers(engine)))
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.CRASHED)]


def page_processes(family: Family, engine: str) -> list[Relative]:
    marks = {"chromium": "--type=renderer", "firefox": "-contentproc", "webkit": "WebKitWebProcess"}
    inside = [p for browser in family.browsers(engine) for p in descendants(browser.pid)]
    return [p for p in inside if any(marks[engine] in word for word in p.command)]


def test_killed_page_process_loses_what_was_in_flight(
    engine: str, family: Family, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, WHOLE, engine)
    events = run_with(plan, SETTINGS, lambda: send(signal.SIGKILL, page_processes(family, engine)))
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.CRASHED)]


def test_browser_that_hangs_loses_what_was_in_flight(
    engine: str, family: Family, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, WHOLE, engine)

    def stop() -> None:
        main = family.browsers(engine)
        send(signal.SIGSTOP, [*main, *(p for each in main for p in descendants(each.pid))])

    events = run_with(plan, RunSettings(concurrency=6, stall_s=3), stop)
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.TIMEOUT)]


def test_killed_browser_of_isolated_cells_is_replaced(family: Family, tmp_path: Path) -> None:
    """In an engine all of whose tabs die with the browser; in WebKit each has one of its own."""
    text = (NEVER + BLOCKED).replace("A, B, C, D", "A")
    plan = plan_of(tmp_path, text, "chromium")
    plan = dataclasses.replace(plan, cells=plan.cells[:14])
    attacked = False

    def attack() -> None:
        nonlocal attacked
        attacked = True
        send(signal.SIGKILL, family.browsers("chromium"))

    events = run_with(plan, RunSettings(isolated=True), attack)
    assert attacked
    assert_each_cell_once(plan, events)
    lost = [record for record in records(events) if outcome(record) is Outcome.CRASHED]
    assert sum(loss.in_flight for loss in losses(events)) == len(lost)
    assert {r.verdict.status for r in records(events) if r not in lost} == {Status.AS_EXPECTED}
    assert "never-a" in {r.cell.scenario.id for r in lost}


def test_virtual_display_that_dies_is_a_lost_engine(family: Family, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, WHOLE, "webkit")
    events = run_with(
        plan,
        SETTINGS,
        lambda: send(signal.SIGKILL, [p for p in family.living() if p.program == "Xvfb"]),
    )
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.CRASHED)]


def test_killed_engine_leaves_the_others_alone(family: Family, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, SLOW, "chromium", "firefox", "webkit")
    seen = run_with(
        plan,
        RunSettings(concurrency=1),
        lambda: send(signal.SIGKILL, family.browsers("chromium")),
    )
    assert_each_cell_once(plan, seen)
    assert {loss.engine for loss in losses(seen)} == {"chromium"}
    bad = {r.cell.engine for r in records(seen) if r.verdict.status is not Status.AS_EXPECTED}
    assert bad <= {"chromium"}

"""An engine that crashes or hangs in the middle of a batch."""

import dataclasses
import signal
from collections.abc import Callable, Sequence
from functools import partial
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
from tests.run.process_tree import ProcessInfo, ProcessTree, descendants, send

from cors_harness.model.events import CellFinished, Event
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status
from cors_harness.planning.plan import Plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

SETTINGS = RunSettings(concurrency=6)  # four of which wait for what never comes
ONE_NEVER = NEVER.replace("A, B, C, D", "A")
MID_BATCH = 10  # finished cells, of 148
STALL_S = 10  # of a busy machine's Firefox, seconds may pass between two calls


def run_with(
    plan: Plan, settings: RunSettings, attack: Callable[[], None], *, after: int = MID_BATCH
) -> list[Event]:
    """All events of a run in which `attack` is made as soon as an engine has finished some cells.

    The engine is that of the first cell, which is one that never ends: there is a middle to hit.
    """
    assert plan.cells[0].scenario.id.startswith("never")
    seen: list[Event] = []
    left = after
    for event in run(plan, settings):
        seen.append(event)
        if isinstance(event, CellFinished) and event.record.cell.engine == plan.cells[0].engine:
            left -= 1
            if left == 0:
                attack()
    assert left <= 0
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


def kill_browsers(process_tree: ProcessTree, engine: str) -> None:
    send(signal.SIGKILL, process_tree.browsers(engine))


def test_killed_browser_loses_what_was_in_flight(
    engine: str, process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, WHOLE, engine)
    events = run_with(plan, SETTINGS, partial(kill_browsers, process_tree, engine))
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.CRASHED)]


def page_processes(process_tree: ProcessTree, engine: str) -> list[ProcessInfo]:
    marks = {"chromium": "--type=renderer", "firefox": "-contentproc", "webkit": "WebKitWebProcess"}
    inside = descendants(process_tree.browsers(engine))
    return [p for p in inside if any(marks[engine] in word for word in p.command)]


def test_killed_page_process_loses_what_was_in_flight(
    engine: str, process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, WHOLE, engine)
    events = run_with(
        plan, SETTINGS, lambda: send(signal.SIGKILL, page_processes(process_tree, engine))
    )
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.CRASHED)]


def test_browser_that_hangs_loses_what_was_in_flight(
    engine: str, process_tree: ProcessTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It does not end by itself, however long one waits for that.
    for module in ("playwright", "stock_firefox", "bidi_pages"):
        monkeypatch.setattr(f"cors_harness.engines.{module}.CLOSE_S", 1)
    monkeypatch.setattr("cors_harness.processes.groups.KILL_AFTER_S", 1)
    plan = plan_of(tmp_path, WHOLE, engine)

    def stop() -> None:
        main = process_tree.browsers(engine)
        send(signal.SIGSTOP, [*main, *descendants(main)])

    events = run_with(plan, RunSettings(concurrency=6, stall_s=STALL_S), stop)
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.TIMEOUT)]


def test_killed_browser_of_isolated_cells_is_replaced(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    """In an engine all of whose tabs die with the browser; in WebKit each has one of its own."""
    plan = plan_of(tmp_path, ONE_NEVER + BLOCKED, "chromium")
    plan = dataclasses.replace(plan, cells=plan.cells[:10])
    kill = partial(kill_browsers, process_tree, "chromium")
    events = run_with(plan, RunSettings(isolated=True), kill, after=5)
    assert_each_cell_once(plan, events)
    lost = [record for record in records(events) if outcome(record) is Outcome.CRASHED]
    assert sum(loss.in_flight for loss in losses(events)) == len(lost)
    assert {r.verdict.status for r in records(events) if r not in lost} == {Status.AS_EXPECTED}
    assert "never-a" in {r.cell.scenario.id for r in lost}


def test_virtual_display_that_dies_is_a_lost_engine(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, WHOLE, "webkit")
    events = run_with(
        plan,
        SETTINGS,
        lambda: send(signal.SIGKILL, [p for p in process_tree.running() if p.program == "Xvfb"]),
    )
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.CRASHED)]


def test_killed_engine_leaves_the_others_alone(process_tree: ProcessTree, tmp_path: Path) -> None:
    """Not even one that has the same kind of driver."""
    plan = plan_of(tmp_path, ONE_NEVER + SLOW, "chromium", "firefox")
    cells = [c for c in plan.cells if c.engine == "chromium" or c.scenario.id != "never-a"]
    plan = dataclasses.replace(plan, cells=tuple(cells))
    kill = partial(kill_browsers, process_tree, "chromium")
    seen = run_with(plan, RunSettings(concurrency=2), kill)
    assert_each_cell_once(plan, seen)
    assert {loss.engine for loss in losses(seen)} == {"chromium"}
    bad = {r.cell.engine for r in records(seen) if r.verdict.status is not Status.AS_EXPECTED}
    assert bad == {"chromium"}


HELPERS = {
    "Playwright's driver": ("chromium", "run-driver"),
    "Chromium's network service": ("chromium", "--utility-sub-type=network"),
    "WebKit's network process": ("webkit", "WebKitNetworkProcess"),
}


@pytest.mark.parametrize(("engine", "word"), HELPERS.values(), ids=HELPERS)
def test_killed_helper_of_a_browser_loses_what_was_in_flight(
    engine: str, word: str, process_tree: ProcessTree, tmp_path: Path
) -> None:
    """The browser itself lives on, or was to: nothing of what its pages see then is an answer."""
    plan = plan_of(tmp_path, WHOLE, engine)

    def kill() -> None:
        helpers = [p for p in process_tree.running() if word in " ".join(p.command)]
        assert helpers
        send(signal.SIGKILL, helpers)

    events = run_with(plan, SETTINGS, kill)
    assert_each_cell_once(plan, events)
    assert [loss.in_flight for loss in losses(events)] == [lost_cells(events, Outcome.CRASHED)]

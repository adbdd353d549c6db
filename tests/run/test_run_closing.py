"""However a run ends, nothing that it started is left, and nothing else is touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from batches import NEVER, SLOW, WHOLE, assert_each_cell_once, plan_of, records
from family import Family, Relative, send

from cors_harness.errors import EngineFailed, ServerFailed
from cors_harness.model.events import CellFinished, Event, RunFinished, RunStarted
from cors_harness.model.verdict import Status
from cors_harness.plan import Plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

ENGINES = ("chromium", "firefox", "webkit")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ConsumerError(Exception):
    """Something in whoever reads the events."""


def until(events: Generator[Event], kind: type[Event]) -> Event:
    return next(event for event in events if isinstance(event, kind))


def test_whole_run_leaves_nothing(family: Family, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, SLOW, *ENGINES)
    events = []
    for event in run(plan, RunSettings()):
        if isinstance(event, RunStarted):
            assert family.living()
        events.append(event)
    assert_each_cell_once(plan, events)
    assert family.gone() == []


@pytest.mark.parametrize("kind", [RunStarted, CellFinished])
def test_closing_the_events_ends_everything(
    family: Family, tmp_path: Path, kind: type[Event]
) -> None:
    events = run(plan_of(tmp_path, WHOLE, *ENGINES), RunSettings(concurrency=6))
    until(events, kind)
    assert family.living()
    events.close()
    assert family.gone() == []


def test_consumer_that_raises_ends_everything(family: Family, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, WHOLE, *ENGINES)
    with pytest.raises(ConsumerError), closing(run(plan, RunSettings(concurrency=6))) as events:
        until(events, CellFinished)
        assert family.living()
        raise ConsumerError
    assert family.gone() == []


def test_events_that_nobody_asked_for_start_nothing(family: Family, tmp_path: Path) -> None:
    run(plan_of(tmp_path, SLOW, *ENGINES), RunSettings()).close()
    assert family.living() == []


# Interrupting the program


def bystander(of: str) -> list[str]:
    """A process that looks like one of the harness' and is none."""
    script = "import sys; sys.stdin.read()"
    return [of, "-c", script]


@pytest.mark.parametrize("sent", SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_interrupted_program_leaves_a_journal_and_nothing_else(
    family: Family, tmp_path: Path, sent: signal.Signals
) -> None:
    plan_of(tmp_path, WHOLE, *ENGINES)
    journal = tmp_path / DEFAULT_PLACE
    command = [sys.executable, "-m", "cors_harness", "run", "batch.yaml"]
    with subprocess.Popen(  # noqa: S603 - this program
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as program:
        wait_for_cells(program, journal)
        assert family.browsers("webkit")
        # To the whole group, as a terminal does it: Playwright's driver is in there as well.
        os.killpg(program.pid, sent)
        said = program.communicate(timeout=60)[1]
    assert program.returncode == 130, said
    assert "Traceback" not in said
    assert family.gone() == []
    header, cells = read_journal(journal)
    assert {each["name"] for each in header["engines"]} == set(ENGINES)
    assert cells
    assert {cell["verdict"]["status"] for cell in cells} == {Status.AS_EXPECTED}
    assert f"{len(cells)} finished cells" in said


def wait_for_cells(program: "subprocess.Popen[str]", journal: Path) -> None:
    """Waits until each engine has finished a cell, as far as the journal tells."""
    watcher = "import sys, pathlib, time"
    del watcher
    waiting = set(ENGINES)
    while waiting:
        assert program.poll() is None
        text = journal.read_text() if journal.exists() else ""
        waiting = {name for name in ENGINES if f"verbatim-{name}]" not in text}

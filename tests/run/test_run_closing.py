"""However a run ends, nothing that it started is left, and nothing else is touched."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.run.batches import SLOW, WHOLE, plan_of, until
from tests.run.process_tree import ProcessTree
from tests.run.programs import started, wait_for_cells
from tests.wait_for_exit import HANG_S

from cors_harness.model.events import CellFinished, Event, RunStarted
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

ENGINES = ("chromium", "firefox", "webkit")
INTERRUPTS = {
    "Ctrl-C": (signal.SIGINT, ENGINES),
    "SIGTERM": (signal.SIGTERM, ENGINES),
    "SIGHUP": (signal.SIGHUP, ("webkit",)),  # one handler with SIGTERM: only that it is taken
}


@pytest.fixture
def bystander(tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that was there before, with a name and a command line like a browser's."""
    program = tmp_path / "MiniBrowser"
    program.symlink_to(sys.executable)
    command = [str(program), "-c", "input()", "--headless", "--remote-debugging-pipe", "run-driver"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603 - our own text
        yield process
        process.kill()


# Closed early nothing of Firefox is special, and it starts for long.
CLOSED = {RunStarted: ("chromium", "webkit"), CellFinished: ENGINES}


@pytest.mark.parametrize(("kind", "engines"), CLOSED.items())
def test_closing_the_events_ends_everything_that_was_started(
    bystander: "subprocess.Popen[bytes]",
    process_tree: ProcessTree,
    tmp_path: Path,
    kind: type[Event],
    engines: Sequence[str],
) -> None:
    events = run(plan_of(tmp_path, WHOLE, *engines), RunSettings(concurrency=6))
    until(events, kind)
    assert process_tree.running()
    events.close()
    assert bystander.poll() is None
    assert process_tree.survivors() == []


def test_chromium_takes_commands_through_a_pipe_alone(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    events = run(plan_of(tmp_path, WHOLE, "chromium"), RunSettings(concurrency=6))
    until(events, CellFinished)
    browsers = process_tree.browsers("chromium")
    events.close()
    pipes = [p for p in browsers if "--remote-debugging-pipe" in p.command]
    assert pipes
    assert not any("remote-debugging-port" in word for p in browsers for word in p.command)


def test_webkit_takes_commands_of_nobody(process_tree: ProcessTree, tmp_path: Path) -> None:
    events = run(plan_of(tmp_path, WHOLE, "webkit"), RunSettings(concurrency=6))
    until(events, CellFinished)
    browsers = process_tree.browsers("webkit")
    environments = [Path(f"/proc/{p.pid}/environ").read_bytes() for p in browsers]
    events.close()
    assert browsers
    assert not any("--automation" in p.command for p in browsers)
    assert not any(b"WEBKIT_INSPECTOR" in each for each in environments)


def test_events_that_nobody_asked_for_start_nothing(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    run(plan_of(tmp_path, SLOW, *ENGINES), RunSettings()).close()
    assert process_tree.running() == []


# Interrupting the program


@pytest.mark.parametrize(("sent", "engines"), INTERRUPTS.values(), ids=INTERRUPTS)
def test_interrupted_program_leaves_a_journal_and_nothing_else(
    process_tree: ProcessTree, tmp_path: Path, sent: signal.Signals, engines: Sequence[str]
) -> None:
    plan_of(tmp_path, WHOLE, *engines)
    with started(tmp_path, engines) as program:
        wait_for_cells(program, tmp_path / DEFAULT_PLACE, engines)
        assert process_tree.browsers("webkit")
        # To the whole group, as a terminal does it: Playwright's driver is in there as well.
        os.killpg(program.pid, sent)
        stderr = program.communicate(timeout=HANG_S)[1]
    assert program.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert process_tree.survivors() == []
    header, cells = read_journal(tmp_path / DEFAULT_PLACE)
    assert {each["name"] for each in header["engines"]} == set(engines)
    assert {cell.status for cell in cells} == {Status.AS_EXPECTED}
    assert cells
    assert "finished cells in " in stderr


def test_interrupts_of_the_impatient_wait_for_the_end_of_all(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan_of(tmp_path, WHOLE, "webkit")
    with started(tmp_path, ["webkit"]) as program:
        wait_for_cells(program, tmp_path / DEFAULT_PLACE, ["webkit"])
        assert process_tree.running()
        while program.poll() is None:
            program.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                program.wait(timeout=0.05)
        stderr = program.communicate(timeout=HANG_S)[1]
    assert program.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert process_tree.survivors() == []


# Servers

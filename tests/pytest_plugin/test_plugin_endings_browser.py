"""However pytest ends, no browser, server or recorder is left behind."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.processes_left import MARK, processes, processes_left
from tests.pytest_plugin.scenario_texts import ANSWERED, HANGS, WRONG
from tests.wait_for_exit import HANG_S

from cors_harness.store.journal import read_journal

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks at /proc"),
]

Popen = subprocess.Popen[str]
Starts = Callable[..., Popen]


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """A variable of its own for everything that a test starts."""
    value = uuid.uuid4().hex
    monkeypatch.setenv(MARK, value)
    return value


@pytest.fixture
def start(project: pytest.Pytester) -> Iterator[Starts]:
    """Starts pytest in a process group of its own, as a terminal does."""
    started: list[Popen] = []

    def start_pytest(*argv: str) -> Popen:
        process = subprocess.Popen(  # noqa: S603 - pytest itself
            [sys.executable, "-u", "-m", "pytest", *argv],
            cwd=project.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start_pytest
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def read_until(process: Popen, words: str) -> None:
    """Reads what pytest prints up to the line that has `words`."""
    assert process.stdout is not None
    assert any(words in line for line in process.stdout), words


ENDINGS = {
    "all cells done": (ANSWERED, ("--browser=chromium", "--browser=webkit"), 0),
    "-x while other cells hang": (
        WRONG + HANGS,
        ("-x", "--browser=chromium", "--browser=webkit"),
        1,
    ),
    "a browser that does not start": (
        ANSWERED,
        (
            *("--browser=chromium", "--browser=firefox"),
            f"--browser-executable=firefox={sys.executable}",
        ),
        3,
    ),
}


@pytest.mark.parametrize(("text", "argv", "status"), ENDINGS.values(), ids=ENDINGS)
def test_nothing_is_left_after(
    project: pytest.Pytester,
    write: WritesScenarios,
    mark: str,
    text: str,
    argv: tuple[str, ...],
    status: int,
) -> None:
    write(**{"scenarios/a.yaml": text})
    result = project.runpytest_subprocess(*argv, timeout=HANG_S)
    assert result.ret == status
    result.stdout.no_fnmatch_line("*Warning*")
    assert processes_left(mark) == []


def test_ctrl_c_leaves_nothing_but_the_journal(
    write: WritesScenarios, project: pytest.Pytester, start: Starts, mark: str
) -> None:
    """In Firefox; workers have the others, and tests of the run all of them at once."""
    write(**{"scenarios/a.yaml": ANSWERED + HANGS})
    process = start("-v", "--browser=firefox", "--cors-journal=cut.jsonl")
    read_until(process, "answered[verbatim-")
    assert any("firefox" in command for command in processes(mark))
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=HANG_S)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert "KeyboardInterrupt" in output
    assert "Error" not in output
    assert processes_left(mark) == []
    cells = [record.cell for record in read_journal(project.path / "cut.jsonl")[1]]
    assert cells == ["scenarios/a.yaml::answered[verbatim-firefox]"]


@pytest.mark.parametrize(
    "signals", [(signal.SIGTERM,), (signal.SIGINT, signal.SIGINT, signal.SIGHUP)], ids=str
)
def test_other_signals_and_impatience_leave_nothing_either(
    write: WritesScenarios,
    start: Starts,
    mark: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    signals: Sequence[signal.Signals],
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    write(**{"scenarios/a.yaml": ANSWERED + HANGS})
    process = start("-v", "--browser=webkit")
    read_until(process, "answered[verbatim-")
    for number in signals:
        os.kill(process.pid, number)
    output, _ = process.communicate(timeout=HANG_S)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert "Traceback" not in output
    assert processes_left(mark) == []
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_nothing_of_workers(write: WritesScenarios, start: Starts, mark: str) -> None:
    write(**{"scenarios/a.yaml": ANSWERED + HANGS})
    process = start("-v", "-n2", "--browser=chromium", "--browser=webkit")
    read_until(process, "PASSED scenarios/a.yaml::answered[")
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=HANG_S)
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert processes_left(mark) == []

"""Running a program to its end: what it printed, and that nothing of it stays."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from tests.wait_for_exit import ends

from cors_harness.installing.install import run_command
from cors_harness.installing.machine import Machine, ask, run_program

BOTH = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"
# A child in the program's own session, which says its id and would stay for ever.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
open(sys.argv[1], "w").write(str(child.pid))
time.sleep(600)
"""


def python(code: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code, *arguments)


def main_thread_waits() -> bool:
    """Whether the main thread waits for a program to end: an interrupt now reaches it there."""
    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_code.co_name != "communicate":
        frame = frame.f_back
    return frame is not None


def test_run_program_gives_status_and_all_that_was_printed() -> None:
    assert run_program(python(BOTH), 60) == (3, "out\nerr\n")


def test_run_program_leaves_errors_out_where_they_are_not_wanted() -> None:
    assert run_program(python(BOTH), 60, with_errors=False) == (3, "out\n")


def test_run_program_has_the_variables_that_it_is_given() -> None:
    code = "import os; print(os.environ.get('HOME'), os.environ['SHOP'])"
    assert run_program(python(code), 60, environment={"SHOP": "open"}) == (0, "None open\n")


@pytest.mark.programs
def test_run_program_ends_all_that_it_started_when_it_takes_too_long(tmp_path: Path) -> None:
    named = tmp_path / "child"
    limit_s = 0.5
    while True:  # on a busy machine Python takes its time to start
        with pytest.raises(TimeoutError):
            run_program(python(PARENT, str(named)), limit_s)
        if named.exists() and (text := named.read_text()):
            break
        limit_s *= 2
    assert ends(int(text))


@pytest.mark.programs
def test_run_program_kills_what_does_not_end_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cors_harness.installing.machine.KILL_AFTER_S", 0.1)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    with pytest.raises(TimeoutError):
        run_program(python(deaf), 1)


def test_run_program_has_no_terminal_to_ask_at() -> None:
    """Nor does Ctrl-C reach it: it is ended by us."""
    assert run_program(python("import os; print(os.getsid(0) == os.getpid())"), 60)[1] == "True\n"
    assert run_program(python("import sys; print(repr(sys.stdin.read()))"), 60)[1] == "''\n"


ANSWERS = {
    "answers": (python("print('Firefox 1.2')"), "Firefox 1.2\n"),
    "complains beside it": (python("import sys; print(1); print(2, file=sys.stderr)"), "1\n"),
    "fails": (python("print('Firefox 1.2'); exit(1)"), ""),
    "is killed": (python("import os; print(1); os.kill(os.getpid(), 9)"), ""),
    "is absent": (("/nonexistent/firefox", "--version"), ""),
}


@pytest.mark.parametrize(("argv", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_ask_gives_what_a_program_answers(argv: tuple[str, ...], answer: str) -> None:
    assert ask(argv) == answer


def test_ask_gives_nothing_where_there_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cors_harness.installing.machine.ASK_LIMIT_S", 0.1)
    assert ask(python("import time; time.sleep(600)")) == ""


def machine() -> Machine:
    return Machine(platform="linux", environment=dict(os.environ))


def test_run_command_says_what_it_runs_and_returns_what_a_failure_printed() -> None:
    told: list[str] = []
    coloured = "print('\\x1b[31mError: no\\x1b[0m'); exit(1)"
    assert run_command(machine(), python(coloured), 60, told.append) == "Error: no\n"
    assert run_command(machine(), python("print(1)"), 60, told.append) is None
    assert [line[:2] for line in told] == ["$ ", "$ "]


@pytest.mark.programs
def test_run_command_says_that_there_was_no_end() -> None:
    command = python("import time; time.sleep(600)")
    assert run_command(machine(), command, 1, lambda _: None) == "Error: no end after 1 s"


def test_run_program_that_is_interrupted_ends_what_it_runs(tmp_path: Path) -> None:
    named = tmp_path / "pid"

    def interrupt() -> None:
        while not (named.exists() and named.read_text() and main_thread_waits()):
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    interrupting = threading.Thread(target=interrupt, daemon=True)
    interrupting.start()
    code = "import os, pathlib, sys, time; pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))"
    with pytest.raises(KeyboardInterrupt):
        run_program(python(f"{code}; time.sleep(600)", str(named)), 60)
    interrupting.join()
    assert ends(int(named.read_text()))

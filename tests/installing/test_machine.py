"""Running a program to its end: what it printed, and that nothing of it stays."""

import os
import sys
from pathlib import Path

import pytest

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


def is_running(pid: int) -> bool:
    """A zombie, which waits for whoever adopted it, does not run."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def test_run_program_gives_status_and_all_that_was_printed() -> None:
    assert run_program(python(BOTH), 60) == (3, "out\nerr\n")


def test_run_program_leaves_errors_out_where_they_are_not_wanted() -> None:
    assert run_program(python(BOTH), 60, with_errors=False) == (3, "out\n")


def test_run_program_has_the_variables_that_it_is_given() -> None:
    code = "import os; print(os.environ.get('HOME'), os.environ['SHOP'])"
    assert run_program(python(code), 60, environment={"SHOP": "open"}) == (0, "None open\n")


def test_run_program_ends_all_that_it_started_when_it_takes_too_long(tmp_path: Path) -> None:
    named = tmp_path / "child"
    limit_s = 0.5
    while True:  # on a busy machine Python takes its time to start
        with pytest.raises(TimeoutError):
            run_program(python(PARENT, str(named)), limit_s)
        if named.exists() and (text := named.read_text()):
            break
        limit_s *= 2
    assert not is_running(int(text))


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


def test_run_command_says_that_there_was_no_end() -> None:
    command = python("import time; time.sleep(600)")
    assert run_command(machine(), command, 1, lambda _: None) == "Error: no end after 1 s"


def test_run_program_that_is_interrupted_ends_what_it_runs(tmp_path: Path) -> None:
    named = tmp_path / "pid"
    code = (
        "import os, pathlib, signal, sys, time\n"
        "pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))\n"
        "os.kill(os.getppid(), signal.SIGINT)\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(KeyboardInterrupt):
        run_program(python(code, str(named)), 60)
    assert not is_running(int(named.read_text()))

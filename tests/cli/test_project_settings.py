"""`[tool.cors-harness]` in a project of the user's own: what the commands make of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.changes.baseline_builders import baseline, entry
from tests.cli.program import program
from tests.cli.user_project import scenarios, start, written
from tests.wait_for_exit import HANG_S

from cors_harness.store.baseline_writing import write_baseline

SETTINGS = """\
[tool.cors-harness]
app = "shop:app"
scenarios = ["cors"]
browsers = ["chromium"]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return written(
        tmp_path,
        {
            "pyproject.toml": SETTINGS,
            "cors/shop.yaml": scenarios("where"),
            "other.yaml": scenarios("other"),
            "src/deep/empty.txt": "",
        },
    )


@pytest.mark.parametrize("below", [".", "src/deep"])
def test_list_takes_scenarios_server_and_browsers_of_the_project(project: Path, below: str) -> None:
    done = program(project / below, "list", "--cells")
    assert (done.returncode, done.stderr) == (0, "")
    (cell,) = done.stdout.splitlines()
    assert cell.endswith("cors/shop.yaml::get-where[app-chromium]")


def test_command_line_wins(project: Path) -> None:
    argv = ("list", "--cells", "other.yaml", "--browser", "webkit", "--url", "http://localhost:1")
    done = program(project, *argv)
    assert done.stdout == "other.yaml::get-other[app-webkit]\n"


def test_validate_checks_the_scenarios_of_the_project(project: Path) -> None:
    done = program(project, "validate")
    assert done.stdout == "1 scenario in 1 file: no problems\n"


def test_folder_called_scenarios_beside_the_file_is_the_default(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.cors-harness]\napp = "shop:app"\n')
    (project / "cors").rename(project / "scenarios")
    done = program(project / "src/deep", "list", "--json", "--browser", "webkit")
    (cell,) = json.loads(done.stdout)["cells"]
    assert cell["scenario"] == "get-where"


def test_mistakes_in_settings_end_the_program_with_status_2(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.cors-harness]\nap = "a"\nbrowsers = "x"\n')
    done = program(project, "run")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pyproject.toml:2:1: tool.cors-harness.ap: found an unknown key" in done.stderr
    assert "pyproject.toml:3:1: tool.cors-harness.browsers: found a string" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_file_of_a_repository_shows_secrets(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.cors-harness]\nkeep-secrets = true\n")
    done = program(project, "run")
    assert done.returncode == 2
    assert "tool.cors-harness.keep-secrets: found an unknown key" in done.stderr


WRONG = {
    "two servers": (("--app", "a:b", "--url", "http://localhost:1"), "found 2 servers to test"),
    "no port": (("--command", "gunicorn shop:app"), "command: found no {port} in it"),
    "no such program": (("--command", "gunicron {port}"), "there is no program 'gunicron'"),
    "credentials": (("--url", "http://me:s3cret@localhost:1"), "found credentials in it"),
    "remote": (("--url", "http://shop.example.com"), "is not on this machine"),
    "origin": (("--page-origin", "https://me:s3cret@a.example"), "found credentials"),
    "credentials behind a mistake": (("--ulr=http://me:s3cret@h",), "--ulr=http://***@h"),
}


@pytest.mark.parametrize(("argv", "words"), WRONG.values(), ids=WRONG)
def test_wrong_server_is_status_2_and_shows_no_secret(
    project: Path, argv: tuple[str, ...], words: str
) -> None:
    done = program(project, "run", *argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "s3cret" not in done.stderr
    assert not list(project.rglob("*.jsonl"))


@pytest.mark.programs
def test_server_that_does_not_run_is_status_3(project: Path) -> None:
    done = program(project, "run", "--url", "http://localhost:1")
    assert (done.returncode, done.stdout) == (3, "")
    assert "your server http://localhost:1 is not there: nobody listens" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_server_names_all_ways_to_give_one(project: Path) -> None:
    (project / "pyproject.toml").unlink()
    done = program(project, "run", "cors/shop.yaml")
    assert done.returncode == 2
    assert [way for way in ("--app", "--command", "--url") if f" {way} " not in done.stderr] == []


# How often the file is read

COUNTING = """\
import sys
reads = 0

def count(event, args):
    global reads
    reads += event == "open" and str(args[0]).endswith("pyproject.toml")

sys.addaudithook(count)
"""
PROGRAM = f"{COUNTING}from cors_harness.cli import main\nmain(sys.argv[1:])\nprint(reads)\n"
PYTEST = f"{COUNTING}import pytest\npytest.main(sys.argv[1:])\nprint(reads)\n"
NOWHERE = ("--url", "http://localhost:1")  # nobody listens: the run ends before any browser
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", *NOWHERE),
    "check": ("check", *NOWHERE),
    "record": ("record", *NOWHERE),
    "diff": ("diff", "cors/cors-baseline.txt", "cors/cors-baseline.txt"),
    "list": ("list",),
    "validate": ("validate",),
    "browsers": ("browsers",),
    "init": ("init", "--origin", "https://app.example.com", "--out", "new.yaml"),
}


@pytest.mark.programs
@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
def test_a_command_reads_the_settings_once(project: Path, argv: tuple[str, ...]) -> None:
    write_baseline(project / "cors/cors-baseline.txt", baseline(entry("a")))
    assert last_line(project, PROGRAM, *argv) == "1"


@pytest.mark.programs
def test_a_session_of_pytest_reads_our_settings_once(project: Path) -> None:
    argv = ("--collect-only", "-q")
    ours = last_line(project, PYTEST, *argv)
    others = last_line(project, PYTEST, *argv, "-p", "no:cors-harness")
    assert int(ours) - int(others) == 1


def last_line(folder: Path, code: str, *argv: str) -> str:
    """What a program prints last, in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code, *argv],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    return done.stdout.splitlines()[-1]


# With pytest


@pytest.mark.programs
def test_pytest_collects_the_scenarios_of_the_project(project: Path) -> None:
    (project / "cors/shop.yaml").write_text(scenarios("where").replace("spec:", "spec :"))
    done = start(project, "pytest", "--collect-only", "-q")
    assert "cors/shop.yaml::get-where[app-chromium]" in done.stdout.splitlines()
    assert "other.yaml" not in done.stdout


@pytest.mark.programs
def test_mistakes_in_settings_are_a_usage_error_of_pytest(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.cors-harness]\nap = "a"\n')
    done = start(project, "pytest")
    assert done.returncode == 4
    assert "pyproject.toml:2:1: tool.cors-harness.ap: found an unknown key" in done.stderr
    assert "Traceback" not in done.stderr


PYTEST_WRONG = {
    "two servers": (("--cors-app=a:b", "--cors-url=http://localhost:1"), "--cors-app and --cors-u"),
    "no port": (("--cors-command=gunicorn shop:app",), "command: found no {port} in it"),
    "ready alone": (("--cors-ready=/",), "--cors-ready: goes with --cors-command"),
    "credentials": (("--cors-url=http://me:s3cret@localhost:1",), "--cors-url: found credentials"),
}


@pytest.mark.programs
@pytest.mark.parametrize(("argv", "words"), PYTEST_WRONG.values(), ids=PYTEST_WRONG)
def test_wrong_server_is_a_usage_error_of_pytest(
    project: Path, argv: tuple[str, ...], words: str
) -> None:
    done = start(project, "pytest", *argv)
    assert done.returncode == 4
    assert words in done.stderr
    assert "s3cret" not in done.stdout + done.stderr


@pytest.mark.programs
def test_remote_server_of_the_settings_stops_cells_and_no_other_test(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.cors-harness]\nurl = "http://shop.example.com"\n'
    )
    (project / "scenarios").mkdir()
    (project / "scenarios/shop.yaml").write_text(scenarios("where"))
    (project / "test_own.py").write_text("def test_own(): pass\n")
    assert start(project, "pytest", "test_own.py").returncode == 0
    done = start(project, "pytest", "scenarios")
    assert done.returncode == 4
    assert "is not on this machine" in done.stdout
    assert "--cors-yes-remote" in done.stdout

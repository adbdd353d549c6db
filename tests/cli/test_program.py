"""The program as a user starts it: help, errors, exit statuses, what stays unloaded."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.wait_for_exit import HANG_S

from cors_harness.cli.program import main
from cors_harness.loading.schema import json_schema
from cors_harness.model.baseline import Baseline
from cors_harness.store.baseline_writing import HEAD, write_baseline

COMMANDS = ("run", "record", "check", "diff", "list", "validate", "browsers", "schema", "bench")
GOOD = """\
- id: get-allowed
  title: GET from an allowed origin is readable
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {allow_origins: ["{page}"]}
  servers: [flask-cors, flask-after-request]
  request: {method: GET}
  expect: {outcome: allowed, status: 200}
"""
OWN = """\
- id: get-own
  title: GET of the user's own server is readable
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {path: /}
  expect: {outcome: allowed, status: 200}
"""
BAD = GOOD.replace("outcome: allowed", "outcome: alowed").replace("method: GET", "metod: GET")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `scenarios/good.yaml`, and `bad.yaml` beside."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text(BAD)
    return tmp_path


def start(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this program
        [sys.executable, "-m", "cors_harness", *argv],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_an_example(tmp_path: Path, command: str) -> None:
    done = program(tmp_path, command, "--help")
    assert done.returncode == 0
    assert f"examples:\n  cors-harness {command}" in done.stdout


def test_help_names_every_command_and_exit_status(tmp_path: Path) -> None:
    words = start(tmp_path, "--help").stdout.split()
    assert {*COMMANDS, "0", "1", "2", "3", "130"} <= set(words)


ERRORS = {
    "no command": ((), "the following arguments are required: COMMAND"),
    "unknown command": (("rnu",), "invalid choice: 'rnu'"),
    "unknown option": (("run", "--quite"), "unrecognized arguments: --quite"),
    "abbreviated option": (("run", "--heade"), "unrecognized arguments: --heade"),
    "unknown browser": (("run", "--browser", "chromiun"), "did you mean 'chromium'?"),
    "unknown browser to install": (
        ("browsers", "install", "webkti"),
        "browsers install: found 'webkti'; expected one of chromium, firefox, webkit\n"
        "  did you mean 'webkit'?",
    ),
    "unknown action of browsers": (("browsers", "delete"), "found 'delete'; expected install"),
    "executable without a name": (
        ("run", "--browser-executable", "/usr/bin/chromium"),
        "found '/usr/bin/chromium'; expected NAME=FILE",
    ),
    "executable without a file": (
        ("run", "--browser-executable", "chromium="),
        "found 'chromium='; expected NAME=FILE",
    ),
    "executable for an unknown browser": (
        ("run", "--browser-executable", "webkid=/x"),
        "did you mean 'webkit'?",
    ),
    "executable that is not there": (
        ("browsers", "--browser-executable", "firefox=/no/such/file"),
        "/no/such/file",
    ),
    "time that is no number": (("run", "--timeout", "1s"), "--timeout: found '1s'; expected"),
    "no time": (("run", "--timeout", "0"), "--timeout: found '0'; expected"),
    "no cells to measure": (("bench", "--cells", "0"), "--cells: found '0'; expected"),
    "unknown server": (("run", "--server", "flask-corss"), "flask-cors"),
    "unknown cell": (("list", "--cell", "get-alowed"), "get-allowed"),
    "nothing selected": (("list", "-k", "zebra"), "zebra"),
    "keyword that makes no sense": (("list", "-k", "and"), "and"),
    "missing file": (("run", "none.yaml"), "none.yaml"),
    "bad scenario": (("run", "bad.yaml"), "cors-harness: error: 2 problems in scenario files"),
    "no baseline": (
        ("check", "--browser", "webkit"),
        "scenarios/cors-baseline.txt: there is no baseline yet\n"
        "  accept what browsers do: cors-harness record --browser webkit",
    ),
    "only without a baseline": (
        ("record", "--only", "get-allowed"),
        "--only: scenarios/cors-baseline.txt is not there yet",
    ),
    "something else in place of a baseline": (("record", "--out", "bad.yaml"), "bad.yaml"),
    "folder in place of a baseline": (("record", "--out", "."), ".: cannot be read"),
    "folder to compare with": (("check", "--baseline", "."), ".: cannot be read"),
    "class that nobody knows": (("check", "--fail-on", "widend"), "did you mean 'widened'?"),
    "baseline for several folders": (
        ("record", "scenarios", "bad.yaml"),
        "the scenarios lie in several folders: ., scenarios\n"
        "  say which file is their baseline: --out cors-baseline.txt",
    ),
    "recorded with browsers missing": (
        ("record", "--allow-missing"),
        "unrecognized arguments: --allow-missing",
    ),
    "journal in place of a file": (("run", "--journal", "bad.yaml"), "is no journal"),
    "journal in an impossible place": (
        ("run", "--journal", "bad.yaml/journal"),
        "cannot be written",
    ),
}


@pytest.mark.parametrize(("argv", "words"), ERRORS.values(), ids=ERRORS.keys())
def test_wrong_usage_is_explained_on_stderr(
    folder: Path, argv: tuple[str, ...], words: str
) -> None:
    done = program(folder, *argv)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_an_expected_error_has_no_traceback(folder: Path) -> None:
    done = start(folder, "run", "none.yaml")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_validate_counts_what_is_well(folder: Path) -> None:
    done = program(folder, "validate")
    assert (done.returncode, done.stdout) == (0, "1 scenario in 1 file: no problems\n")


def test_validate_shows_every_problem_with_its_place_and_the_count(folder: Path) -> None:
    done = program(folder, "validate", "bad.yaml", "scenarios")
    assert done.returncode == 2
    assert "bad.yaml:6:13: " in done.stdout
    assert "did you mean 'method'?" in done.stdout
    assert "bad.yaml:7:21: outcome: found 'alowed'" in done.stdout
    assert done.stdout.endswith("\n2 problems\n")


def test_scenarios_that_come_along_have_no_baseline_beside_them(tmp_path: Path) -> None:
    done = program(tmp_path, "check")
    assert done.returncode == 2
    assert "say which file it is: --baseline cors-baseline.txt" in done.stderr


DAMAGED = {
    "something else": ("hello\n", ("record",)),
    "conflict, and only a part is recorded": (
        f"<<<<<<< a\n{HEAD}schema: 1\n",
        ("record", "-k", "get"),
    ),
    "newer schema": (f"{HEAD}schema: 99\n", ("record",)),
    "conflict with a newer schema": (f"{HEAD}schema: 1\n<<<<<<< a\nschema: 99\n", ("record",)),
    "check": (f"<<<<<<< a\n{HEAD}schema: 1\n", ("check",)),
}


@pytest.mark.parametrize(("text", "argv"), DAMAGED.values(), ids=DAMAGED)
def test_baseline_that_cannot_be_read_is_told_and_stays(
    folder: Path, text: str, argv: tuple[str, ...]
) -> None:
    place = folder / "scenarios" / "cors-baseline.txt"
    place.write_text(text)
    done = program(folder, *argv)
    assert (done.returncode, done.stdout, place.read_text()) == (2, "", text)
    assert "scenarios/cors-baseline.txt:" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_names_the_nearest(folder: Path) -> None:
    nothing = Baseline(harness="0.1.0", engines=(), servers=(), entries=())
    write_baseline(folder / "scenarios" / "cors-baseline.txt", nothing)
    done = program(folder, "record", "--only", "get-alowed")
    assert done.returncode == 2
    message = "--only: nothing is called 'get-alowed'; did you mean 'get-allowed'?"
    assert message in done.stderr


@pytest.mark.parametrize("argv", [("check",), ("record", "--only", "get-allowed")])
def test_command_that_accepts_everything_shows_no_secret(
    folder: Path, argv: tuple[str, ...]
) -> None:
    (folder / "scenarios" / "own.yaml").write_text(OWN)
    python = shlex.quote(sys.executable)
    done = program(folder, *argv, "--command", f"API_KEY=s3cret {python} -m shop {{port}}")
    assert done.returncode == 2
    assert ": cors-harness record --command 'API_KEY=***" in done.stderr
    assert "s3cret" not in done.stderr


def test_without_a_folder_the_scenarios_that_come_along_are_taken(tmp_path: Path) -> None:
    assert "policy-simple.yaml" in program(tmp_path, "list", "--cells").stdout


def test_list_shows_scenarios_with_servers_and_browsers(folder: Path) -> None:
    assert program(folder, "list").stdout == (
        "scenarios/good.yaml\n"
        "  get-allowed\n"
        "    GET from an allowed origin is readable\n"
        "    on flask-after-request, flask-cors\n"
        "    in chromium, firefox, webkit\n"
        "\n"
        "scenarios: 1, cells: 6, skipped: 0\n"
    )


def test_list_shows_escapes_for_what_has_no_picture(folder: Path) -> None:
    file = folder / "scenarios" / "good.yaml"
    text = file.read_text("utf-8").replace("is readable", "is \u202eelbadaer")
    file.write_text(text, encoding="utf-8")
    assert r"    GET from an allowed origin is \u202eelbadaer" in program(folder, "list").stdout


def test_list_cells_gives_names_that_cell_takes(folder: Path) -> None:
    names = program(folder, "list", "--cells").stdout.split()
    again = program(folder, "list", "--cells", "--cell", names[0])
    assert again.stdout.split() == names[:1]


def test_list_json_has_cells(folder: Path) -> None:
    document = json.loads(program(folder, "list", "--json", "--browser", "firefox").stdout)
    assert [cell["cell"] for cell in document["cells"]] == [
        "scenarios/good.yaml::get-allowed[flask-after-request-firefox]",
        "scenarios/good.yaml::get-allowed[flask-cors-firefox]",
    ]


def test_schema_prints_the_schema(tmp_path: Path) -> None:
    assert json.loads(program(tmp_path, "schema").stdout) == json_schema()


def test_browsers_json_has_every_browser_asked_for(tmp_path: Path) -> None:
    done = program(tmp_path, "browsers", "--json", "--browser", "webkit", "--browser", "firefox")
    browsers = json.loads(done.stdout)["browsers"]
    assert [each["name"] for each in browsers] == ["webkit", "firefox"]
    assert done.returncode == (0 if all(each["found"] for each in browsers) else 3)


def test_browsers_table_says_that_webkit_is_not_safari(tmp_path: Path) -> None:
    assert "not Safari" in program(tmp_path, "browsers", "--browser", "webkit").stdout


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere WebKit needs no Xvfb on PATH")
def test_a_missing_browser_gives_status_3_and_the_command(tmp_path: Path) -> None:
    nowhere = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path)}
    done = program(tmp_path, "browsers", "--browser", "webkit", **nowhere)
    assert done.returncode == 3
    assert done.stdout.splitlines()[1].split() == ["webkit", "no", "-", "-", "-"]
    assert "install it with: cors-harness browsers install webkit" in done.stdout


LIGHT = """\
import sys
from cors_harness.cli import main

for argv in (["validate"], ["list"], ["schema"], ["--help"]):
    main(argv)
    if heavy := {"playwright", "flask", "fastapi", "uvicorn", "pytest"} & set(sys.modules):
        sys.exit(f"{argv} loaded {heavy}")
"""


@pytest.mark.programs
def test_light_commands_load_nothing_heavy(folder: Path) -> None:
    done = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-c", LIGHT],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "cors_harness", "schema"],
            cwd=folder,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=HANG_S,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_interrupt_is_one_too_while_commands_are_still_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cors_harness.cli.program.load_command", interrupted)
    assert main(["init"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


LONG = "a" * 300
PATHS = (
    *(("diff", LONG, LONG), ("diff", "loop", "loop"), ("report", LONG, "--html", "a.html")),
    *(("report", "loop", "--html", "a.html"), ("merge", LONG, "--out", "a"), ("validate", LONG)),
    *(("merge", "loop", "--out", "a"), ("validate", "loop"), ("list", "scenarios", LONG)),
    *(("check", "--baseline", LONG), ("record", "--out", LONG), ("init", "--openapi", LONG)),
    *(("new", LONG, "--call", "GET /"), ("run", "--from", LONG), ("run", "--from", "loop")),
)


@pytest.mark.parametrize("argv", PATHS, ids=lambda argv: " ".join(argv)[:14])
def test_path_that_cannot_be_looked_at_is_told(folder: Path, argv: tuple[str, ...]) -> None:
    (folder / "loop").symlink_to("loop")
    (folder / "app.py").write_text("app = None")
    more = ("--app", "app:app") if argv[0] in {"init", "check", "record"} else ()
    done = program(folder, *argv, *more)
    assert done.returncode == 2
    assert len((done.stdout + done.stderr).splitlines()) <= 3

"""Nothing that a file, a server or an option says reaches the terminal as it is."""

import ast
import json
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.reports.html.hostile_journal import hostile_records
from tests.reports.printed import printed
from tests.store.record_builders import STARTED
from tests.test_layering import parsed

import cors_harness
from cors_harness.cli.program import show_bug
from cors_harness.client.result import result_of
from cors_harness.errors import HarnessError
from cors_harness.model.events import CellFinished
from cors_harness.reports.terminal import Detail
from cors_harness.store.journal import Journal

STEERS = "\x1b]0;owned\x07\x1b[31m\u202egnp.\u2066\x9b2J\r\u2028\u200b"
SCENARIO = """\
- id: "read{it}"
  title: "{it}"
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {{path: /x}}
  expect: {{outcome: "{it}", "{it}": "{it}"}}
"""
RAISES = f"raise RuntimeError({STEERS!r})\n"
HAR = {"log": {"entries": [{"request": {"method": STEERS, "url": f"http://a.example/{STEERS}"}}]}}

COMMANDS = {
    "a command": (STEERS,),
    "an option": ("run", f"--{STEERS}"),
    "a value of an option": ("run", "--timeout", STEERS),
    "a choice": ("list", "--browser", STEERS),
    "a file that is not there": ("run", f"{STEERS}.yaml"),
    "a name of a cell": ("list", "--cell", STEERS),
    "words to select by": ("list", "-k", STEERS),
    "a scenario file": ("validate", "scenarios/bad.yaml"),
    "a scenario file to run": ("run", "scenarios/bad.yaml"),
    "a scenario file that is no YAML": ("validate", "scenarios/torn.yaml"),
    "a journal": ("diff", "journal.jsonl", "journal.jsonl"),
    "a journal of hostile records": ("report", "hostile.jsonl", "--html", "page.html"),
    "a comparison of hostile records": ("diff", "hostile.jsonl", "other.jsonl", "-v"),
    "a baseline": ("diff", "baseline.txt", "baseline.txt"),
    "a HAR file": ("new", "out/new.yaml", "--from-har", "calls.har"),
    "a curl command": ("new", "--from-curl", f"curl '{STEERS}' -H '{STEERS}'"),
    "a place to write to": ("report", "hostile.jsonl", "--html", f"scenarios/{STEERS}"),
    "an app that raises while it is imported": ("run", "--app", "raises:app", "good"),
    "an app that init imports": ("init", "--app", "raises:app", "--origin", "https://a.example"),
    "a command that ends": ("run", "--command", "sh -c 'cat steers >&2; exit 1' {port}", "good"),
    "a URL": ("run", "--url", f"http://127.0.0.1:1/{STEERS}", "good"),
    "an origin": ("run", "--page-origin", f"https://{STEERS}"),
    "a header": ("init", "--header", f"X: {STEERS}"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    escaped = json.dumps(STEERS)[1:-1]
    for name in ("scenarios", "good"):
        (tmp_path / name).mkdir()
    (tmp_path / "scenarios" / "bad.yaml").write_text(SCENARIO.format(it=escaped))
    (tmp_path / "scenarios" / "torn.yaml").write_text(f"- id: {STEERS}\n  {STEERS}: [\n")
    good = SCENARIO.replace("read{it}", "read").replace('"{it}": "{it}"', "status: 200")
    (tmp_path / "good" / "good.yaml").write_text(
        good.replace('title: "{it}"', f'title: "{escaped}"').format(it="allowed")
    )
    (tmp_path / "raises.py").write_text(RAISES)
    (tmp_path / "steers").write_text(f"{STEERS}\n")
    (tmp_path / "calls.har").write_text(json.dumps(HAR))
    (tmp_path / "baseline.txt").write_text(f"schema: {STEERS}\n{STEERS}: 1\n")
    (tmp_path / "journal.jsonl").write_text(f'{{"format": "{STEERS}"}}\n')
    for name in ("hostile.jsonl", "other.jsonl"):
        journal = Journal(tmp_path / name)
        journal.write_header((STEERS,), STARTED)
        for record in hostile_records():
            journal.write(record)
        journal.close()
    return tmp_path


def steering(text: str) -> list[str]:
    """The lines of a text in which something cannot be seen."""
    return [line for line in text.split("\n") if not line.isprintable()]


@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
def test_no_command_prints_what_steers_a_terminal(folder: Path, argv: tuple[str, ...]) -> None:
    ended = program(folder, *argv)
    assert ended.stdout + ended.stderr
    assert steering(ended.stdout) == []
    assert steering(ended.stderr) == []


@pytest.mark.parametrize("setting", ["browsers = [{}]", "{} = 1", "app = {}", "remote = {{{}=1}}"])
def test_no_setting_of_a_project_does(folder: Path, setting: str) -> None:
    text = f"[tool.cors-harness]\n{setting.format(json.dumps(STEERS))}\n"
    (folder / "pyproject.toml").write_text(text)
    ended = program(folder, "run", "good")
    assert "]0;owned" in ended.stderr
    assert steering(ended.stdout + ended.stderr) == []


def test_no_report_of_a_run_does() -> None:
    events = [CellFinished(record=record) for record in hostile_records()]
    for detail in (Detail(), Detail(verbose=True, matrix=True)):
        text = printed(*events, detail=detail)
        assert "\\x1b[2J" in text
        assert steering(text) == []


def test_no_result_of_a_fetch_does() -> None:
    record, known, _ = hostile_records()
    result = result_of(record.cell.scenario, (record, known))
    assert steering(repr(result)) == []
    assert steering("\n".join(map(repr, result))) == []


def test_no_error_does() -> None:
    assert str(HarnessError(f"a\tb\n{STEERS}")).startswith("a       b\n\\x1b]0;owned\\x07")
    assert steering(str(HarnessError(STEERS))) == []


def test_no_traceback_of_a_bug_does(capsys: pytest.CaptureFixture[str]) -> None:
    error = ValueError(f"{STEERS} password=s3cret")
    show_bug(ValueError, error, None)
    told = capsys.readouterr().err
    assert told.startswith("ValueError: \\x1b]0;owned")
    assert told.endswith(" password=***\n")
    assert steering(told) == []


# Where what is printed is made of text that steers nothing.
PRINTS = {
    "cli/saying.py": "escapes all of it",
    "processes/guardian.py": "in a process whose output is escaped",
    "loading/schema.py": "the schema, for whoever makes it anew",
    "pytest_plugin/options.py": "escapes what installers say",
    "pytest_plugin/telling.py": "escapes all of it",
    "serving/user/own_start.py": "in a child process, whose output is escaped",
}


def test_no_other_module_prints() -> None:
    package = Path(cors_harness.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if any(map(_prints, ast.walk(parsed(path))))
    }
    assert found == set(PRINTS)


def _prints(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="print")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Attribute() as stream, attr="write")):
            return ast.unparse(stream) in {"sys.stdout", "sys.stderr"}
        case _:
            return False

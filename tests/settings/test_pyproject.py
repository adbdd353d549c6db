"""Settings in the user's `pyproject.toml`: where they are found, what they mean, what is wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cors_harness.errors import UsageError
from cors_harness.model.change import ChangeClass
from cors_harness.model.subject import ResetCommand
from cors_harness.settings.pyproject import ProjectSettings, project_settings
from cors_harness.terms.origin import parse_origin

WHOLE = """\
[project]
name = "shop"

[tool.cors-harness]
command = "gunicorn shop:app -b 127.0.0.1:{port}"
ready = "/healthz"
forwarded = false
reset = "./reset.sh"
server-per-engine = true
start-timeout = 120
sessions = 4
page-origin = "https://app.example.com"
server-origin = "https://api.example.org"
scenarios = ["cors", "more/orders.yaml"]
baseline = "cors/accepted.txt"
browsers = ["firefox", "chromium"]
driver = "playwright"
fail-on = ["widened", "engine-changed"]
advertise = "DevBox.lan"
"""
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a `pyproject.toml` into a folder below the current one, and returns the folder."""
    monkeypatch.chdir(tmp_path)

    def write_file(text: str, folder: str = ".") -> Path:
        place = tmp_path / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / "pyproject.toml").write_text(text)
        return place

    return write_file


def test_every_setting_is_read_and_relative_ones_count_from_the_file(write: Write) -> None:
    folder = write(WHOLE, "project")
    assert project_settings(folder) == ProjectSettings(
        file=folder / "pyproject.toml",
        command="gunicorn shop:app -b 127.0.0.1:{port}",
        ready="/healthz",
        forwarded=False,
        reset=ResetCommand(text="./reset.sh", folder=folder),
        server_per_engine=True,
        start_timeout=120,
        sessions=4,
        page_origin=parse_origin("https://app.example.com"),
        server_origin=parse_origin("https://api.example.org"),
        scenarios=(folder / "cors", folder / "more/orders.yaml"),
        baseline=folder / "cors/accepted.txt",
        browsers=("firefox", "chromium"),
        driver="playwright",
        fail_on=(ChangeClass.WIDENED, ChangeClass.ENGINE_CHANGED),
        advertise="devbox.lan",
    )


@pytest.mark.parametrize(
    ("listed", "classes"),
    [
        pytest.param('["narrowed", "costlier"]', {"narrowed", "costlier"}, id="some"),
        pytest.param("[]", set(), id="nothing"),
        pytest.param('["none"]', set(), id="none"),
        pytest.param('["any"]', set(ChangeClass), id="any"),
    ],
)
def test_classes_that_fail_may_be_all_or_none(write: Write, listed: str, classes: set[str]) -> None:
    folder = write(f"[tool.cors-harness]\nfail-on = {listed}\n")
    assert {*(project_settings(folder).fail_on or ())} == classes


def test_url_is_read_as_an_origin(write: Write) -> None:
    folder = write('[tool.cors-harness]\nurl = "http://LOCALHOST:8000/"\n')
    assert project_settings(folder).url == parse_origin("http://localhost:8000")


def test_an_empty_table_still_says_where_the_project_is(write: Write) -> None:
    folder = write("[tool.cors-harness]\n")
    assert project_settings(folder).folder == folder


def test_nearest_file_with_the_table_is_taken(write: Write) -> None:
    outer = write('[tool.cors-harness]\napp = "outer:app"\n')
    write("[tool.ruff]\nline-length = 100\n", "inner")
    deep = outer / "inner/src/deep"
    deep.mkdir(parents=True)
    assert project_settings(deep).app == "outer:app"
    write('[tool.cors-harness]\napp = "inner:app"\n', "inner")
    assert project_settings(deep) == project_settings(outer / "inner")
    assert project_settings(deep).app == "inner:app"


NOTHING = {
    "no file": None,
    "no table": '[tool.ruff]\nselect = ["A"]\n',
    "the name alone": '[project]\ndependencies = ["cors-harness"]\n',
    "another's mistake": "[tool.ruff\n",
}


@pytest.mark.parametrize("text", NOTHING.values(), ids=NOTHING)
def test_without_the_table_there_are_no_settings(
    write: Write, tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        write(text)
    assert project_settings(tmp_path) == ProjectSettings()


WRONG = {
    "unknown key": (
        'ap = "shop:app"',
        "pyproject.toml:2:1: tool.cors-harness.ap: found an unknown key; expected only app, comm",
        "did you mean 'app'?",
    ),
    "underscore": ('page_origin = "http://a.example"', "an unknown key", "mean 'page-origin'?"),
    "table for a key": ("[tool.cors-harness.app]", "app: found a table; expected a string", ""),
    "number for a string": ("app = 3", ".app: found a number; expected a string", ""),
    "empty string": ('command = " "', ".command: found an empty string; expected some text", ""),
    "string for a list": (
        'scenarios = "cors"',
        ".scenarios: found a string; expected a list of strings",
        'write ["cors"]',
    ),
    "number in a list": ("browsers = [1]", ".browsers: found a number in the list", ""),
    "unknown browser": ('browsers = ["safari"]', "found 'safari'; expected any of chromium", ""),
    "misspelt browser": ('browsers = ["webkti"]', "found 'webkti'", "did you mean 'webkit'?"),
    "any beside another": (
        'fail-on = ["any", "widened"]',
        "found 'any'; expected some of widened",
        "any stands alone",
    ),
    "unknown class": (
        'fail-on = ["wided"]',
        "found 'wided'; expected some of widened",
        "'widened'?",
    ),
    "ready that is no path": ('ready = "healthz"', "found 'healthz'; expected a path, such", ""),
    "origin that is none": (
        'page-origin = "app.example.com"',
        "found 'app.example.com'; expected an origin",
        "expected http:// or https://",
    ),
    "URL with a path": (
        'url = "http://localhost:8000/api"',
        ".url: found 'http://localhost:8000/api', with more than host and port; expected http",
        "paths are named by the scenarios",
    ),
    "URL with a path that reads as one of our sentences": (
        'url = "http://localhost:8000/; expected x"',
        ".url: found 'http://localhost:8000/; expected x', with more than host and port; expected "
        "http://localhost:8000\n  paths are named",
        "",
    ),
    "URL with a port that is none": (
        'url = "http://localhost:99999"',
        ".url: found 'http://localhost:99999'; expected a URL such as http://127.0.0.1:8000",
        "Port out of range",
    ),
    "NUL in a command": (
        r'command = "python3 \u0000 {port}"',
        "found 'python3 \\x00 {port}', with NUL in it; expected text without",
        "",
    ),
    "NUL in a path": (r'scenarios = ["a\u0000b"]', "found 'a\\x00b', with NUL in it; expected", ""),
    "two servers": (
        'url = "http://localhost:1"\ncommand = "x {port}"',
        "found command and url; expected one of app, command or url",
        "",
    ),
    "seconds as text": (
        'start-timeout = "120"',
        ".start-timeout: found a string; expected whole seconds from 1 to 86400, such as 120",
        "",
    ),
    "driver that is none": (
        'driver = "playwrigth"',
        ".driver: found 'playwrigth'; expected bidi or playwright",
        "did you mean 'playwright'?",
    ),
    "no seconds": ("start-timeout = 0", ".start-timeout: found 0; expected whole seconds", ""),
    "no sessions": ("sessions = 0", ".sessions: found 0; expected a whole number from 1", ""),
    "text for sessions": ('sessions = "2"', ".sessions: found a string; expected a whole", ""),
    "yes for seconds": ("start-timeout = true", ".start-timeout: found a boolean", ""),
    "empty reset": ('reset = ""', ".reset: found an empty string; expected some text", ""),
    "a server for each engine at a URL": (
        'url = "http://localhost:1"\nserver-per-engine = true',
        ".server-per-engine: found it beside url; expected it beside app or command only",
        "reset = … brings a server that runs already back",
    ),
    "ready without a command": (
        'app = "a:b"\nready = "/"',
        ".ready: found it beside app; expected it beside command only",
        "",
    ),
}


@pytest.mark.parametrize(("text", "line", "hint"), WRONG.values(), ids=WRONG)
def test_setting_that_makes_no_sense_is_told(write: Write, text: str, line: str, hint: str) -> None:
    folder = write(f"[tool.cors-harness]\n{text}\n")
    with pytest.raises(UsageError) as refused:
        project_settings(folder)
    assert [part for part in (line, hint) if part not in str(refused.value)] == []


def test_all_problems_are_told_at_once_each_at_its_line(write: Write) -> None:
    folder = write('[tool.cors-harness]\nap = "a:b"\nurl = 3\n\nbrowsers = ["x"]\n', "project")
    with pytest.raises(UsageError) as refused:
        project_settings(folder)
    lines = [line for line in str(refused.value).splitlines() if not line.startswith("  ")]
    assert [line.partition(": found")[0] for line in lines] == [
        "project/pyproject.toml:2:1: tool.cors-harness.ap",
        "project/pyproject.toml:3:1: tool.cors-harness.url",
        "project/pyproject.toml:5:1: tool.cors-harness.browsers",
    ]


SECRETS = {
    "URL": 'url = "http://me:s3cret@localhost:8000"',
    "origin": 'page-origin = "https://me:s3cret@app.example.com"',
    "query": 'url = "http://localhost:8000?token=s3cret"',
}


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
def test_secrets_in_settings_are_refused_and_not_shown(write: Write, text: str) -> None:
    folder = write(f"[tool.cors-harness]\n{text}\n")
    with pytest.raises(UsageError) as refused:
        project_settings(folder)
    assert "cret" not in str(refused.value)


def test_file_that_is_no_toml_is_told_when_the_table_is_in_it(write: Write) -> None:
    folder = write("[tool.cors-harness]\napp = shop:app\n")
    with pytest.raises(UsageError, match=r"^pyproject.toml:2:7: found Invalid value; expected v"):
        project_settings(folder)


WITH_TABLE = b"[tool.cors-harness]\napp = 'shop:app'\n"
# id -> (content behind the table, words of the message)
UNREADABLE = {
    "bytes": (b"# \xff", "pyproject.toml:3:3: found the byte 0xFF; expected UTF-8"),
    "digits": (b"a = " + b"1" * 5000, "found a number or date that is none"),
    "depth": (b"a = " + b"[" * 5000, "found tables and lists more than 100 deep"),
    "the end": (b"a = '", 'pyproject.toml:3: found Expected "\'"; expected valid TOML'),
    "size": (b"#" * 2**22, "found more than 4 MiB; expected at most that"),
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_file_that_cannot_be_read_is_told(write: Write, content: bytes, message: str) -> None:
    folder = write("")
    (folder / "pyproject.toml").write_bytes(WITH_TABLE + content)
    with pytest.raises(UsageError) as refused:
        project_settings(folder)
    assert message in str(refused.value)
    (folder / "pyproject.toml").write_bytes(content)  # which is nobody's here
    assert project_settings(folder).file is None


def test_value_for_the_table_is_told(write: Write) -> None:
    folder = write("[tool]\ncors-harness = 3\n")
    with pytest.raises(UsageError, match=r"tool\.cors-harness: found a number; expected a table"):
        project_settings(folder)

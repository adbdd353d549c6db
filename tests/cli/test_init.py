"""`cors-harness init`: what it says and writes, and what it does not do."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from cors_harness.cli.program import main
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.scenario import Scenario

SHOP = """\
from fastapi import FastAPI
from pydantic import BaseModel

print("this goes nowhere")
app, bare = FastAPI(), FastAPI()

class Order(BaseModel):
    n: int

@app.get("/orders/{number}")
def order(number: int): ...

@app.post("/orders")
def add(order: Order): ...
"""
OTHER = "def app(environ, start_response): ...\n"
INIT = ("init", "--app", "shop:app", "--origin", "https://app.example.com")
TOLD = """\
shop:app (FastAPI)
2 routes
  /orders/{number}  GET
  /orders           POST

scenarios/cors.yaml: 64 cells in each browser

next:
  cors-harness run --app shop:app scenarios/cors.yaml
  cors-harness record --app shop:app scenarios/cors.yaml
"""
FLASK = f"{sys.executable} -m flask --app plain run --port {{port}}"
SERVER = ("--server-origin", "http://api.example.org")
# id -> (argv, words of the message)
WRONG: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "no origin": (
        ("init", "--app", "shop:app"),
        ["no origin that is allowed: --origin https://app"],
    ),
    "no app": (("init", "--origin", "https://a.example"), ["no app to look at: --app module:app"]),
    "an origin with a slash": (
        (*INIT[:3], "--origin", "https://app.example.com/"),
        [
            "--origin: found 'https://app.example.com/'",
            "without '/'",
            "did you mean 'https://app.example.com'?",
        ],
    ),
    "an origin in capitals": (
        (*INIT[:3], "--origin", "https://APP.example.com"),
        ["a host in lower case", "did you mean 'https://app.example.com'?"],
    ),
    "no origin at all": (
        (*INIT[:3], "--origin", "app.example.com"),
        ["--origin: found 'app.example.com'; expected http:// or https://"],
    ),
    "a server that is a page": (
        (*INIT, "--server-origin", "https://app.example.com"),
        ["--server-origin: found 'https://app.example.com', which is one of --origin"],
    ),
    "a server that pages may not call": ((*INIT, *SERVER), ["https origin", "mixed content"]),
    "an app without routes": (
        ("init", "--app", "shop:bare", *INIT[3:]),
        ["app 'shop:bare' has no route that a page could call", "routers registered"],
    ),
    "an app of nobody's": (
        ("init", "--app", "other:app", *INIT[3:]),
        ["app 'other:app': its routes cannot be read: it is other.app", "Flask, FastAPI and"],
    ),
    "two servers": (
        (*INIT, "--url", "http://127.0.0.1:1"),
        ["--app and --url: found 2 servers to test; expected one"],
    ),
    "a server without a document": (
        ("init", "--command", FLASK, *INIT[3:]),
        ["GET /openapi.json is answered with status 404", "--app module:app"],
    ),
    "a server that is not on this machine": (
        ("init", "--url", "https://shop.example", *INIT[3:]),
        ["https://shop.example is not on this machine", "--yes-remote"],
    ),
    "a header that is none": (
        (*INIT, "--header", "Authorization"),
        ["--header: found 'Authorization'; expected 'Name: value', such as"],
    ),
    "a header that no page can set": (
        (*INIT, "--header", "cookie: session=in"),
        ["found cookie, which no page can set; --login 'POST /login ...' has one set"],
    ),
    "a header of a login that is not there": (
        (*INIT, "--header", "X-Csrf: {steps.0.cookie.csrf}"),
        ["found {steps. in the value of X-Csrf; expected --login beside it"],
    ),
    "a login that is no call": (
        (*INIT, "--login", "login {"),
        ["--login: found 'login'; expected a method, a path and what is sent"],
    ),
    "a login without JSON": ((*INIT, "--login", "POST /login {user}"), ["what is sent is no JSON"]),
    "a login that is refused": (
        (*INIT, "--login", "POST /login {}"),
        ["--login: POST /login is answered with status 404; expected one that logs in"],
    ),
    "no such app": (("init", "--app", "shp:app", *INIT[3:]), ["did you mean 'shop:app'?"]),
    "a folder to write to": ((*INIT, "--out", "folder"), ["folder is there already"]),
    "a place that cannot be": ((*INIT, "--out", "shop.py/x.yaml"), ["cannot be written"]),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "other.py").write_text(OTHER)
    (tmp_path / "plain.py").write_text('import flask\napp = flask.Flask("plain")\n')
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.programs
def test_init_writes_a_file_and_says_what_comes_next(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(INIT) == 0
    assert capsys.readouterr() == (TOLD, "")
    text = (folder / "scenarios" / "cors.yaml").read_text()
    assert "#   cors-harness run --app shop:app scenarios/cors.yaml\n" in text
    scenarios = load_scenarios([folder / "scenarios"])
    assert {str(dict(each.origins)["server"]) for each in scenarios} == {"https://server.test"}


@pytest.mark.programs
def test_what_init_writes_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main((*INIT, "--out", "mine.yaml", "--credentials")) == 0
    assert main(("validate", "mine.yaml")) == 0
    assert capsys.readouterr().out.endswith("64 scenarios in 1 file: no problems\n")


@pytest.mark.programs
def test_settings_of_the_project_are_taken(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = 'app = "shop:app"\npage-origin = "https://a.example"\n'
    server = 'server-origin = "https://api.example"\n'
    (folder / "pyproject.toml").write_text(f"[tool.cors-harness]\n{settings}{server}")
    monkeypatch.chdir(folder / "folder")
    assert main(("init", "--out", "mine.yaml")) == 0
    assert "\n  cors-harness run mine.yaml\n" in capsys.readouterr().out
    text = (folder / "folder" / "mine.yaml").read_text()
    assert "lookalikes_of: https://a.example}" in text
    assert "origins: {server: https://api.example}" in text


@pytest.mark.programs
def test_init_prints_the_file_and_nothing_else(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main((*INIT, "--out", "-")) == 0
    printed = capsys.readouterr().out
    assert main((*INIT, "--out", "scenarios/cors.yaml")) == 0
    assert (folder / "scenarios" / "cors.yaml").read_text() == printed


@pytest.mark.parametrize(
    ("origin", "server"),
    [("http://localhost:3000", "http://server.test"), ("https://a.example", "https://server.test")],
    ids=["under http", "under https"],
)
@pytest.mark.programs
def test_server_is_under_the_scheme_of_the_pages(
    origin: str, server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(("init", "--app", "shop:app", "--origin", origin, "--out", "-")) == 0
    assert f"origins: {{server: {server}}}" in capsys.readouterr().out


@pytest.mark.programs
def test_origins_and_server_are_those_that_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    both = ("--origin", "https://b.example", "--server-origin", "https://api.example.org")
    assert main((*INIT, *both, "--out", "-")) == 0
    printed = capsys.readouterr().out
    assert "from: {app: https://app.example.com, b: https://b.example}" in printed
    assert "lookalikes_of: [https://app.example.com, https://b.example]" in printed
    assert "origins: {server: https://api.example.org}" in printed


@pytest.mark.programs
def test_server_that_a_command_starts_tells_its_routes_by_its_document(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = f"API_KEY=s3cret {sys.executable} -m uvicorn shop:app --port {{port}}"
    origin = ("--origin", "https://app.example.com")
    assert main(("init", "--command", command, *origin)) == 0
    output = capsys.readouterr().out
    assert " (OpenAPI)\n2 routes\n  /orders/{number}  GET\n  /orders           POST\n" in output
    assert "  cors-harness run --command 'API_KEY=*** " in output
    text = (folder / "scenarios" / "cors.yaml").read_text()
    assert ("s3cret" in output + text, "app-raising" in text) == (False, False)
    by_app = {scenario.id for scenario in _scenarios(folder, "--app", "shop:app", *origin)}
    by_command = {scenario.id for scenario in load_scenarios([folder / "scenarios"])}
    known_by_the_app_only = {name.partition("-")[0] for name in by_app - by_command}
    assert (by_command - by_app, known_by_the_app_only) == (set(), {"slash", "unhandled"})


def _scenarios(folder: Path, *argv: str) -> Sequence[Scenario]:
    assert main(("init", *argv, "--out", "other.yaml")) == 0
    return load_scenarios([folder / "other.yaml"])


def test_file_that_is_there_is_not_overwritten(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = folder / "scenarios" / "cors.yaml"
    mine.parent.mkdir()
    mine.write_text("# mine")
    assert main(INIT) == 2
    output = capsys.readouterr().err
    assert "scenarios/cors.yaml is there already, and init overwrites nothing" in output
    assert "--out scenarios/cors-new.yaml" in output
    assert mine.read_text() == "# mine"


@pytest.mark.parametrize(("argv", "words"), WRONG.values(), ids=WRONG)
@pytest.mark.programs
def test_wrong_usage_is_told_and_nothing_is_written(
    folder: Path, argv: tuple[str, ...], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    output = capsys.readouterr()
    assert [word for word in words if word not in output.err] == []
    assert (output.out, "Traceback" in output.err) == ("", False)
    assert not (folder / "scenarios").exists()


def test_app_that_does_not_import_shows_its_own_traceback(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.py").write_text("1 / 0\n")
    assert main(("init", "--app", "broken:app", *INIT[3:])) == 3
    output = capsys.readouterr().err
    assert "ZeroDivisionError" in output
    assert "cors_harness/" not in output.partition("Traceback")[2]

"""`cors-harness init`: what it says and writes, and what it does not do."""

import json
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

@bare.websocket("/feed")
async def feed(websocket): ...
"""
OTHER = """\
def app(environ, start_response):
    start_response("404 Not Found", [])
    return []
"""
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
        ["app 'shop:bare' has no route", "routers registered", "left out, as a WebSocket: /feed"],
    ),
    "an app of nobody's": (
        ("init", "--app", "other:app", *INIT[3:]),
        [
            "app 'other:app': its routes cannot be read: it is other.app",
            "\nno OpenAPI document is found: expected",
            "--har FILE",
        ],
    ),
    "two servers": (
        (*INIT, "--url", "http://127.0.0.1:1"),
        ["--app and --url: found 2 servers to test; expected one"],
    ),
    "a server without a document": (
        ("init", "--command", FLASK, *INIT[3:]),
        [
            "the routes of your server cannot be read",
            "404: /openapi.json /schema/openapi.json",
            "--openapi FILE",
            "--route 'GET /orders/{id}'",
            "--app module:app",
        ],
    ),
    "a server that is not on this machine": (
        ("init", "--url", "https://shop.example", *INIT[3:]),
        ["https://shop.example is not on this machine", "--yes-remote"],
    ),
    "no route": ((*INIT, "--route", "orders"), ["--route: found 'orders'; expected a method and"]),
    "no such document": (
        (*INIT, "--openapi", "api.json"),
        ["--openapi: found 'api.json', and there is no such file; expected a file, or a path"],
    ),
    "a document of others": (
        (*INIT, "--openapi", "https://b.example/openapi.json"),
        ["on another server than yours", "save the document"],
    ),
    "no document there": (
        (*INIT, "--openapi", "/orders/1"),
        ["--openapi: found 200, no document at GET /orders/1; expected a document of OpenAPI 3"],
    ),
    "no HAR file": ((*INIT, "--har", "shop.py"), ["--har: shop.py:1:", "this is no HAR file"]),
    "no such HAR file": ((*INIT, "--har", "a.har"), ["--har: a.har cannot be read: No such file"]),
    "a HAR file of others": (
        (*INIT, "--har", "others.har"),
        [
            "--har: others.har has no call to https://server.test",
            "it has calls to https://b.example",
            "--server-origin names the origin",
        ],
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
    "a login by a path that is no URL's": (
        (*INIT, "--login", "POST /l\u00f6gin {}"),
        ["--login: found 'POST /l\u00f6gin'; expected a method, a path"],
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


def har(*urls: str) -> str:
    entries = [{"request": {"method": "GET", "url": url, "headers": []}} for url in urls]
    return json.dumps({"log": {"entries": entries}})


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "other.py").write_text(OTHER)
    (tmp_path / "plain.py").write_text('import flask\napp = flask.Flask("plain")\n')
    (tmp_path / "others.har").write_text(har("https://b.example/orders"))
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
def test_app_that_takes_long_to_load_is_told_of_meanwhile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cors_harness.cli.init_sources.TELL_S", 0.01)
    (tmp_path / "shop.py").write_text(SHOP)
    assert main(INIT) == 0
    assert "still waiting after 0.01 s for the routes of shop:app\n" in capsys.readouterr().err


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
    assert " (OpenAPI 3.1.0, /openapi.json)\n2 routes\n  /orders/{number}  GET\n" in output
    assert "  cors-harness run --command 'API_KEY=*** " in output
    text = (folder / "scenarios" / "cors.yaml").read_text()
    assert ("s3cret" in output + text, "app-raising" in text) == (False, False)
    by_app = {scenario.id for scenario in _scenarios(folder, "--app", "shop:app", *origin)}
    by_command = {scenario.id for scenario in load_scenarios([folder / "scenarios"])}
    known_by_the_app_only = {name.partition("-")[0] for name in by_app - by_command}
    assert (by_command - by_app, known_by_the_app_only) == (set(), {"slash", "unhandled"})


@pytest.mark.programs
def test_app_of_nobodys_is_known_by_what_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine.har").write_text(
        har("https://server.test/orders/7?access_token=s3cret", "https://b.example/")
    )
    document = {"openapi": "3.1.0", "servers": [{"url": "/api"}], "paths": {"/users": {"get": {}}}}
    (folder / "api.json").write_text(json.dumps(document))
    routes = ("--route", "GET /orders/{id}", "--route", "PUT,DELETE /orders/{id}")
    named = ("--openapi", "api.json", "--har", "mine.har", *routes)
    assert main(("init", "--app", "other:app", *INIT[3:], *named)) == 0
    assert capsys.readouterr().out.startswith(
        "other:app (OpenAPI 3.1.0, api.json)\n"
        "2 routes\n"
        "  /api/users    GET\n"
        "  /orders/{id}  GET PUT DELETE\n"
        "left out of mine.har: 1 to another origin\n"
    )
    text = (folder / "scenarios" / "cors.yaml").read_text()
    assert 'path: "/orders/7?access_token=token"' in text
    assert ("s3cret" in text, "app-raising" in text) == (False, False)


@pytest.mark.programs
def test_routes_that_are_named_are_enough(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("init", "--app", "other:app", *INIT[3:], "--route", "/", "--out", "-")) == 0
    assert "# GET /\n" in capsys.readouterr().out


@pytest.mark.programs
def test_calls_that_are_named_go_into_what_the_app_tells(
    capsys: pytest.CaptureFixture[str],
) -> None:
    route = ("--route", "GET /orders/77", "--route", "GET /more")
    assert main((*INIT, *route, "--out", "-")) == 0
    text = capsys.readouterr().out
    assert "request: {path: /orders/77}" in text
    assert "request: {path: /more}" in text


BIG = """\
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()

class Thing(BaseModel):
    name: str
    tags: list[str]

def add(n):
    @app.get(f"/things-{n}")
    def index(): ...

    @app.post(f"/things-{n}")
    def create(thing: Thing): ...

    @app.get(f"/things-{n}/{{number}}")
    def show(number: int): ...

    @app.put(f"/things-{n}/{{number}}")
    def update(number: int, thing: Thing): ...

    @app.delete(f"/things-{n}/{{number}}")
    def delete(number: int): ...

for n in range(60):
    add(n)
"""


@pytest.mark.programs
def test_app_with_very_many_routes_has_a_draft_that_loads(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "big.py").write_text(BIG)
    assert main(("init", "--app", "big:app", *INIT[3:])) == 0
    told = capsys.readouterr().out
    assert "one file may not hold as many scenarios, so these are parts:\n" in told
    assert "  scenarios/cors/cors-1.yaml: " in told
    assert "\n  cors-harness run --app big:app scenarios/cors\n" in told
    scenarios = load_scenarios([folder / "scenarios"])
    calls = {(s.steps[0].call.method, s.steps[0].call.path) for s in scenarios}
    assert len({path for _, path in calls if path.count("/") == 1}) == 60


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

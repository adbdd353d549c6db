"""A user's app whose cells could notice one another: batched, isolated and one at a time agree."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

APP = """\
from collections import Counter

from flask import Flask, abort, redirect, request, session
from flask_cors import CORS

app = Flask(__name__)
app.config.update(SECRET_KEY="x", SESSION_COOKIE_SAMESITE="None", SESSION_COOKIE_SECURE=True)
CORS(app, origins=["https://app.example.com"], supports_credentials=True)
orders = Counter()


@app.get("/welcome")
def welcome():
    session["user"] = "ann"
    return {}


@app.post("/login")
def login():
    session["user"] = "bob"
    return redirect("/home", 303)


@app.get("/home")
@app.get("/me")
def me():
    return {"user": session.get("user", "nobody")}


@app.post("/orders/<number>")
def order(number):
    orders[number, request.user_agent.string] += 1
    return {"times": orders[number, request.user_agent.string]}


@app.get("/old")
def old():
    return redirect("/home")


@app.get("/strict")
def strict():
    if set(request.args) - {"limit"}:
        abort(422)
    return {}


@app.get("/away")
def away():
    return redirect("https://accounts.example.net/login?next=/away")
"""
SPEC = "https://fetch.spec.whatwg.org/#concept-cors-check"
SCENARIOS = f"""\
- id: welcome
  title: A cookie that comes with a GET
  spec: {SPEC}
  request: {{path: /welcome, credentials: include}}
  expect: {{outcome: allowed, status: 200}}
- id: me
  title: Nobody has logged in here
  spec: {SPEC}
  matrix: {{n: ["1", "2", "3"]}}
  request: {{path: "/me?n={{n}}", credentials: include}}
  expect:
    outcome: allowed
    status: 200
    body: "{{\\"user\\":\\"nobody\\"}}\\n"
    sent: {{Cookie: null}}
- id: login
  title: A form that redirects to a page for the user
  spec: {SPEC}
  matrix: {{n: ["1", "2"]}}
  request: {{method: POST, path: "/login?n={{n}}", credentials: include}}
  expect:
    outcome: allowed
    wire: [request, request]
    redirected: true
    body: "{{\\"user\\":\\"bob\\"}}\\n"
- id: order
  title: An order is placed once
  spec: {SPEC}
  matrix: {{n: ["1", "2"]}}
  request: {{method: POST, path: "/orders/{{n}}", credentials: include}}
  expect: {{outcome: allowed, status: 200, body: "{{\\"times\\":1}}\\n"}}
- id: old
  title: A redirect that carries no query over
  spec: {SPEC}
  matrix: {{n: ["1", "2"]}}
  request: {{path: "/old?n={{n}}", credentials: include}}
  expect: {{outcome: allowed, wire: [request, request], redirected: true, url: "{{server}}/home"}}
- id: strict
  title: A route that takes no parameter but its own
  spec: {SPEC}
  request: {{path: "/strict?limit=3"}}
  expect: {{outcome: allowed, status: 200, url: "{{server}}/strict?limit=3&{{cell}}"}}
- id: away
  title: A login at a third party
  spec: {SPEC}
  request: {{path: /away, credentials: include}}
  expect: {{outcome: failed, wire: [request, request]}}
"""
ORIGINS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.com")
# Tabs of one share more than those of the other; Chromium: tests/run/test_run_isolated.py.
ENGINES = ("firefox", "webkit")
BROWSERS = tuple(word for name in ENGINES for word in ("--browser", name))
Cells = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alone")
    (folder / "shop.py").write_text(APP)
    (folder / "shop.yaml").write_text(SCENARIOS)
    return folder


def cells(folder: Path, *options: str) -> Cells:
    done = program(
        folder, "run", "shop.yaml", "--app", "shop:app", *ORIGINS, *BROWSERS, *options, "--json"
    )
    document = json.loads(done.stdout)
    found = {cell["cell"]: cell for cell in document["cells"]}
    unexpected = [(n, c["verdict"]) for n, c in found.items() if c["verdict"]["mismatches"]]
    assert (done.returncode, unexpected, len(found)) == (0, [], len(ENGINES) * 12), done.stderr[
        -3000:
    ]
    return found


@pytest.fixture(scope="module")
def batched(folder: Path) -> Cells:
    return cells(folder)


def of(cells: Cells, scenario: str) -> list[Mapping[str, Any]]:
    return [cell for cell in cells.values() if cell["scenario"].startswith(scenario)]


def facts(cell: Mapping[str, Any]) -> object:
    """What must not depend on how the cell ran."""
    exchanges = [(e["kind"], e["method"], e["origin"], e["status"]) for e in cell["exchanges"]]
    observation = cell["observation"]
    return exchanges, observation["outcome"], observation.get("body"), cell["verdict"]["status"]


@pytest.mark.parametrize("option", ["--isolated", "--plain-urls"])
def test_every_way_to_run_agrees_in_every_cell(folder: Path, batched: Cells, option: str) -> None:
    others = cells(folder, option)
    assert {name: facts(cell) for name, cell in others.items()} == {
        name: facts(cell) for name, cell in batched.items()
    }


def test_record_says_why_a_cell_ran_alone(batched: Cells) -> None:
    why = {cell["scenario"]: cell.get("isolated", "") for cell in batched.values()}
    assert "may change something" in why["order-1"]
    assert why["strict"] == (
        "GET /strict?limit=3 is answered 422 with the parameter cell in its URL and 200 without,"
        " so the URL is left as it is"
    )
    cookie = "the cookie session is set by other cells as well"
    assert {cell.get("isolated") for cell in of(batched, "me")} <= {None, cookie}
    shared = "it is redirected to a URL that other cells are redirected to as well"
    assert {cell.get("isolated") for cell in of(batched, "old")} <= {None, shared, cookie}


def test_strict_app_is_asked_what_the_scenario_says(batched: Cells) -> None:
    targets = [
        cell["exchanges"][0]["target"] for name, cell in batched.items() if "::strict" in name
    ]
    assert targets == ["/strict?limit=3"] * len(ENGINES)


def test_hop_to_an_origin_that_nobody_names_is_on_the_record(batched: Cells) -> None:
    hops = [cell["exchanges"][-1] for cell in of(batched, "away")]
    assert [(hop["role"], hop["origin"], hop["target"], hop["status"]) for hop in hops] == [
        ("elsewhere", "https://accounts.example.net", "/login?next=/away", None)
    ] * len(ENGINES)

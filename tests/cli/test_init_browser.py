"""A drafted file as it stands, on real apps in browsers: what comes out otherwise than meant.

Both apps allow the same origin in the way that their framework's documentation shows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

FASTAPI = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from pydantic import BaseModel

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["*"],
    allow_headers=["*"],
)

class Order(BaseModel):
    n: int

@app.put("/orders/{number}/")
def change(number: int, order: Order):
    return order
"""
FLASK = """\
import flask
import flask_cors

app = flask.Flask("shop")
flask_cors.CORS(app, origins=[r"https://app\\.example\\.com"])

@app.put("/orders/<int:number>/")
def change(number):
    return flask.jsonify(flask.request.get_json())
"""
OTHER = """\
def app(environ, start_response):
    start_response("200 OK", [("Access-Control-Allow-Origin", "*")])
    return [b"fine"]
"""
APPS = Path(__file__).parent.parent / "cases" / "errors_before_cors.py"
FROM = "app-put-orders-number"
ALL = ("chromium", "firefox", "webkit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """An app, and what its draft finds.

    Attributes:
        otherwise: scenario -> reason, of cells that come out otherwise than meant.
        refusal: the status of the answer to what is not valid.
    """

    app: str
    otherwise: dict[str, str]
    refusal: int
    browsers: tuple[str, ...]


SHOPS = {
    # An unhandled exception passes CORSMiddleware: https://github.com/fastapi/fastapi/issues/775
    "FastAPI": Shop(
        app=FASTAPI,
        otherwise={f"unhandled-{FROM}": "allow-origin-missing"},
        refusal=422,
        browsers=ALL,
    ),
    # Werkzeug redirects the preflight: https://github.com/corydolphin/flask-cors/issues/128
    # An origin as a regular expression is matched at its beginning only, and without credentials
    # on: https://github.com/corydolphin/flask-cors/issues/209. Its 500 can be read.
    "Flask-CORS with a regular expression": Shop(
        app=FLASK,
        otherwise={
            f"slash-{FROM}": "preflight-redirect",
            "put-orders-number-lookalike-suffix-omit": "none",
            "put-orders-number-lookalike-other-port-omit": "none",
        },
        refusal=400,
        browsers=("webkit",),  # it is about what the servers send, which is the same to all
    ),
}


def unexpected(cells: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {
        cell["scenario"]: cell["reason"]["code"] if cell["reason"] else "none"
        for cell in cells
        if cell["verdict"]["status"] not in {"as-expected", "skipped"}
    }


@pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS)
def test_draft_finds_what_is_otherwise_than_meant_and_nothing_else(
    tmp_path: Path, shop: Shop
) -> None:
    (tmp_path / "shop.py").write_text(shop.app)
    made = program(tmp_path, "init", "--app", "shop:app", "--origin", "https://app.example.com")
    assert made.returncode == 0, made.stderr
    browsers = (word for name in shop.browsers for word in ("--browser", name))
    argv = ("run", "scenarios/cors.yaml", "--app", "shop:app", "--json", *browsers)
    done = program(tmp_path, *argv)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    for browser in shop.browsers:
        cells = [each for each in json.loads(done.stdout)["cells"] if each["engine"] == browser]
        assert unexpected(cells) == shop.otherwise
        assert {cell["server"] for cell in cells} == {"app", "app-raising"}
        refused = [each for each in cells if each["scenario"] == f"not-valid-{FROM}"]
        assert [each["observation"]["status"] for each in refused] == [shop.refusal]


def test_app_whose_views_are_not_known_is_not_made_to_raise(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(FASTAPI)
    (tmp_path / "other.py").write_text(OTHER)
    program(tmp_path, "init", "--app", "shop:app", "--origin", "https://app.example.com")
    keyword = ("-k", "unhandled or authorization", "--browser", "webkit", "--json")
    done = program(tmp_path, "run", "scenarios/cors.yaml", "--app", "other:app", *keyword)
    assert done.returncode == 0, done.stderr
    verdicts = {each["server"]: each["verdict"] for each in json.loads(done.stdout)["cells"]}
    assert verdicts["app"]["status"] == "as-expected"
    assert verdicts["app-raising"]["status"] == "skipped"
    assert "other.app is an app of none of FastAPI" in verdicts["app-raising"]["note"]


def drafted(folder: Path, app: str) -> str:
    (folder / "apps.py").write_text(APPS.read_text())
    origin = ("--origin", "https://app.example.com")
    made = program(folder, "init", "--app", f"apps:{app}", *origin, "--out", "cors.yaml")
    assert made.returncode == 0, made.stderr
    return made.stdout + (folder / "cors.yaml").read_text()


def test_draft_of_an_app_that_works_is_not_green_by_errors(tmp_path: Path) -> None:
    text = drafted(tmp_path, "fine")
    assert "without a browser, the app answers" not in text
    keyword = ("-k", "not unhandled", "--browser", "webkit")
    done = program(tmp_path, "run", "cors.yaml", "--app", "apps:fine", *keyword)
    assert (done.returncode, "by an error" in done.stdout) == (0, False), done.stdout


def test_draft_of_an_app_with_a_login_says_what_it_does_not_show(tmp_path: Path) -> None:
    text = drafted(tmp_path, "key_first")
    assert "asked without a browser, the app answers some calls with an error, or leads" in text
    assert "# Asked without a browser, the app answers GET /orders with 401. Let the page" in text
    keyword = ("-k", "get-orders-lookalike", "--browser", "webkit")
    done = program(tmp_path, "run", "cors.yaml", "--app", "apps:key_first", *keyword)
    assert done.returncode == 3, done.stdout
    assert "    22  blocked by a 401 to GET /orders\n" in done.stdout


STRANGE = Path(__file__).parent.parent / "cases" / "strange_api.py"


def test_nothing_in_a_draft_errs_by_design(tmp_path: Path) -> None:
    (tmp_path / "strange.py").write_text(STRANGE.read_text())
    origin = ("--origin", "https://app.example.com")
    made = program(tmp_path, "init", "--app", "strange:app", *origin)
    assert made.returncode == 0, made.stderr
    assert "left out, as a stream of events: /v1/events\n" in made.stdout
    assert "left out, as a WebSocket: /v1/socket\n" in made.stdout
    argv = ("run", "scenarios/cors.yaml", "--app", "strange:app", "--browser", "webkit", "--json")
    done = program(tmp_path, *argv, "-k", "not lookalike or foreign-include")
    cells = json.loads(done.stdout)["cells"]
    assert unexpected(cells) == {}, done.stderr
    assert done.returncode == 0
    assert len({cell["exchanges"][-1]["target"].partition("?")[0] for cell in cells}) > 25

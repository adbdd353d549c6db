"""`cors-harness run --app`: a user's own app, on real origins, in a real browser."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

SHOP = """\
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware


def create_app(name):
    app = FastAPI()
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://app.example.com"],
        allow_methods=["PUT"],
        allow_headers=["Content-Type"],
    )

    @app.put("/orders/{number}")
    def change(number: int, request: Request):
        return {"shop": name, "number": number, "url": str(request.url)}

    return app
"""
PUT = "{method: PUT, path: /orders/7, headers: {Content-Type: application/json}, body: '{}'}"
ORDERS = f"""\
- id: orders-put
  title: The shop may change an order
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  request: {PUT}
  expect: {{outcome: allowed, wire: [preflight, request], status: 200}}
- id: orders-put-from-elsewhere
  title: Nobody else may
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  page: https://app.example.com.evil.example
  request: {PUT}
  expect: {{outcome: blocked, wire: [preflight]}}
"""
ORIGINS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "orders.yaml").write_text(ORDERS)
    return tmp_path


def test_app_is_called_from_and_on_its_real_origins_in_every_browser(folder: Path) -> None:
    app = ("--app", "shop:create_app('corner')")
    done = program(folder, "run", "orders.yaml", *app, *ORIGINS, "--json")
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    document = json.loads(done.stdout)
    assert {cell["server"] for cell in document["cells"]} == {"app"}
    versions = {server["name"]: dict(server["versions"]) for server in document["servers"]}
    assert {"fastapi", "starlette", "uvicorn"} <= versions["app"].keys()
    allowed = [cell for cell in document["cells"] if cell["scenario"] == "orders-put"]
    assert sorted(cell["engine"] for cell in allowed) == ["chromium", "firefox", "webkit"]
    for cell in allowed:
        is_of_the_corner_on_real_origins(cell)


def is_of_the_corner_on_real_origins(cell: dict[str, Any]) -> None:
    preflight, request = cell["exchanges"]
    assert {preflight["origin"], request["origin"]} == {"https://api.example.org"}
    assert ["Origin", "https://app.example.com"] in [
        [name.title(), value] for name, value in preflight["request_headers"]
    ]
    body = json.loads(cell["observation"]["body"])
    assert (body["shop"], body["number"]) == ("corner", 7)
    assert body["url"].startswith("https://api.example.org/orders/7?")


def test_app_that_does_not_import_shows_its_own_traceback_only(folder: Path) -> None:
    (folder / "broken.py").write_text("def load():\n    raise KeyError('SECRET')\n\nload()\n")
    done = program(folder, "run", "orders.yaml", "--app", "broken:app", "--browser", "webkit")
    assert done.returncode == 3
    shown = done.stderr.partition("Traceback")[2]
    assert "KeyError: 'SECRET'" in shown
    assert 'broken.py", line 4' in shown
    assert "importlib" not in done.stderr
    assert "cors_harness" not in shown


def test_scenarios_for_an_app_need_one(folder: Path) -> None:
    done = program(folder, "run", "orders.yaml", "--browser", "webkit")
    assert done.returncode == 2
    assert "orders-put is for your own app" in done.stderr
    assert "--app package.module:app" in done.stderr


def test_origin_that_is_none_is_told(folder: Path) -> None:
    done = program(
        folder, "run", "orders.yaml", "--app", "shop:app", "--page-origin", "app.example.com"
    )
    assert done.returncode == 2
    assert "--page-origin: found 'app.example.com'; expected http:// or https://" in done.stderr

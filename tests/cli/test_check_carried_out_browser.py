"""`check` on a server that no longer refuses a stranger's POST, which no browser lets it read."""

import json
from pathlib import Path

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

GUARD = """\
@app.before_request
def refuse_other_pages():
    if request.method == "POST" and request.headers.get("Origin") != APP:
        abort(403)


"""
SHOP = f"""\
from flask import Flask, abort, jsonify, request
from flask_cors import CORS

APP = "https://app.example.com"
app = Flask(__name__)
CORS(app, origins=[APP])


{GUARD}@app.post("/orders")
def order():
    return jsonify(order=7), 201
"""
SCENARIO = """\
- id: order-from-{name}
  title: An order from {page}
  spec: https://fetch.spec.whatwg.org/#http-cors-protocol
  page: {page}
  request: {{method: POST, path: /orders, body: "pieces=1"{mode}}}
  expect: {{outcome: {outcome}, wire: [request]}}
"""
ORDERS = "".join(
    SCENARIO.format(name=name, page=page, outcome=outcome, mode=mode)
    for name, page, outcome, mode in (
        ("app", "https://app.example.com", "allowed", ""),
        ("evil", "https://attacker.example", "blocked", ""),
        ("form", "https://attacker.example", "opaque", ", mode: no-cors"),
    )
)
OPTIONS = ("orders.yaml", "--app", "shop:app", "--server-origin", "https://api.example.org")
ONE = (*OPTIONS, "--browser", "webkit")  # all three: tests/changes/test_real_changes_browser.py


def test_a_check_of_origin_that_is_dropped_fails_and_one_that_is_back_does_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "orders.yaml").write_text(ORDERS)
    (tmp_path / "shop.py").write_text(SHOP)
    assert program(tmp_path, "record", *ONE).returncode == 0
    (tmp_path / "shop.py").write_text(SHOP.replace(GUARD, ""))
    done = program(tmp_path, "check", *ONE, "--json", "--markdown", "cors.md")
    assert done.returncode == 1, done.stderr
    found = {
        each["scenario"].partition("::")[2]: (each["class"], each["facet"], each["engines"])
        for each in json.loads(done.stdout)["changes"]
    }
    widened = ("widened", "request carried out", ["webkit"])
    assert found == {"order-from-evil": widened, "order-from-form": widened}
    assert "is now carried out, unreadable" in (tmp_path / "cors.md").read_text()

    journal = tmp_path / ".cors-harness" / "last.journal.jsonl"
    turned = program(tmp_path, "diff", str(journal), "cors-baseline.txt")
    assert turned.returncode == 0, turned.stderr
    assert turned.stdout.startswith(
        "narrowed  POST /orders from https://attacker.example is no longer"
    )
    assert "fix" not in turned.stdout

"""`run`, `record` and `check` where an error decides what looks like CORS, in a real browser."""

import json
from pathlib import Path

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

APPS = Path(__file__).parent.parent / "cases" / "errors_before_cors.py"
SCENARIOS = """\
- id: reads
  title: The shop may read the orders
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: https://app.example.com
  request: {path: /orders}
  expect: {outcome: allowed}
- id: evil
  title: Nobody else may read them
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix:
    from:
      lookalikes_of: https://app.example.com
      without:
        - other-scheme
        - other-port
        - prefix
        - hyphen-prefix
        - domain-prefix
        - subdomain
        - parent-domain
        - "null"
  page: "{from}"
  request: {path: /orders}
  expect: {outcome: blocked, wire: [request]}
- id: evil-put
  title: Nobody else may change one
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  page: https://evil.example
  request: {method: PUT, path: /orders/1}
  expect: {outcome: blocked, wire: [preflight]}
"""
SERVER = ("--server-origin", "https://api.example.org")
EVIL, ALL = ("-k", "evil-"), ("-k", "")
# app -> (what is run, exit status, what is said)
RUNS: dict[str, tuple[tuple[str, ...], int, list[str]]] = {
    "key_first": (
        ("-k", "evil and not put"),
        3,
        [
            "as expected by an error: 3 cells\n",
            "     3  blocked by a 401 to GET /orders\n",
            "          request   GET https://api.example.org/orders",
            "(Origin: https://",
            '          response  401, no CORS headers: {"detail":"no"}\n',
            "let the page log in",
            "nothing was shown",
        ],
    ),
    "host_first": (
        ("-k", "evil"),
        3,
        [
            "     3  blocked by a 400 to GET /orders\n",
            "     1  blocked by a 400 to the preflight of PUT /orders/1\n",
            "response  400, no CORS headers: Invalid host header\n",
            "exchanges: [{kind: preflight, status: 400}]",
            "nothing was shown",
        ],
    ),
    "host_inside": (
        (),
        0,
        [
            "as expected by an error: 1 cell\n",
            "allowed to read a 400 to GET /orders\n",
            "response  400, allows https://app.example.com: Invalid host header\n",
            "if it is meant, say so: status: 400\n",
        ],
    ),
    "key_inside": ((), 0, ["as expected by an error: 1 cell\n", "allowed to read a 401"]),
    "limited": (("-k", "evil"), 0, ["by a 429 to GET /orders", "have no rate limit"]),
}

SHOW_NOTHING = {"key_first", "host_first"}  # they say all of it at once
IN_SHORT = {  # one line, where other cells show more
    "host_inside": "\n1 as expected by an error alone: allowed to read a 400 to GET /orders (-v)\n",
    "key_inside": "\n1 as expected by an error alone: allowed to read a 401 to GET /orders (-v)\n",
    "limited": "\n1 as expected by an error alone: blocked by a 429 to GET /orders (-v)\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apps.py").write_text(APPS.read_text())
    (tmp_path / "orders.yaml").write_text(SCENARIOS)
    return tmp_path


def argv(command: str, app: str, *more: str) -> tuple[str, ...]:
    browser = ("--browser", "webkit")
    return (command, "orders.yaml", "--app", f"apps:{app}", *SERVER, *browser, *more)


def again(app: str, *more: str) -> tuple[str, ...]:
    """The last run once more, from its journal."""
    return argv("run", app, "--from", ".cors-harness/last.journal.jsonl", *more)


@pytest.mark.parametrize("app", RUNS)
def test_run_says_what_an_error_decided(folder: Path, app: str) -> None:
    more, status, words = RUNS[app]
    done = program(folder, *argv("run", app, *more))
    assert done.returncode == status, done.stdout + done.stderr
    in_short = words if app in SHOW_NOTHING else [IN_SHORT[app]]
    assert [word for word in in_short if word not in done.stdout] == []
    in_full = program(folder, *again(app, "-v", *more))
    assert in_full.returncode == status, in_full.stdout + in_full.stderr
    assert [word for word in words if word not in in_full.stdout] == []


def test_run_in_which_cors_decides_says_nothing(folder: Path) -> None:
    done = program(folder, *argv("run", "fine"))
    assert (done.returncode, "by an error" in done.stdout) == (0, False), done.stdout


def test_document_names_the_cells(folder: Path) -> None:
    done = program(folder, *argv("run", "key_inside", "-k", "reads or put", "--json"))
    document = json.loads(done.stdout)
    caveat = {"step": 0, "outcome": "allowed", "kind": "request", "status": 401}
    assert document["unproven"] == [
        {"cell": "orders.yaml::reads[app-webkit]", **caveat},
    ]
    by_cell = {cell["scenario"]: cell["verdict"].get("caveats") for cell in document["cells"]}
    assert by_cell["reads"] == [caveat]
    assert by_cell["evil-put"] is None  # Starlette has refused it itself


def test_what_is_accepted_by_an_error_is_told(folder: Path) -> None:
    lookalikes = ("-k", "evil and not put")
    note = "3 cells of this run blocked by a 401 to GET /orders: no other page got this 401"
    recorded = program(folder, *argv("record", "key_first", *lookalikes))
    assert (recorded.returncode, note in recorded.stdout) == (0, True), recorded.stdout
    checked = program(folder, *argv("check", "key_first", *lookalikes))
    assert (checked.returncode, note in checked.stdout) == (0, True), checked.stdout

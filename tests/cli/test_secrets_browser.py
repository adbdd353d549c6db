"""A user's app gets a cookie, a token and a password, and none of them is shown or kept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program

from cors_harness.model.verdict import Status
from cors_harness.store.journal import read_journal
from cors_harness.terms.fingerprints import FINGERPRINT

pytestmark = pytest.mark.browser

SHOP = """\
import sys
from fastapi import FastAPI, Request, Response
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware, allow_origins=["https://app.example.com"], allow_credentials=True,
    allow_methods=["GET", "POST"], allow_headers=["*"], expose_headers=["X-Csrf-Token"],
)

@app.post("/login")
async def login(request: Request, response: Response):
    sent = await request.json()
    print("login", dict(request.headers), sent, file=sys.stderr, flush=True)
    print("she said", sent["password"], "to us", file=sys.stderr, flush=True)
    response.set_cookie("sid", "c00kie-of-ann", secure=True, samesite="lax", httponly=True)
    response.headers["X-Csrf-Token"] = "csrf-t0ken-of-ann"
    return {"access_token": "bearer-t0ken-of-ann", "said": sent["password"]}

@app.get("/orders/{number}")
def orders(number: str, request: Request):
    print(request.scope["headers"], file=sys.stderr, flush=True)
    headers = request.headers
    return {"got": [headers.get("cookie"), headers.get("authorization"), str(request.url)]}

@app.get("/broken")
def broken(request: Request):
    raise RuntimeError("no luck with " + request.headers["authorization"])

@app.get("/moved")
def moved():
    url = "/orders/1?access_token=bearer-t0ken-of-ann"
    return Response(status_code=302, headers={"Location": url})
"""
SECRETS = re.compile(
    "c00kie-of-ann|csrf-t0ken|bearer-t0ken|hunter2|stated-t0ken|k3y-in-query|wrong-t0ken|s3cret-of"
)
LOGIN = """\
    - request:
        method: POST
        path: /login
        credentials: include
        headers: {Content-Type: application/json}
        body: '{"user": "ann", "password": "hunter2-of-ann"}'
      expect: {outcome: allowed}
"""
SCENARIOS = f"""\
- id: flow
  title: A page logs in
  spec: https://fetch.spec.whatwg.org/#cors-check
  steps:
{LOGIN}\
    - request:
        path: /orders/1
        credentials: include
        headers:
          Authorization: Bearer {{steps.0.json.access_token}}
          X-Csrf-Token: "{{steps.0.header.x-csrf-token}}"
      expect: {{outcome: allowed, sent: {{Authorization: Bearer wrong-t0ken}}}}
- id: path
  title: A token in a path
  spec: https://fetch.spec.whatwg.org/#cors-check
  steps:
{LOGIN}\
    - request: {{path: "/orders/{{steps.0.json.access_token}}"}}
      expect: {{outcome: allowed}}
- id: key
  title: A key in a query
  spec: https://fetch.spec.whatwg.org/#cors-check
  request:
    path: /orders/1?api_key=k3y-in-query
    headers: {{Authorization: Bearer stated-t0ken}}
  expect: {{outcome: allowed, status: 201}}
- id: broken
  title: An exception
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {{path: /broken, headers: {{Authorization: Bearer stated-t0ken}}}}
  expect: {{outcome: allowed}}
- id: moved
  title: A redirect with a token
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {{path: /moved}}
  expect: {{outcome: allowed}}
"""
OPTIONS = (
    *("orders.yaml", "--browser", "webkit", "--page-origin", "https://app.example.com"),
    *("--server-origin", "https://api.example.com"),
    *(
        "--command",
        "python -m uvicorn shop:app --port {port} --no-access-log "
        "--header X-Api-Key:s3cret-of-mine",
    ),
)
KEPT, HIDDEN, LAST = "kept.jsonl", "hidden.jsonl", ".cors-harness/last.journal.jsonl"
KEPT_OUTPUT = "kept.output.log"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of which everything has been asked; `out.txt` has all that was printed."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "shop.py").write_text(SHOP)
    (folder / "orders.yaml").write_text(SCENARIOS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder.with_name("state")))
        program(folder, "run", *OPTIONS, "--keep-secrets", "--journal", KEPT)
        printed = [
            program(folder, "record", *OPTIONS, "--journal", HIDDEN),
            program(folder, "run", *OPTIONS, "-v", "--from", HIDDEN),
            program(folder, "run", *OPTIONS, "-v", "--json", "--from", KEPT),
        ]
        app = folder / "shop.py"
        app.write_text(SHOP.replace('"https://app.example.com"', '"*"').replace('"lax"', '"none"'))
        outputs = ("--junit", "x.xml", "--markdown", "x.md", "--html", "x.html", "-v")
        printed += [
            program(folder, "check", *OPTIONS, *outputs, GITHUB_STEP_SUMMARY="summary.md"),
            program(folder, "diff", HIDDEN, LAST, "--json"),
            program(folder, "report", LAST, "--html", "y.html"),
        ]
        texts = [each.stdout + each.stderr for each in printed]
        (folder / "out.txt").write_text("\n".join(texts))
    return folder


def test_no_secret_is_shown_or_kept(folder: Path) -> None:
    own = {"shop.py", "orders.yaml", KEPT, KEPT_OUTPUT}
    files = [f for f in folder.rglob("*") if f.is_file() and f.name not in own]
    names = {file.name for file in files}
    assert {"out.txt", "x.xml", "x.md", "x.html", "y.html", "summary.md"} <= names
    assert {"cors-baseline.txt", "last.journal.jsonl", "last.journal.output.log", HIDDEN} <= names
    found = {f.name: SECRETS.findall(f.read_text("utf-8", "replace")) for f in files}
    found = {name: texts for name, texts in found.items() if texts and not name.endswith(".pyc")}
    assert found == {}


def test_secrets_are_kept_where_that_is_asked_for(folder: Path) -> None:
    text = (folder / KEPT).read_text()
    assert {"c00kie-of-ann", "bearer-t0ken", "hunter2", "wrong-t0ken"} <= set(SECRETS.findall(text))
    assert "she said hunter2-of-ann to us" in (folder / KEPT_OUTPUT).read_text()
    for name in (KEPT, KEPT_OUTPUT):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert json.loads(text.partition("\n")[0])["keeps_secrets"] is True


def test_verdicts_are_the_same(folder: Path) -> None:
    kept, hidden = (read_journal(folder / name)[1] for name in (KEPT, HIDDEN))
    first, second = (
        {c.scenario: (c.status, [(m.aspect, m.header) for m in c.mismatches]) for c in cells}
        for cells in (kept, hidden)
    )
    assert first == second
    assert {name for name, (status, _) in first.items() if status is Status.UNEXPECTED} == {
        *("flow", "key", "broken")  # flow: the token is not the one that it names
    }
    assert "flow[app-webkit]" in (folder / "out.txt").read_text()


def test_equal_values_stay_equal_and_what_decides_stays(folder: Path) -> None:
    records = read_journal(folder / LAST)[1]
    flow: Any = next(cell for cell in records if cell.scenario == "flow")
    exchanges = {e.method + e.target.partition("?")[0]: e for e in flow.exchanges}
    login, orders = exchanges["POST/login"], exchanges["GET/orders/1"]
    set_cookie = dict(login.response_headers)[b"set-cookie"].decode()
    name, _, attributes = set_cookie.partition(";")
    assert FINGERPRINT.fullmatch(name.removeprefix("sid="))
    assert "SameSite=none" in attributes
    sent = {name.lower(): value.decode() for name, value in orders.request_headers}
    assert sent[b"cookie"] == name
    token = json.loads(login.body)["access_token"]
    assert sent[b"authorization"] == f"Bearer {token}"


def test_a_change_of_a_cookie_is_told_by_what_is_not_hidden(folder: Path) -> None:
    text = (folder / "x.md").read_text()
    assert "SameSite=lax" in text
    assert "SameSite=none" in text

"""`init --header` and `--login`: with them lookalikes prove something, in a real browser."""

import json
from pathlib import Path

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

# Both reflect every origin with credentials; before that they want to know who calls.
APPS = """\
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse

ANYBODY = {
    "allow_origin_regex": ".*",
    "allow_credentials": True,
    "allow_methods": ["*"],
    "allow_headers": ["*"],
}
by_key, by_cookie = FastAPI(), FastAPI()
for app in (by_key, by_cookie):
    app.add_middleware(CORSMiddleware, **ANYBODY)

@by_key.middleware("http")
async def key(request: Request, call_next):
    if request.method != "OPTIONS" and request.headers.get("X-Api-Key") != "good":
        return JSONResponse({"detail": "no"}, 401)
    return await call_next(request)

@by_key.get("/orders")
def orders():
    return [1]

@by_cookie.middleware("http")
async def session(request: Request, call_next):
    is_open = request.method == "OPTIONS" or request.url.path == "/login"
    if not is_open and request.cookies.get("session") != "in":
        return JSONResponse({"detail": "no"}, 401)
    return await call_next(request)

@by_cookie.post("/login")
def login(user: dict[str, str]):
    response = JSONResponse({"hello": user["name"]})
    response.set_cookie("session", "in", samesite="lax", secure=True, httponly=True)
    return response

@by_cookie.get("/me")
def me():
    return {"name": "ann"}
"""
ORIGINS = ("--origin", "https://app.example.com", "--server-origin", "https://api.example.com")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "apps.py").write_text(APPS)
    return tmp_path


def came_out(folder: Path, app: str, keyword: str) -> dict[str, str]:
    """Status by cell, of a run of the draft in one browser."""
    argv = ("run", "scenarios/cors.yaml", "--app", app, "-k", keyword, "--json")
    done = program(folder, *argv, "--browser", "chromium")
    cells = json.loads(done.stdout)["cells"]
    return {cell["scenario"]: cell["verdict"]["status"] for cell in cells}


def test_with_its_key_every_lookalike_reads(folder: Path) -> None:
    argv = ("init", "--app", "apps:by_key", *ORIGINS)
    done = program(folder, *argv, "--header", "X-Api-Key: good")
    assert done.returncode == 0, done.stderr
    assert "what --header says stands in scenarios/cors.yaml as it is" in done.stdout
    statuses = came_out(folder, "apps:by_key", "get-orders")
    strangers = {name: status for name, status in statuses.items() if "lookalike" in name}
    assert len(strangers) > 20
    assert set(strangers.values()) == {"unexpected"}
    assert statuses["get-orders-app"] == "as-expected"


def test_pages_of_the_same_site_read_what_is_meant_for_who_is_logged_in(folder: Path) -> None:
    login = ("--login", 'POST /login {"name": "ann"}')
    done = program(folder, "init", "--app", "apps:by_cookie", *ORIGINS, *login)
    assert done.returncode == 0, done.stderr
    statuses = came_out(
        folder, "apps:by_cookie", "get-me-credentials or lookalike-credentials-subdomain"
    )
    assert statuses["get-me-credentials-app"] == "as-expected"
    # Same site as the server, so that the cookie, SameSite=Lax, goes with their calls.
    assert statuses["get-me-lookalike-credentials-subdomain"] == "unexpected"
    text = (folder / "scenarios" / "cors.yaml").read_text()
    assert "# A page whose calls carry cookies logs in first, by POST /login." in text


HELD_BACK = """\
- id: me
  title: The shop reads who is logged in
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: https://app.example.com
  origins: {server: https://api.example.org}
  steps:
    - request:
        method: POST
        path: /login
        headers: {Content-Type: application/json}
        body: '{"name": "ann"}'
        credentials: include
      expect: {outcome: allowed}
    - request: {path: /me, credentials: include}
      expect: {outcome: allowed, status: 200}
"""


def test_cookie_that_was_held_back_is_named_with_the_reason(folder: Path) -> None:
    (folder / "me.yaml").write_text(HELD_BACK)
    done = program(folder, "run", "me.yaml", "--app", "apps:by_cookie", "--browser", "chromium")
    assert done.returncode == 1
    assert (
        "cookie session was held back: SameSite=Lax, and a page of https://app.example.com "
        "is of another site than api.example.org "
    ) in " ".join(done.stdout.split())

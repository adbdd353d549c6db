"""Servers of --command that answer by https only, behind a gate that tells them, and one not."""

import json
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
UVICORN = f"{sys.executable} -m uvicorn https_sites:%s --port {{port}}"
DJANGO = f"{sys.executable} django_https_site.py {{port}}"
PAGE = ("--page-origin", "https://app.example.com")
ORIGINS = (*PAGE, "--server-origin", "https://api.example.org")
CALLS = """\
- id: put
  title: A call with a preflight
  spec: https://fetch.spec.whatwg.org/#cors-preflight-fetch
  request:
    {method: PUT, path: /orders/1, headers: {Content-Type: application/json}, body: '{"n": 1}'}
  expect: {outcome: allowed, wire: [preflight, request], status: 200}
"""
SLASH = """\
- id: slash
  title: A redirect to another slash
  spec: https://fetch.spec.whatwg.org/#http-redirect-fetch
  request: {path: /orders}
  expect: {outcome: allowed, wire: [request, request], status: 200, redirected: true}
"""
COMMANDS = {
    "HTTPSRedirectMiddleware inside": (UVICORN % "cors_outside", CALLS + SLASH),
    "HTTPSRedirectMiddleware outside": (UVICORN % "cors_inside", CALLS + SLASH),
    "SECURE_SSL_REDIRECT": (DJANGO, CALLS),
}
either_command = pytest.mark.parametrize(
    ("command", "calls"), COMMANDS.values(), ids=list(COMMANDS)
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("https_sites.py", "django_https_site.py"):
        shutil.copy(HERE / name, tmp_path)
    return tmp_path


def cells(project: Path, calls: str, *argv: str) -> tuple[list[dict[str, Any]], str]:
    """The records of a run, and what it said beside them."""
    (project / "calls.yaml").write_text(calls)
    done = program(project, "run", "calls.yaml", "--json", *argv)
    assert done.returncode in {0, 1}, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["cells"]
    return found, done.stderr


@either_command
def test_server_that_is_told_of_https_redirects_nobody(
    project: Path, command: str, calls: str
) -> None:
    ran, _ = cells(project, calls, "--command", command, "--browser", "webkit", *ORIGINS)
    assert [cell["verdict"]["status"] for cell in ran] == ["as-expected"] * len(ran)
    sent = {name.lower() for cell in ran for each in cell["exchanges"]
            for name, _ in each["request_headers"]}  # fmt: skip
    assert "origin" in sent
    assert not any("forwarded" in name for name in sent)


@either_command
def test_server_that_is_told_nothing_redirects_every_call_to_itself(
    project: Path, command: str, calls: str
) -> None:
    argv = ("--command", command, "--browser", "webkit", *ORIGINS, "--no-forwarded")
    ran, _ = cells(project, calls, *argv)
    assert {cell["verdict"]["status"] for cell in ran} == {"unexpected"}
    assert {cell["advice"]["mistake"] for cell in ran} == {"https-untold"}
    (wrong,) = {cell["advice"]["wrong"] for cell in ran if cell["scenario"] == "put"}
    assert wrong.startswith(
        "The server redirects https://api.example.org/orders/1 to the very address that was called"
    )
    assert "SECURE_PROXY_SSL_HEADER in Django" in wrong


def test_server_whose_origin_nobody_names_is_called_by_https(project: Path) -> None:
    ran, said = cells(project, CALLS + SLASH, "--command", UVICORN % "cors_outside", *PAGE)
    engines = Counter(cell["engine"] for cell in ran)
    assert engines == {"chromium": 2, "firefox": 2, "webkit": 2}
    assert {cell["verdict"]["status"] for cell in ran} == {"as-expected"}
    assert {each["origin"] for cell in ran for each in cell["exchanges"]} == {"https://server.test"}
    assert "no --server-origin is given: pages on https call the server as https://server.test" in (
        said
    )

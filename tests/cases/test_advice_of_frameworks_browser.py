"""Whose words the advice is in, of apps that are run as they are; and that it turns their cells."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.advice.applied.advice_applier import apply_lines
from tests.cli.program import program

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ORIGINS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org")
ENGINE = ("--browser", "webkit")


def scenario(name: str, request: str) -> str:
    return f"""\
- id: {name}
  title: The page gets its answer
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {request}
  expect: {{outcome: allowed, status: 200}}
"""


def run(folder: Path, *options: str) -> dict[str, Any]:
    done = program(folder, "run", "x.yaml", "--json", *ENGINE, *ORIGINS, *options)
    assert done.returncode in {0, 1}, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


APPS = {
    "litestar_app": (["Litestar"], "Litestar", "cors_config = CORSConfig("),
    "own_app": ([], "any server", "Access-Control-Allow-Origin: https://app.example.com"),
}


@pytest.mark.parametrize(("app", "row"), APPS.items(), ids=APPS)
def test_lines_are_for_the_framework_whose_app_it_is(
    tmp_path: Path, app: str, row: tuple[list[str], str, str]
) -> None:
    frameworks, where, line = row
    shutil.copy(HERE / "wrong_framework" / f"{app}.py", tmp_path)
    (tmp_path / "x.yaml").write_text(scenario("orders", "{path: /orders}"))
    document = run(tmp_path, "--app", f"{app}:app")
    assert document["servers"][0]["frameworks"] == frameworks
    advice = document["cells"][0]["advice"]
    assert advice["where"] == where
    assert line in advice["lines"]
    assert ("framework is not known" in advice["place"]) is (not frameworks)


def test_django_path_that_is_left_out_is_let_in_by_the_advice(tmp_path: Path) -> None:
    shutil.copy(HERE / "regex_site.py", tmp_path)
    calls = scenario("api", "{path: /api/orders}") + scenario("page", "{path: /page/}")
    (tmp_path / "x.yaml").write_text(calls)
    cells = {c["scenario"]: c for c in run(tmp_path, "--app", "regex_site:app")["cells"]}
    assert cells["api"]["verdict"]["status"] == "as-expected"
    advice = cells["page"]["advice"]
    assert "lets them read GET /api/orders" in advice["wrong"]
    assert "CORS_URLS_REGEX" in advice["wrong"]
    source = (tmp_path / "regex_site.py").read_text()
    mended = apply_lines(source, advice["place"], advice["lines"])
    (tmp_path / "mended_site.py").write_text(mended)
    cells_after = run(tmp_path, "--app", "mended_site:app")["cells"]
    assert {cell["verdict"]["status"] for cell in cells_after} == {"as-expected"}


def test_aiohttp_cors_that_refuses_an_origin_asks_for_no_login(tmp_path: Path) -> None:
    shutil.copy(HERE / "refusing_aiohttp_app.py", tmp_path)
    put = "{method: PUT, path: /orders/1, headers: {Content-Type: application/json}, body: '{}'}"
    (tmp_path / "x.yaml").write_text(scenario("put", put))
    command = f"{sys.executable} refusing_aiohttp_app.py {{port}}"
    (cell,) = run(tmp_path, "--command", command)["cells"]
    advice = cell["advice"]
    assert (advice["mistake"], advice["where"]) == ("origin-missing", "aiohttp-cors")
    assert "slash at the end" in advice["wrong"]
    assert "login" not in advice["wrong"]

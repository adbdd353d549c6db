"""A server that breaks HTTP: each break is told for what it is, and no other call is harmed."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cases import misbehaving_server
from tests.cases.misbehaving_server import MISBEHAVIOURS
from tests.cli.program import program

from cors_harness.wire.framing import BODY_LIMIT

pytestmark = pytest.mark.browser

SPEC = "https://fetch.spec.whatwg.org/#concept-cors-check"
ENGINES = ("chromium", "firefox", "webkit")
Cell = Mapping[str, Any]
# What is said of it in every engine; a break that some or all forgive is not here.
TOLD = {
    "never-answers": "GET /never-answers got no response",
    "one-byte-a-second": "GET /one-byte-a-second got no response",
    "body-one-byte-a-second": "no-body-end",
    "header-of-100-mb": "GET /header-of-100-mb got 200, cut off",
    "very-many-headers": "GET /very-many-headers got 200, cut off",
    "length-too-large": "the response broke off, and GET /length-too-large got 200, cut off",
    "chunk-of-no-size": "GET /chunk-of-no-size got 200, cut off",
    "very-many-interim": "GET /very-many-interim got 103, cut off",
    "interim-without-end": "GET /interim-without-end got 103, cut off",
    "http-0-9": "GET /http-0-9 got what is no HTTP",
    "bytes-of-all-kinds": "GET /bytes-of-all-kinds got what is no HTTP",
}


ENDLESS = {name for name, told in TOLD.items() if "no response" in told or told == "no-body-end"}
CELL = re.compile(r"\?cell=[\w.]+")


def scenario(name: str, path: str) -> str:
    timeout = ", timeout_ms: 3000" if name in ENDLESS else ""
    return f"""\
- id: {name}
  title: {name}
  spec: {SPEC}
  request: {{path: {path}{timeout}}}
  expect: {{outcome: allowed, body: ok}}
"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Cell]:
    """By `SCENARIO[ENGINE]`; an ordinary call stands behind each that is none."""
    folder = tmp_path_factory.mktemp("misbehaving")
    texts = []
    for name in MISBEHAVIOURS:
        texts.append(scenario(name, f"/{name}"))
        texts.append(scenario(f"after-{name}", f"/after/{name}"))
    (folder / "cases.yaml").write_text("".join(texts))
    command = f"{sys.executable} {Path(misbehaving_server.__file__)} {{port}}"
    done = program(folder, "run", "cases.yaml", "--command", command, "--json")
    document = json.loads(done.stdout)
    return {f"{cell['scenario']}[{cell['engine']}]": cell for cell in document["cells"]}


@pytest.mark.parametrize("engine", ENGINES)
def test_ordinary_calls_are_not_harmed(cells: Mapping[str, Cell], engine: str) -> None:
    ordinary = {f"after-{name}[{engine}]" for name in MISBEHAVIOURS}
    assert {n: cells[n]["verdict"]["status"] for n in ordinary} == dict.fromkeys(
        ordinary, "as-expected"
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", TOLD)
def test_it_is_told_for_what_it_is(cells: Mapping[str, Cell], name: str, engine: str) -> None:
    verdict = cells[f"{name}[{engine}]"]["verdict"]
    assert verdict["status"] in {"unexpected", "error"}
    assert TOLD[name] in CELL.sub("", json.dumps(verdict))


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_recorded_of_a_body_is_bounded(cells: Mapping[str, Cell], engine: str) -> None:
    for name in ("body-of-100-mb", "body-without-end"):
        exchange = cells[f"{name}[{engine}]"]["exchanges"][-1]
        assert exchange["body_bytes"] > len(exchange["body"]) == BODY_LIMIT

"""What no line of a server's mends: a sentence, and nothing to paste."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program
from tests.shared_across_workers import once

pytestmark = pytest.mark.browser

SHOP = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware, allow_origins=["https://app.example.com"], allow_methods=["PATCH"]
)


@app.api_route("/orders", methods=["GET", "PATCH"])
def orders():
    return []
"""
SCENARIO = """\
- id: {name}
  title: The page gets its answer
  spec: https://fetch.spec.whatwg.org/#http-cors-protocol
  page: {page}
  origins: {{server: {server}}}
  request: {request}
  expect: {{outcome: allowed, {expect}}}
"""
PAGE, SERVER, GET = "https://app.example.com", "https://api.example.org", "{path: /orders}"
FRAME = "{origin: https://app.example.com, place: sandboxed-frame}"
OK = "status: 200"
CASES = {  # page, server, request, what else is expected, and the mistake
    "mixed-content": (PAGE, "http://api.example.org", GET, OK, "mixed-content"),
    "sandboxed": (FRAME, SERVER, GET, OK, "origin-null"),
    "lower-case": (PAGE, SERVER, "{method: patch, path: /orders}", OK, "method-case"),
    "not-sent": (PAGE, SERVER, GET, "readable: {X-Total-Count: '3'}", "never-sent"),
    "expired": (PAGE, "https://old.example.org", GET, OK, "certificate"),
}
# WebKitGTK breaks the connection off without a word about the certificate: it is no cell of CORS.
SILENT = {("expired", "webkit")}
Advised = Mapping[tuple[str, str], dict[str, Any] | None]


@pytest.fixture(scope="session")
def advised(tmp_path_factory: pytest.TempPathFactory) -> Advised:
    cells = json.loads((once(tmp_path_factory, "advised", _run) / "run.json").read_text())["cells"]
    return {(cell["scenario"], cell["engine"]): cell["advice"] for cell in cells}


def _scenarios() -> list[str]:
    texts = {
        name: SCENARIO.format(name=name, page=page, server=server, request=request, expect=expect)
        for name, (page, server, request, expect, _) in CASES.items()
    }
    texts["expired"] += "  expired_certificates: [server]\n"
    return list(texts.values())


def _run(folder: Path) -> None:
    (folder / "shop.py").write_text(SHOP)
    (folder / "shop.yaml").write_text("".join(_scenarios()))
    done = program(folder, "run", "shop.yaml", "--app", "shop:app", "--json")
    (folder / "run.json").write_text(done.stdout)


@pytest.mark.parametrize("engine", ["chromium", "firefox", "webkit"])
@pytest.mark.parametrize("name", CASES)
def test_sentence_stands_without_lines(advised: Advised, name: str, engine: str) -> None:
    advice = advised[name, engine]
    if (name, engine) in SILENT:
        assert advice is None
    else:
        assert advice is not None
        assert (advice["mistake"], advice["where"]) == (CASES[name][-1], "any server")
        assert (advice["place"], advice["lines"]) == ("", [])

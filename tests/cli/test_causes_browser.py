"""`cors-harness run` of an app with two mistakes: two blocks on one screen, and nothing raw."""

import math
import re
import shlex
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.program import program

from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

COLUMNS, LINES = 80, 50
APP = """\
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["https://app.example.com"],
    allow_methods=["GET", "POST"],
    allow_headers=["Content-Type"],
)

@app.get("/orders")
def orders():
    return [{"id": 7}]

@app.put("/orders/{number}")
def change(number: int, order: dict):
    return {"id": number}

@app.get("/reports")
def reports():
    raise RuntimeError("no report today")
"""
BARE = """\
from fastapi import FastAPI

app = FastAPI()

@app.get("/orders")
def orders():
    return [{"id": 7}]

@app.put("/orders/{number}")
def change(number: int, order: dict):
    return {"id": number}

@app.delete("/orders/{number}")
def remove(number: int):
    return {"id": number}
"""
BARE_CALLS = """\
- id: calls
  title: What the page does
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: https://app.example.com
  matrix:
    path: {read: /orders, slash: /orders/, none: /nothing}
  request: {path: "{path}"}
  expect: {outcome: allowed}
- id: changes
  title: What the page changes
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: https://app.example.com
  matrix: {method: [DELETE, PUT]}
  request: {method: "{method}", path: /orders/1, headers: {Content-Type: application/json}}
  expect: {outcome: allowed}
"""
BARE_FIX = """\
              app.add_middleware(
                  CORSMiddleware,
                  allow_origins=["https://app.example.com"],
                  allow_methods=["DELETE", "PUT"],
                  allow_headers=["Content-Type"],
              )
"""
NAMES = ("--origin", "https://app.example.com", "--server-origin", "https://api.example.org")
WEBKIT = ("--browser", "webkit")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shop")
    (made / "shop.py").write_text(APP)
    program(made, "init", "--app", "shop:app", *NAMES)
    return made


@pytest.fixture(scope="module")
def text(folder: Path) -> str:
    done = program(folder, "run", "--app", "shop:app", *WEBKIT)
    assert done.returncode == 1, done.stderr
    return done.stdout


def blocks(text: str) -> list[str]:
    """Those of causes."""
    return [part for part in text.split("\n\n") if "\n  rerun " in part]


def command(block: str) -> list[str]:
    """What a shell makes of the command, without the program's name."""
    return shlex.split(block.partition("\n  rerun ")[2].replace("\\\n", ""))[1:]


def test_two_mistakes_are_two_blocks(text: str) -> None:
    assert [part.partition("\n")[0] for part in blocks(text)] == [
        "The server does not allow the method PUT from another origin.",
        "The server crashed (500), and what answers for a crash sends no",
    ]


def test_all_of_it_fits_one_screen(text: str) -> None:
    assert sum(max(1, math.ceil(len(line) / COLUMNS)) for line in text.splitlines()) <= LINES


def test_the_readme_shows_what_is_printed(text: str) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    (shown,) = [part for part in readme.split("```") if "\n> response" in part]
    parts = [line for line in shown.strip().lower().splitlines() if "cells" not in line]
    lines = {*text.lower().splitlines(), "…"}  # engines differ in how they spell names of headers
    assert [line for line in parts if line not in lines and "  calls " not in line] == []


MISTAKES = {
    "forgotten method": (0, "PUT /orders/1", ">           access-control-allow-methods: GET, POST"),
    "crash": (1, "GET /reports", ">           no Access-Control-Allow-Origin"),
}


def test_app_without_cors_is_one_block_whose_lines_mend_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text(BARE)
    (tmp_path / "calls.yaml").write_text(BARE_CALLS)
    argv = ("run", "calls.yaml", "--app", "bare:app", "--server-origin", "https://a.test", *WEBKIT)
    done = program(tmp_path, *argv)
    (block,) = blocks(done.stdout)
    assert BARE_FIX in block
    fix = textwrap.dedent(BARE_FIX)
    imported = "from fastapi.middleware.cors import CORSMiddleware"
    (tmp_path / "mended.py").write_text(f"{BARE}\n{imported}\n{fix}")
    done = program(tmp_path, *argv[:3], "mended:app", *argv[4:])
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("number", "call", "deciding"), MISTAKES.values(), ids=MISTAKES)
def test_block_says_where_what_decided_and_what_mends_it(
    text: str, number: int, call: str, deciding: str
) -> None:
    block = blocks(text)[number]
    (where,) = [line for line in block.splitlines() if re.match(r"  \d+ cells ", line)]
    assert where.endswith(" in webkit, from https://app.example.com")
    (calls,) = re.findall(r"^  calls +(.*)$", block, re.MULTILINE)
    assert call in calls
    assert deciding in block.splitlines()
    assert "\n  fix       FastAPI, " in block
    assert "CORSMiddleware," in block.partition("\n  fix ")[2]


@pytest.mark.parametrize("number", [0, 1], ids=MISTAKES)
def test_command_of_a_block_runs_one_cell_of_its_cause(
    folder: Path, text: str, number: int
) -> None:
    argv = command(blocks(text)[number])
    done = program(folder, *argv, "--journal", "again.jsonl")
    _, cells = read_journal(folder / "again.jsonl")
    (again,) = cells
    assert f"{again.file} {again.scenario}[{again.server}-webkit]" == f"{argv[1]} {argv[-1]}"
    assert blocks(done.stdout)[0].partition("\n")[0] == blocks(text)[number].partition("\n")[0]


def test_order_and_text_are_the_same_from_the_journal(folder: Path, text: str) -> None:
    argv = ("run", "--app", "shop:app", *WEBKIT, "--from", str(DEFAULT_PLACE))
    assert blocks(program(folder, *argv).stdout) == blocks(text)


ODD = b"a\x1b[2J\x07\x9b1m\xe2\x80\xae\xe2\x81\xa6z"
RAW_SERVER = f"""\
import socket, sys, threading

listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
ANSWER = (b"HTTP/1.1 200 " + {ODD!r} + b"\\r\\nAccess-Control-Allow-Origin: " + {ODD!r} +
          b"\\r\\n" + {ODD!r} + b": 1\\r\\nContent-Length: 12\\r\\nConnection: close\\r\\n\\r\\n" +
          {ODD!r})

def serve(connection):
    connection.recv(65536)
    print({ODD.decode("latin-1")!r}, flush=True)
    connection.sendall(ANSWER)
    connection.close()

while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
READ = """\
- id: read
  title: It may be read
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {path: /orders}
  expect: {outcome: allowed}
"""


@pytest.fixture
def odd_lines(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "raw.py").write_text(RAW_SERVER)
    (tmp_path / "read.yaml").write_text(READ)
    argv = ("run", "read.yaml", *WEBKIT, "--command", f"{sys.executable} raw.py {{port}}")
    shown = [program(tmp_path, *argv, *more) for more in ((), ("-v",))]
    return (line for done in shown for line in (done.stdout + done.stderr).splitlines())


def test_nothing_that_a_server_sends_reaches_the_terminal_raw(odd_lines: Iterator[str]) -> None:
    lines = list(odd_lines)
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if "a\\x1b[2J" in line]

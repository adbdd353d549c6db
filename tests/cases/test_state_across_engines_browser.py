"""A POST that creates, in three engines: one of them gets it, or each, as one asks for."""

import json
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.program import program

from cors_harness.store.journal import DEFAULT_PLACE

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ORIGINS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org")
CALLS = """\
- id: create
  title: A user of one name
  spec: https://fetch.spec.whatwg.org/#cors-check
  request:
    method: POST
    path: /users
    headers: {Content-Type: application/json}
    body: '{"name": "alice"}'
  expect: {outcome: allowed, status: 201}
- id: create-unique
  title: A user of another name in every cell
  spec: https://fetch.spec.whatwg.org/#cors-check
  steps:
    - request:
        method: POST
        path: "/users?as={unique}"
        headers: {Content-Type: application/json}
        body: '{"name": "bob-{unique}"}'
      expect: {outcome: allowed, status: 201, body: '{"name":"bob-{unique}"}'}
    - request: {path: "/users/bob-{unique}"}
      expect: {outcome: allowed, status: 200}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A run: its exit status, what each POST was answered in the engines, cells, and the text."""

    status: int
    of_posts: dict[str, list[int]]
    cells: Sequence[Any]
    text: str


def ran(folder: Path, *options: str) -> Ran:
    shutil.copy(HERE / "state_app.py", folder)
    (folder / "calls.yaml").write_text(CALLS)
    argv = ("calls.yaml", "--app", "state_app:app", *ORIGINS, *options)
    done = program(folder, "run", *argv)
    assert done.returncode in {0, 1}, done.stderr
    _, *cells = map(json.loads, (folder / DEFAULT_PLACE).read_text().splitlines())
    of_posts: dict[str, list[int]] = {}
    for cell in cells:
        (status,) = (e["status"] for e in cell["exchanges"] if e["method"] == "POST")
        of_posts.setdefault(cell["scenario"], []).append(status)
    by_scenario = {name: sorted(found) for name, found in of_posts.items()}
    return Ran(status=done.returncode, of_posts=by_scenario, cells=cells, text=done.stdout)


ALL = {"create": [201, 201, 201], "create-unique": [201, 201, 201]}
TOLD = "POST /users is answered 201 in "


def test_engines_share_what_the_server_keeps_unless_the_value_is_unique(tmp_path: Path) -> None:
    run = ran(tmp_path)
    assert (run.status, run.of_posts) == (1, {**ALL, "create": [201, 409, 409]})
    assert TOLD in run.text
    values = {cell["unique"] for cell in run.cells if cell["scenario"] == "create-unique"}
    assert len(values) == 3
    assert Counter("unique" in cell for cell in run.cells) == {True: 3, False: 3}


def test_each_engine_finds_the_server_as_a_reset_leaves_it(tmp_path: Path) -> None:
    run = ran(tmp_path, "--reset", "/testing/reset")
    assert (run.status, run.of_posts) == (0, ALL)
    order = [cell["engine"] for cell in run.cells]
    assert order == sorted(order), "engines took turns"


def test_each_engine_has_a_server_of_its_own(tmp_path: Path) -> None:
    run = ran(tmp_path, "--server-per-engine")
    assert (run.status, run.of_posts) == (0, ALL)
    engines = {file.name.removeprefix("started-") for file in tmp_path.glob("started-*")}
    assert engines == {"chromium", "firefox", "webkit"}


def test_a_reset_that_fails_ends_the_run_with_what_it_said(tmp_path: Path) -> None:
    shutil.copy(HERE / "state_app.py", tmp_path)
    (tmp_path / "calls.yaml").write_text(CALLS)
    options = ("--app", "state_app:app", "--browser", "chromium", "--reset", "/testing/rest")
    done = program(tmp_path, "run", "calls.yaml", *ORIGINS, *options)
    assert done.returncode == 3
    words = "reset (POST /testing/rest) for chromium is answered 404; expected 200 to 299; it said:"
    assert f'error: {words}\n{{"detail":"Not Found"}}' in done.stderr

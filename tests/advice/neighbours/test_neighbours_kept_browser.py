"""Advice, taken at its word, costs no neighbour: all cells of a run, before and after it.

Each server has one scenario that is wrong, in a run with others that are right. The lines of the
advice are put where it says; then every cell of the run has to come out as expected.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.advice.applied import asgi_cases
from tests.advice.applied.advice_applier import apply_lines
from tests.advice.applied.program_copy import copy_program, run_scenarios
from tests.advice.neighbours.cases import CASES, SERVER, Asked, NeighbourCase
from tests.shared_across_workers import once

from cors_harness.model.advice import SHUTS_OUT

pytestmark = pytest.mark.browser

CELLS = "cells.json"
APPS = [case.app for case in CASES]
Cells = Mapping[str, Sequence[Mapping[str, Any]]]  # by the app's name
SCENARIO = """\
- id: {id}
  title: What a page gets
  spec: https://fetch.spec.whatwg.org/#http-cors-protocol
{page}
  origins: {{server: {server}}}
  servers: ["{name}"]
  request: {request}
  expect: {expect}
"""
LOOKALIKES = '  matrix: {from: {lookalikes_of: https://app.example.com}}\n  page: "{from}"'


def scenario(name: str, number: int, asked: Asked) -> str:
    page = f"  page: {asked.page}"
    if asked.page == "lookalikes":
        page = LOOKALIKES
    elif asked.page == "sandboxed-frame":
        page = "  page: {origin: https://app.example.com, place: sandboxed-frame}"
    return SCENARIO.format(
        id=f"{name.partition('@')[0]}-{number}",
        name=name,
        page=page,
        server=SERVER,
        request=asked.request,
        expect=asked.expect,
    )


SCENARIOS = "\n".join(
    scenario(case.app.name, number, asked)
    for case in CASES
    for number, asked in enumerate((case.wrong, *case.right))
)


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Cells:
    sources = {app.name: app.source for app in APPS}
    return read(once(tmp_path_factory, "near-before", lambda folder: run(folder, sources)))


@pytest.fixture(scope="session")
def after(before: Cells, tmp_path_factory: pytest.TempPathFactory) -> Cells:
    sources = {case.app.name: mended(case, before) for case in CASES}
    return read(once(tmp_path_factory, "near-after", lambda folder: run(folder, sources)))


def run(folder: Path, sources: Mapping[str, str]) -> None:
    copy = copy_program(folder / "checkout", APPS, sources, asgi_cases.FASTAPI)
    cells = run_scenarios(copy, SCENARIOS, "--browser", "chromium")
    (folder / CELLS).write_text(json.dumps(cells))


def read(folder: Path) -> Cells:
    cells = json.loads((folder / CELLS).read_text())
    return {app.name: [each for each in cells if each["server"] == app.name] for app in APPS}


def advised(case: NeighbourCase, cells: Cells) -> list[Mapping[str, Any]]:
    return [cell["advice"] for cell in cells[case.app.name] if cell["advice"]]


def mended(case: NeighbourCase, cells: Cells) -> str:
    advice = advised(case, cells)[0]
    return apply_lines(case.app.source, advice["place"], advice["lines"])


def unexpected(cells: Sequence[Mapping[str, Any]]) -> list[str]:
    return [cell["scenario"] for cell in cells if cell["verdict"]["status"] != "as-expected"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.app.server)
def test_only_what_is_wrong_is_advised_on_and_alike(before: Cells, case: NeighbourCase) -> None:
    wrong = unexpected(before[case.app.name])
    assert wrong
    assert all(name.startswith(f"{case.app.server}-0") for name in wrong)
    first, *others = advised(case, before)
    assert all(advice == first for advice in others)
    assert (first["mistake"], first["where"]) == (case.app.mistake, case.app.where)
    assert (first["mistake"] in SHUTS_OUT) is (case.wrong.page == "lookalikes")
    assert first["lines"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.app.server)
def test_advice_turns_what_is_wrong_and_costs_no_other_cell(
    after: Cells, case: NeighbourCase
) -> None:
    cells = after[case.app.name]
    assert cells
    assert unexpected(cells) == []
    assert advised(case, after) == []

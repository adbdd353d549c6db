"""Advice, taken at its word: real servers with a mistake, mended by it, in every browser.

All servers run once as they are and once with the lines of their advice in them, put where it says.
"""

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.advice.applied import asgi_cases
from tests.advice.applied.advice_applier import apply_lines
from tests.advice.applied.case import Case
from tests.advice.applied.cases import CASES
from tests.advice.applied.program_copy import copy_program, run_copy
from tests.shared_across_workers import once

pytestmark = pytest.mark.browser

RECORDS = "records.json"
Records = Mapping[tuple[str, str], dict[str, Any]]  # by case and engine

ROWS = [
    pytest.param(case, engine, id=f"{case.name}-{engine}")
    for case in CASES
    for engine in case.engines
]
PYTHON = [case for case in CASES if not (case.is_verbatim or case.is_nginx)]


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Records:
    sources = {case.name: case.source for case in CASES}
    return _read(once(tmp_path_factory, "before", lambda folder: _run(folder, sources)))


@pytest.fixture(scope="session")
def after(before: Records, tmp_path_factory: pytest.TempPathFactory) -> Records:
    sources = {case.name: _mended_source(case, before) for case in CASES}
    return _read(once(tmp_path_factory, "after", lambda folder: _run(folder, sources)))


def _run(folder: Path, sources: Mapping[str, str]) -> None:
    copy = copy_program(folder / "checkout", CASES, sources, asgi_cases.FASTAPI)
    pairs = [[*key, record] for key, record in run_copy(copy, CASES, sources).items()]
    (folder / RECORDS).write_text(json.dumps(pairs))


def _read(folder: Path) -> Records:
    pairs = json.loads((folder / RECORDS).read_text())
    return {(case, engine): record for case, engine, record in pairs}


def _mended_source(case: Case, before: Records) -> str:
    advice = before[case.name, case.engines[0]]["advice"]
    return apply_lines(case.source, advice["place"], advice["lines"]) if advice else case.source


@pytest.mark.parametrize(("case", "engine"), ROWS)
def test_mistake_blocks_and_is_advised_on(before: Records, case: Case, engine: str) -> None:
    record = before[case.name, engine]
    assert record["verdict"]["status"] == "unexpected"
    advice = record["advice"]
    assert (advice["mistake"], advice["where"]) == (case.mistake.value, case.where.value)
    assert advice["lines"]
    assert advice == before[case.name, case.engines[0]]["advice"], "engines are advised alike"


@pytest.mark.parametrize(("case", "engine"), ROWS)
def test_advice_turns_the_cell(after: Records, case: Case, engine: str) -> None:
    record = after[case.name, engine]
    assert record["verdict"]["status"] == "as-expected", record["verdict"]
    assert record["advice"] is None


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.interface != "verbatim" and not case.is_nginx],
    ids=lambda c: c.name,
)
def test_lines_are_whole_python(before: Records, case: Case) -> None:
    ast.parse("\n".join(before[case.name, case.engines[0]]["advice"]["lines"]))

"""Batching changes nothing: each cell alone in a fresh context gives the same."""

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest
from tests.run.batches import records
from tests.run.process_tree import ProcessTree

from cors_harness.errors import NothingSelected
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.observation import Fulfilled
from cors_harness.model.verdict import Status
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.shipped_folders import scenarios_folder

pytestmark = pytest.mark.browser

SERVERS = ("verbatim", "flask-cors", "snippet-*")
CHANGES = frozenset({"date", "content-length", "location"})  # of header values: clocks and ports


def representative(engine: str) -> Plan:
    """A scenario out of the middle of every second file, those that wait for long left out.

    Of the files that Firefox does not have the other engines have one: a context costs the most.
    """
    kept: list[Cell] = []
    files = sorted(scenarios_folder().glob("*.yaml"))
    for file in files[engine != "firefox" :: 2]:
        quick = [s for s in load_scenarios([file]) if not any(step.delay_ms for step in s.steps)]
        selection = Selection(engines=(engine,), servers=SERVERS)
        with contextlib.suppress(NothingSelected):  # a file for deployed servers only
            cells = make_plan(quick, all_servers(), selection).cells
            kept.append(cells[len(cells) // 2])
    return Plan(cells=tuple(kept))


def with_twins(plan: Plan) -> Plan:
    """Every cell twice: in a batch, and alone in a fresh context of the same browser."""
    return Plan(cells=(*plan.cells, *map(twin, plan.cells)))


def twin(cell: Cell) -> Cell:
    """The same cell, alone."""
    scenario = dataclasses.replace(cell.scenario, id=f"{cell.scenario.id}-alone", isolated=True)
    return dataclasses.replace(cell, scenario=scenario)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What must not depend on the neighbours: no ports, no tokens, no times."""

    status: Status
    steps: tuple[Any, ...]
    readable: tuple[Any, ...]
    wire: tuple[Any, ...]


def seen(record: CellRecord) -> Seen:
    return Seen(
        status=record.verdict.status,
        steps=tuple((s.outcome, s.reason and s.reason.code) for s in record.verdict.steps),
        readable=tuple(
            (page.response_type, page.status, page.redirected, tuple(sorted(names(page))))
            for page in record.observations
            if isinstance(page, Fulfilled)
        ),
        wire=tuple((e.step, e.kind, e.role, e.method, e.status) for e in record.exchanges),
    )


def names(observation: Fulfilled) -> list[tuple[str, str]]:
    """The readable headers; of those whose values change only the names."""
    return [
        (name, "" if name in CHANGES else without_port(value))
        for name, value in observation.headers
    ]


def without_port(value: str) -> str:
    return value.rpartition(":")[0] if value.startswith("http://") else value


def test_isolated_cells_see_what_batched_cells_see(engine: str, process_tree: ProcessTree) -> None:
    plan = representative(engine)
    assert len(plan.cells) > 10
    by_cell = {r.cell.id: seen(r) for r in records(list(run(with_twins(plan), RunSettings())))}
    alone = {cell.id: by_cell[twin(cell).id] for cell in plan.cells}
    assert alone == {cell.id: by_cell[cell.id] for cell in plan.cells}
    assert len(by_cell) == 2 * len(plan.cells)
    assert process_tree.survivors() == []

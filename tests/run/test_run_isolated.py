"""Batching changes nothing: each cell alone in a fresh context gives the same."""

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest
from tests.run.batches import records
from tests.run.family import Family

from cors_harness.errors import NothingSelected
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.cell import Cell
from cors_harness.model.observation import Fulfilled
from cors_harness.model.record import CellRecord
from cors_harness.model.verdict import Status
from cors_harness.places import scenarios_folder
from cors_harness.plan import Plan, Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.catalogue import all_servers

pytestmark = pytest.mark.browser

SERVERS = ("verbatim", "flask-cors", "snippet-*")
CHANGES = frozenset({"date", "content-length", "location"})  # of header values: clocks and ports


def representative(engine: str) -> Plan:
    """A scenario out of the middle of files, those that wait for long left out.

    Of every file in Chromium; of every second one in the others, where a context costs the most.
    """
    kept: list[Cell] = []
    files = sorted(scenarios_folder().glob("*.yaml"))
    for file in files if engine == "chromium" else files[engine == "webkit" :: 2]:
        quick = [s for s in load_scenarios([file]) if not any(step.delay_ms for step in s.steps)]
        selection = Selection(engines=(engine,), servers=SERVERS)
        with contextlib.suppress(NothingSelected):  # a file for deployed servers only
            cells = make_plan(quick, all_servers(), selection).cells
            kept.append(cells[len(cells) // 2])
    return Plan(cells=tuple(kept))


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
            (each.response_type, each.status, each.redirected, tuple(sorted(names(each))))
            for each in record.observations
            if isinstance(each, Fulfilled)
        ),
        wire=tuple((e.step, e.kind, e.at, e.method, e.status) for e in record.exchanges),
    )


def names(observation: Fulfilled) -> list[tuple[str, str]]:
    """The readable headers; of those whose values change only the names."""
    return [
        (name, "" if name in CHANGES else without_port(value))
        for name, value in observation.headers
    ]


def without_port(value: str) -> str:
    return value.rpartition(":")[0] if value.startswith("http://") else value


def seen_both_ways(plan: Plan) -> tuple[dict[str, Seen], dict[str, Seen]]:
    """What each cell sees in a batch and alone, by its id; side by side in one browser."""
    twins = {cell.id: _alone(cell) for cell in plan.cells}
    events = run(Plan(cells=(*plan.cells, *twins.values())), RunSettings())
    found = {record.cell.id: seen(record) for record in records(list(events))}
    return (
        {name: found[name] for name in twins},
        {name: found[twin.id] for name, twin in twins.items()},
    )


def _alone(cell: Cell) -> Cell:
    scenario = dataclasses.replace(cell.scenario, id=f"{cell.scenario.id}-alone", isolated=True)
    return dataclasses.replace(cell, scenario=scenario)


def test_isolated_cells_see_what_batched_cells_see(engine: str, family: Family) -> None:
    plan = representative(engine)
    assert len(plan.cells) > (20 if engine == "chromium" else 10)
    batched, alone = seen_both_ways(plan)
    assert alone == batched
    assert len(batched) == len(plan.cells)
    assert family.gone() == []

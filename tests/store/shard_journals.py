"""Journals of shards, written as runs write them, and what of each can be changed."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from tests.store.record_builders import STARTED, record

from cors_harness.model.cell import CellRecord
from cors_harness.model.events import RunStarted
from cors_harness.model.observation import Rejected
from cors_harness.model.shard import PlanPart, Shard, ShardSize, WholePlan
from cors_harness.store.journal import Journal

WHOLE = WholePlan(cells=6, digest="d1", files=(("put.yaml", "f1"), ("get.yaml", "f2")))
ARGV = ("run", "scenarios", "--shard", "1/3", "--browser", "webkit")


def cell_record(number: int, message: str = "Load failed") -> CellRecord:
    """A cell of the plan, from 0; each has its own scenario."""
    made = record(Rejected(error_name="TypeError", error_message=message))
    scenario = dataclasses.replace(made.cell.scenario, id=f"put-{number}")
    return dataclasses.replace(made, cell=dataclasses.replace(made.cell, scenario=scenario))


def part(index: int, count: int = 3, cells: int = 2, whole: WholePlan = WHOLE) -> PlanPart:
    """A shard of the plan."""
    size = ShardSize(shard=Shard(index=index, count=count), cells=cells)
    return PlanPart(whole=whole, shards=(size,))


def written(
    path: Path,
    plan_part: PlanPart | None,
    records: Iterable[CellRecord],
    started: RunStarted = STARTED,
    argv: tuple[str, ...] = ARGV,
) -> Path:
    """A journal with these cells."""
    journal = Journal(path)
    journal.write_header(argv, started, plan_part)
    for each in records:
        journal.write(each)
    journal.close()
    return path


def shard(folder: Path, index: int) -> Path:
    """The journal of a third of the plan: cells 0 and 1, 2 and 3, 4 and 5."""
    cells = map(cell_record, (2 * index - 2, 2 * index - 1))
    return written(folder / f"{index}.jsonl", part(index), cells)

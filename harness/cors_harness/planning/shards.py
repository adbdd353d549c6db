"""Shards: a plan in parts of equal cost, the same parts wherever and however often it is made.

What a part costs is estimated from the scenarios, never measured, and counts what every part with
it has to do once more: start an engine or a deployed server, open a page.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from cors_harness.errors import UsageError
from cors_harness.model.cell import Cell, Skip
from cors_harness.model.server import is_deployed
from cors_harness.model.shard import PlanPart, Shard, ShardSize, WholePlan
from cors_harness.planning.pages import page_key
from cors_harness.planning.plan import Plan

PlanEntry = Cell | Skip

# Milliseconds, as they were measured on two cores; only what they are to each other counts.
ENGINE_MS = 2000
DEPLOYED_MS = 1000  # nginx and its like, with the app behind it
PAGE_MS = 300
STEP_MS = 10
ALONE_MS = 500  # a cell in a context of its own
WAITING_AT_ONCE = 8  # cells of a page that wait out a delay while others run

PIECES = 8  # of a shard, that a page with very many cells is cut into
_SHARD = re.compile(r"([0-9]{1,4})/([0-9]{1,4})")


def parse_shard(text: str, option: str) -> Shard:
    """The shard that `2/5` names; raises UsageError, in the name of `option`."""
    match = _SHARD.fullmatch(text)
    index, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= index <= count:
        hint = f"the second of five parts: {option} 2/5"
        expected = "INDEX/COUNT, the index from 1 to a count below 10000"
        raise UsageError(f"{option}: found {text!r}; expected {expected}\n  {hint}")
    return Shard(index=index, count=count)


def sharded(plan: Plan, shard: Shard | None, whole: WholePlan) -> Plan:
    """The part of a plan that `shard` is; it says how much there is. None: all of it."""
    if shard is None:
        return replace(plan, part=PlanPart(whole=whole))
    entries: tuple[PlanEntry, ...] = (*plan.cells, *plan.skips)
    here = {id(entry) for entry in divided(entries, shard.count)[shard.index - 1]}
    return replace(
        plan,
        cells=tuple(cell for cell in plan.cells if id(cell) in here),
        skips=tuple(skip for skip in plan.skips if id(skip) in here),
        part=PlanPart(whole=whole, shards=(ShardSize(shard=shard, cells=len(here)),)),
        elsewhere=tuple(_cell(entry) for entry in entries if id(entry) not in here),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShardPiece:
    """Cells that stay together.

    Attributes:
        cost_ms: of its cells alone.
        setups: (what, milliseconds) that a shard with it needs, once for all its pieces.
        name: sorts pieces of equal cost.
    """

    entries: Sequence[PlanEntry]
    cost_ms: float
    setups: frozenset[tuple[str, int]]
    name: tuple[str, ...]


@dataclass(slots=True)
class _FilledShard:
    """A shard, as far as it is filled."""

    entries: list[PlanEntry] = field(default_factory=list)
    cost_ms: float = 0
    setups: set[tuple[str, int]] = field(default_factory=set)

    def with_piece(self, piece: _ShardPiece) -> float:
        """What it would cost with a piece more."""
        return self.cost_ms + piece.cost_ms + sum(ms for _, ms in piece.setups - self.setups)

    def add(self, piece: _ShardPiece) -> None:
        self.cost_ms = self.with_piece(piece)
        self.setups |= piece.setups
        self.entries += piece.entries


def divided(entries: Sequence[PlanEntry], count: int) -> tuple[Sequence[PlanEntry], ...]:
    """All entries in `count` parts, some perhaps empty; in no order.

    The costliest pieces come first, each to the part that is cheapest with it.
    """
    parts = [_FilledShard() for _ in range(count)]
    for piece in sorted(_pieces(entries, count), key=lambda each: (-each.cost_ms, each.name)):
        costs = [part.with_piece(piece) for part in parts]
        parts[costs.index(min(costs))].add(piece)
    return tuple(part.entries for part in parts)


def _pieces(entries: Sequence[PlanEntry], count: int) -> Iterator[_ShardPiece]:
    limit_ms = max(sum(map(cost_ms, entries)) / count / PIECES, PAGE_MS / 2)
    together: defaultdict[tuple[str, ...], list[PlanEntry]] = defaultdict(list)
    for entry in entries:
        together[_place(_cell(entry))].append(entry)
    for place, of_place in together.items():
        yield from _cut(place, sorted(of_place, key=_name), limit_ms)


def _cut(
    place: tuple[str, ...], entries: Sequence[PlanEntry], limit_ms: float
) -> Iterator[_ShardPiece]:
    """Pieces of a place, about equal ones and none much above the limit."""
    costs = list(map(cost_ms, entries))
    share_ms = sum(costs) / max(1, math.ceil(sum(costs) / limit_ms))
    begin, cost = 0, 0.0
    for end, more in enumerate(costs, 1):
        cost += more
        if end == len(costs) or cost + costs[end] / 2 > share_ms > 0:
            yield _ShardPiece(
                entries=entries[begin:end],
                cost_ms=cost,
                setups=frozenset(_setups(place)) if cost else frozenset(),
                name=(*place, *_name(entries[begin])),
            )
            begin, cost = end, 0.0


def _place(cell: Cell) -> tuple[str, ...]:
    """What cells of one piece have in common: engine, page, deployed server, whether alone."""
    server = cell.server if is_deployed(cell.server) else ""
    alone = cell.id if cell.scenario.isolated else ""
    return cell.engine, repr(page_key(cell)), server, alone


def _setups(place: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    engine, page, server, alone = place
    yield f"engine {engine}", ENGINE_MS
    if server:
        yield f"server {server}", DEPLOYED_MS
    if not alone:
        yield f"page {page} in {engine}", PAGE_MS


def cost_ms(entry: PlanEntry) -> float:
    """What an entry costs once its engine, its server and its page are there.

    A skipped one costs nothing, unless it may run where more servers are installed: parts must not
    depend on the machine.
    """
    if isinstance(entry, Skip) and not entry.is_missing:
        return 0
    scenario = _cell(entry).scenario
    delays = sum(step.delay_ms for step in scenario.steps)
    if scenario.isolated:
        return ALONE_MS + delays
    return STEP_MS * len(scenario.steps) + delays / WAITING_AT_ONCE


def _cell(entry: PlanEntry) -> Cell:
    return entry.cell if isinstance(entry, Skip) else entry


def _name(entry: PlanEntry) -> tuple[str, ...]:
    """Sorts entries; the folder, which is another on every machine, only where all else is same."""
    cell = _cell(entry)
    return cell.id, PurePath(cell.scenario.source.file).name, cell.node_id


def cells_in(entries: Iterable[PlanEntry]) -> Iterator[Cell]:
    """The cells of entries, skipped ones too."""
    return map(_cell, entries)

"""Shard: a part of a plan that one of several machines runs; and what a journal says of its plan.

Everything here is the same on every machine that has the same scenarios and options, whatever
browsers and servers are installed there.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One of the parts of a plan.

    Attributes:
        index: which, from 1.
        count: how many parts there are.
    """

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardSize:
    """A shard, and how many cells it has, skipped ones counted."""

    shard: Shard
    cells: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePlan:
    """What tells one plan from another.

    Attributes:
        cells: how many it has, skipped ones counted.
        digest: of the names of all cells, of what their scenarios say, and of options by which
            cells come to other results. Scenarios may move within a file.
        files: (name, digest) of the scenario files, without their folders; sorted.
    """

    cells: int
    digest: str
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPart:
    """Which part of a plan a run has.

    Attributes:
        whole: all of the plan.
        shards: those that the run has; empty: it has the whole plan.
    """

    whole: WholePlan
    shards: tuple[ShardSize, ...] = ()

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return sum(size.cells for size in self.shards) if self.shards else self.whole.cells

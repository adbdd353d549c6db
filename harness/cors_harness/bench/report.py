"""BenchReport: what `bench` measured, as numbers and as the document of `bench --json`."""

from dataclasses import asdict, dataclass
from typing import Any

from cors_harness.bench.processes_used import CpuSeconds
from cors_harness.bench.small_app import SmallRun


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRates:
    """The rates of one engine by one driver, in cells a second.

    Attributes:
        driver: as a record names it.
        cells: how many calls were made in each way but the last.
        raw_per_s: a bare fetch loop in one page, straight at the servers, nothing recorded.
        batch_per_s: the harness' batches of the same calls, recorded, joined and judged.
        gated_per_s: the same batches between real origins: through the gate, TLS and HTTP/2.
        many_pages_per_s: those on the verbatim server from pages of twenty origins.
        isolated_per_s: one fresh browser context for each call, one after the other.
        cpu: what the batches took; None: it cannot be told on this platform.
    """

    name: str
    driver: str
    cells: int
    raw_per_s: float
    batch_per_s: float
    gated_per_s: float
    many_pages_per_s: float
    isolated_per_s: float
    cpu: CpuSeconds | None = None

    def to_json(self) -> dict[str, Any]:
        """Its object in the document."""
        return {**asdict(self), "cpu": self.cpu and self.cpu.to_json()}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPart:
    """One of ten equal parts of a run.

    Attributes:
        cells: how many have finished at its end, since the run began.
        cells_per_s: of this part alone.
        ours_ms: CPU time of the harness and its wire for a cell of this part, in milliseconds;
            None: it cannot be told on this platform.
        rss_mb: the memory of the harness' own process at its end, in 10^6 bytes.
    """

    cells: int
    cells_per_s: float
    ours_ms: float | None
    rss_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """A run of all engines at once, with a journal and a report like any other.

    Attributes:
        cells: how many ran, over all engines.
        wall_s: seconds that took, from the engines being up to the last verdict.
        cpu: what it took in that time; None: it cannot be told on this platform.
        parts: ten equal ones, or as many as there are cells.
    """

    cells: int
    wall_s: float
    cpu: CpuSeconds | None
    parts: tuple[RunPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReport:
    """What `cors-harness bench` measured: each engine by itself, then all of them side by side.

    Attributes:
        engines: a row for each driver of each engine, the one that runs use first.
        small_app: what a user waits for.
        peak_rss_mb: the most memory that the harness' own process ever had, in 10^6 bytes.
        left_out: why a driver of an engine was not measured, a sentence each.
    """

    engines: tuple[EngineRates, ...]
    run: SideBySide
    small_app: SmallRun
    peak_rss_mb: float
    left_out: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The document that `bench --json` prints."""
        cpu = self.run.cpu
        return {
            "engines": [rates.to_json() for rates in self.engines],
            "left_out": list(self.left_out),
            "cells": self.run.cells,
            "wall_s": self.run.wall_s,
            "cpu": cpu and cpu.to_json(),
            "parts": [asdict(part) for part in self.run.parts],
            "peak_rss_mb": self.peak_rss_mb,
            "small_app": asdict(self.small_app),
        }

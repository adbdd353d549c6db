"""RunMeter: how a run goes on, in ten equal parts: cells a second, CPU time and memory."""

import time
from collections.abc import Callable

from cors_harness.bench.processes_used import cpu_so_far, rss_mb, since
from cors_harness.bench.report import RunPart, SideBySide
from cors_harness.model.events import CellFinished, Event, RunStarted

PARTS = 10


Hear = Callable[[Event], None]


class RunMeter:
    """Hears a run in the thread in which that is, while engines and servers are up."""

    def __init__(self, cells: int) -> None:
        """Begins now, and anew when a run says that it begins; `cells`: how many that has."""
        self._ends = [cells * number // PARTS for number in range(1, PARTS + 1)]
        self._finished = self._cells_before = 0
        self._parts: list[RunPart] = []
        self._begin()

    def _begin(self) -> None:
        self._began_s = self._part_began_s = time.monotonic()
        self._cpu_before = self._part_cpu_before = cpu_so_far()

    def hear(self, event: Event) -> None:
        """Takes note of one event, at the time when it happens."""
        match event:
            case RunStarted():
                self._begin()
            case CellFinished():
                self._finished += 1
                if self._finished in self._ends:
                    self._end_part()
            case _:
                pass

    def result(self) -> SideBySide:
        """What the run took, up to its last cell."""
        return SideBySide(
            cells=self._finished,
            wall_s=round(self._part_began_s - self._began_s, 2),
            cpu=since(self._part_cpu_before, self._cpu_before),
            parts=tuple(self._parts),
        )

    def _end_part(self) -> None:
        now_s, cpu, cells = time.monotonic(), cpu_so_far(), self._finished - self._cells_before
        spent = since(cpu, self._part_cpu_before)
        self._parts.append(
            RunPart(
                cells=self._finished,
                cells_per_s=round(cells / (now_s - self._part_began_s), 1),
                ours_ms=None if spent is None else round(spent.ours * 1000 / cells, 3),
                rss_mb=rss_mb(),
            )
        )
        self._part_began_s, self._part_cpu_before, self._cells_before = now_s, cpu, self._finished

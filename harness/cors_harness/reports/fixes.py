"""Fixes: the advice of a whole run; each is shown once, then named, and counted at the end."""

from collections.abc import Iterator
from dataclasses import dataclass

from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord
from cors_harness.reports.base import Line
from cors_harness.reports.summary import counted
from cors_harness.reports.transcript import advice_lines


@dataclass(slots=True)
class _Fix:
    """An advice: the cell that it was first given for, whether all of it was shown, how often."""

    cell: str
    is_shown: bool
    count: int = 0


class Fixes:
    """Every advice that a run has given so far, with how often and where it was shown."""

    def __init__(self) -> None:
        self._by_advice: dict[Advice, _Fix] = {}

    def add(self, record: CellRecord, *, shown: bool) -> str:
        """The cell whose transcript has the same advice whole; empty where this one's does.

        `shown`: whether this cell has a whole transcript.
        """
        if record.advice is None:
            return ""
        fix = self._by_advice.setdefault(record.advice, _Fix(cell=record.cell.id, is_shown=shown))
        fix.count += 1
        return fix.cell if fix.count > 1 and fix.is_shown else ""

    def lines(self) -> Iterator[Line]:
        """Those that mend several cells, the commonest first, and those that were not shown yet."""
        fixes = sorted(self._by_advice.items(), key=lambda pair: -pair[1].count)
        for advice, fix in fixes:
            if fix.count > 1 or not fix.is_shown:
                yield ((f"fix for {counted(fix.count, 'cell')}: {advice.wrong}", "bold"),)
                yield from _fix_lines(advice, fix)
                yield ()


def _fix_lines(advice: Advice, fix: _Fix) -> Iterator[Line]:
    if fix.is_shown:
        yield ((f"  shown at {fix.cell}", ""),)
    else:
        yield from (((line, ""),) for line in advice_lines(advice)[1:])

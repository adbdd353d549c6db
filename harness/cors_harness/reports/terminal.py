"""TerminalReport: the table of results, a transcript of every surprise, fixes, the summary."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from cors_harness.judge.unproven import UnprovenSteps
from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord, recorded
from cors_harness.model.events import (
    CellFinished,
    ConnectionsRefused,
    Event,
    RunFinished,
    RunStarted,
    ServerOutput,
    StrayExchanges,
)
from cors_harness.model.server import is_deployed
from cors_harness.model.verdict import Status
from cors_harness.reports import summary
from cors_harness.reports.base import Line
from cors_harness.reports.deployment_differences import compared_apps, differences, table
from cors_harness.reports.left_behind import LeftBehind
from cors_harness.reports.result_table import result_table
from cors_harness.reports.styled_text import show
from cors_harness.reports.tally import Tally
from cors_harness.reports.transcript import advice_lines, transcript
from cors_harness.reports.unproven_text import unproven_lines

# A wrong configuration fails in dozens of cells, a broken one in thousands: nobody reads more
# than this, and each costs memory. The rest are named, with the command that shows them.
WHOLE_TRANSCRIPTS = 100

Transcript = tuple[Status, tuple[str, ...]]


class TerminalReport:
    """A Listener that collects a run and prints it at the end.

    Attributes:
        tally: what has finished so far.
        unproven: what of that was decided by an error.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        whole_transcripts: int = WHOLE_TRANSCRIPTS,
        mistakes: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        is_shared: bool = False,
    ) -> None:
        """What to print.

        Args:
            quiet: only what is unexpected, and the summary.
            whole_transcripts: how many surprises get one; later ones are only named.
            mistakes: what deployments do wrong, by name.
            options: of the command line, without which a cell would not be the same again.
            is_shared: whether engines meet in the user's server what others have left there.
        """
        self.tally = Tally()
        self.unproven = UnprovenSteps()
        self._left_behind = LeftBehind() if is_shared else None
        self._mistakes, self._options = mistakes or {}, options
        self._compared: list[CellRecord] = []
        self._apps: frozenset[str] = frozenset()  # those that run deployed as well
        self._quiet, self._whole_transcripts = quiet, whole_transcripts
        self._transcripts: list[Transcript] = []
        self._started: RunStarted | None = None
        self._finished: RunFinished | None = None
        self._output = ServerOutput()
        self._fixes = Fixes()
        self._strays: list[StrayExchanges] = []
        self._refused: list[ConnectionsRefused] = []

    def on_event(self, event: Event) -> None:
        """Adds one event to the report."""
        match event:
            case RunStarted():
                self._started = event
                self._apps = compared_apps(server.name for server in event.servers)
            case CellFinished():
                self._on_cell(event.record)
            case StrayExchanges():
                self._strays.append(event)
            case ConnectionsRefused():
                self._refused.append(event)
            case ServerOutput():
                self._output = event
            case RunFinished():
                self._finished = event
            case _:
                pass  # a lost engine is told while it happens, by the progress

    def _on_cell(self, record: CellRecord) -> None:
        row = self.tally.add(record)
        self.unproven.add(recorded(record))
        if self._left_behind is not None:
            self._left_behind.add(recorded(record))
        if is_deployed(record.cell.server) or record.cell.server in self._apps:
            self._compared.append(record)
        if row.status in {Status.UNEXPECTED, Status.ERROR}:
            is_whole = len(self._transcripts) < self._whole_transcripts
            same_fix = self._fixes.add(record, shown=is_whole)
            lines = transcript(recorded(record), self._options, same_fix=same_fix)
            self._transcripts.append((row.status, lines if is_whole else (lines[0], lines[-1])))

    def render(self, console: Console, journal: Path) -> None:
        """Prints the report; also of a run that was cut short."""
        if not self._quiet:
            show(console, result_table(self.tally.rows, self._engines(), console.width))
        show(console, self._surprises())
        show(console, self._fixes.lines())
        if not self._quiet:
            show(console, self._deployed(console.width))
            show(console, summary.known(self.tally))
            show(console, summary.skipped(self.tally))
        show(console, self._summary(journal))

    def _deployed(self, width: int) -> Iterator[Line]:
        """Where deployed servers give another result than their apps alone."""
        if different := differences(self._compared):
            yield (("otherwise than the app alone", "bold underline"),)
            yield ()
            yield from table(different, width, self._mistakes)

    def _engines(self) -> list[str]:
        started = self._started.engines if self._started else ()
        names = [*(engine.name for engine in started), *(row.engine for row in self.tally.rows)]
        return list(dict.fromkeys(names))

    def _surprises(self) -> Iterator[Line]:
        for status, lines in self._transcripts:
            yield ((lines[0], "bold red" if status is Status.UNEXPECTED else "bold magenta"),)
            yield from (((line, ""),) for line in lines[1:])
            yield ()

    def _summary(self, journal: Path) -> Iterator[Line]:
        yield from unproven_lines(self.unproven.found(), is_all=self.unproven.is_all)
        yield from self._left_behind.lines() if self._left_behind is not None else ()
        for event in self._strays:
            yield from summary.strays(event)
        for refused in self._refused:
            yield from summary.refused(refused)
        if self._started:
            yield from summary.versions(self._started)
        yield summary.journal_place(journal)
        yield from summary.output_place(self._output)
        if self._finished:
            yield summary.speed(self._finished)
        yield summary.counts(self.tally)


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
                yield ((f"fix for {summary.counted(fix.count, 'cell')}: {advice.wrong}", "bold"),)
                yield from _fix_lines(advice, fix)
                yield ()


def _fix_lines(advice: Advice, fix: _Fix) -> Iterator[Line]:
    if fix.is_shown:
        yield ((f"  shown at {fix.cell}", ""),)
    else:
        yield from (((line, ""),) for line in advice_lines(advice)[1:])

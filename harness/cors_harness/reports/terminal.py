"""TerminalReport: the table of results, a transcript of every kind of surprise, the summary."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from cors_harness.judge.unproven import UnprovenSteps
from cors_harness.model.cell import CellRecord, recorded
from cors_harness.model.events import (
    CellFinished,
    ConnectionsRefused,
    Event,
    RunAdvised,
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
from cors_harness.reports.surprises import Surprises
from cors_harness.reports.tally import Tally
from cors_harness.reports.unproven_text import unproven_lines

# A wrong configuration fails in dozens of cells, a broken one in thousands: nobody reads more
# than this, and each costs memory. The rest are named, with the command that shows them.
WHOLE_TRANSCRIPTS = 100


class TerminalReport:
    """A Listener that collects a run and prints it at the end.

    Attributes:
        tally: what has finished so far.
        unproven: what of that was decided by an error.
        hints: sentences on what fails no cell.
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
        self._mistakes = mistakes or {}
        self._compared: list[CellRecord] = []
        self._apps: frozenset[str] = frozenset()  # those that run deployed as well
        self._quiet = quiet
        self._surprises = Surprises(whole_transcripts, options)
        self._started: RunStarted | None = None
        self._finished: RunFinished | None = None
        self.hints: tuple[str, ...] = ()
        self._output = ServerOutput()
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
            case RunAdvised():
                self._surprises.advise(dict(event.advice))
                self.hints = event.hints
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
            self._surprises.add(record)

    def render(self, console: Console, journal: Path) -> None:
        """Prints the report; also of a run that was cut short."""
        if not self._quiet:
            show(console, result_table(self.tally.rows, self._engines(), console.width))
        show(console, self._surprises.lines())
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

    def _summary(self, journal: Path) -> Iterator[Line]:
        yield from unproven_lines(self.unproven.found(), is_all=self.unproven.is_all)
        yield from summary.hints(self.hints)
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

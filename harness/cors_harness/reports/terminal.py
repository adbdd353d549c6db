"""TerminalReport: what failed, by cause; the table of results where it is short; the summary."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from cors_harness.reports import in_brief, summary
from cors_harness.reports.base import Line
from cors_harness.reports.deployment_differences import compared_apps, differences, table
from cors_harness.reports.left_behind import LeftBehind
from cors_harness.reports.result_table import result_table
from cors_harness.reports.styled_text import show
from cors_harness.reports.surprises import Surprises, blocks, transcripts
from cors_harness.reports.tally import Tally
from cors_harness.reports.unproven_text import unproven_lines
from cors_harness.store.journal import Journal

MATRIX_ROWS = 20  # more are shown only where somebody asks for them


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """How much a report tells.

    Attributes:
        quiet: only what is unexpected, and the summary.
        verbose: every transcript, every reason, every version.
        matrix: the table of results, however long it is.
    """

    quiet: bool = False
    verbose: bool = False
    matrix: bool = False


BRIEF = Detail()


class TerminalReport:
    """A Listener that collects a run and prints it at the end.

    Attributes:
        tally: what has finished so far.
        unproven: what of that was decided by an error.
        hints: sentences on what fails no cell.
    """

    def __init__(
        self,
        detail: Detail = BRIEF,
        *,
        mistakes: Mapping[str, str] | None = None,
        options: Sequence[str] = (),
        again: Sequence[str] = ("cors-harness", "run"),
        is_shared: bool = False,
    ) -> None:
        """What to print.

        Args:
            detail: how much.
            mistakes: what deployments do wrong, by name.
            options: of the command line, without which a cell would not be the same again.
            again: the command that gives all of the run again, once it is told of the journal.
            is_shared: whether engines meet in the user's server what others have left there.
        """
        self.tally = Tally()
        self.unproven = UnprovenSteps()
        self._left_behind = LeftBehind() if is_shared else None
        self._mistakes = mistakes or {}
        self._compared: list[CellRecord] = []
        self._apps: frozenset[str] = frozenset()  # those that run deployed as well
        self._detail = detail
        self._again = again
        self._surprises = Surprises(options)
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
            self._surprises.add(recorded(record), row.variant)

    def render(self, console: Console, journal: Journal) -> None:
        """Prints the report; `journal` has the cells of the run."""
        width, detail = console.width, self._detail
        causes = self._surprises.causes()
        has_matrix = self._has_matrix(len(causes))
        if has_matrix:
            show(console, result_table(self.tally.rows, self._engines(), width))
        if detail.verbose:
            show(console, transcripts(causes, journal.cell, self._surprises.options, width))
        else:
            show(console, blocks(causes, journal.cell, self._surprises.options, width))
        if not detail.quiet:
            show(console, self._left_out(width))
        show(console, self._warnings(width))
        if detail.verbose:
            show(console, summary.versions(self._started) if self._started else ())
        show(console, self._end(journal.path, width, has_matrix=has_matrix))

    def _has_matrix(self, causes: int) -> bool:
        """Whether the table is shown: with more than one cause it would push them off a screen."""
        if self._detail.matrix:
            return True
        is_short = len({row.order for row in self.tally.rows}) <= MATRIX_ROWS
        return is_short and causes <= 1 and not self._detail.quiet

    def _left_out(self, width: int) -> Iterator[Line]:
        different = differences(self._compared)
        if not self._detail.verbose:
            yield from in_brief.files(self.tally, width)
            yield from in_brief.left_out(self.tally, width)
            yield from in_brief.deployed(different, width)
            return
        yield from in_brief.files(self.tally, width, whole=True)
        if different:
            yield (("otherwise than the app alone", "bold underline"),)
            yield ()
            yield from table(different, width, self._mistakes)
        yield from summary.known(self.tally)
        yield from summary.skipped(self.tally)

    def _engines(self) -> list[str]:
        started = self._started.engines if self._started else ()
        names = [*(engine.name for engine in started), *(row.engine for row in self.tally.rows)]
        return list(dict.fromkeys(names))

    def _warnings(self, width: int) -> Iterator[Line]:
        """What fails no cell, and should not be overlooked."""
        verbose, unproven = self._detail.verbose, self.unproven
        yield from unproven_lines(
            unproven.found(), is_all=unproven.is_all, whole=verbose, width=width
        )
        yield from self._left_behind.lines(width) if self._left_behind is not None else ()
        yield from in_brief.hints(self.hints, width)
        if verbose:
            yield from (line for event in self._strays for line in summary.strays(event))
            yield from (line for event in self._refused for line in summary.refused(event))
        else:
            yield from in_brief.strays(self._strays, width)
            yield from in_brief.refused(self._refused, width)

    def _end(self, journal: Path, width: int, *, has_matrix: bool) -> Iterator[Line]:
        if self._detail.quiet or self._detail.verbose:
            yield summary.journal_place(journal)
        else:
            yield from in_brief.ran(self.tally, self._engines(), self._finished)
            yield from in_brief.more(self._again, journal, width, is_matrix_shown=has_matrix)
        yield from summary.output_place(self._output)
        if self._detail.verbose and self._finished:
            yield summary.speed(self._finished)
        yield summary.counts(self.tally)

"""ProgressReport: how far a run is, on stderr; a bar on a terminal, a few plain lines elsewhere."""

import math
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Column

from cors_harness.model.events import (
    CellFinished,
    EngineLost,
    Event,
    FewerSessions,
    RunStarted,
    ServerLost,
    StillStarting,
)
from cors_harness.model.verdict import Status, Verdict
from cors_harness.reports.summary import counted, losses_text
from cors_harness.text.printable import printable

LEAST_S = 2  # a rate of less time says nothing
FAST = 10  # cells a second that need no fraction
MINUTE = 60
QUARTERS = 4  # plain lines a run, so that a CI log stays short


class ProgressReport:
    """A Listener that shows how far a run is; a context manager."""

    def __init__(
        self,
        console: Console,
        *,
        judged: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is shown before the first event.

        Args:
            console: where it is shown.
            judged: whether what scenarios expect is asked for; otherwise only cells without a
                result count.
            clock: seconds.
        """
        self._console = console
        self._judged = judged
        self._word = "unexpected" if judged else "without a result"
        self._bar = Progress(
            TextColumn("{task.description}", table_column=Column(no_wrap=True)),
            BarColumn(bar_width=None, table_column=Column(ratio=1)),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}", table_column=Column(no_wrap=True)),
            expand=True,
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("starting", total=None, pace="")
        self._clock, self._began = clock, clock()
        self._cells = self._done = self._surprises = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def on_event(self, event: Event) -> None:
        """Shows one event."""
        match event:
            case RunStarted():
                self._start(event)
            case StillStarting():
                self._console.print(printable(event.sentence()), soft_wrap=True)
            case CellFinished():
                self._advance(event.record.verdict)
            case EngineLost() | ServerLost() | FewerSessions():
                self._console.print(_lines(losses_text(event)), soft_wrap=True)
            case _:
                pass

    def _start(self, event: RunStarted) -> None:
        self._cells, self._began = event.cells, self._clock()
        if event.advertised:
            self._console.print(f"warning: {event.advertised.sentence()}", soft_wrap=True)
        names = ", ".join(engine.name for engine in event.engines)
        self._bar.update(self._task, total=event.cells, description="running")
        if not self._console.is_terminal:
            on_engines = f" on {names}" if names else ""  # none where all cells are skipped
            self._console.print(
                f"running {counted(event.cells, 'cell')}{on_engines}", soft_wrap=True
            )

    def _advance(self, verdict: Verdict) -> None:
        self._done += 1
        is_off = self._judged and verdict.status is Status.UNEXPECTED
        self._surprises += is_off or verdict.no_result or verdict.status is Status.ERROR
        label = f"running, {self._surprises} {self._word}" if self._surprises else "running"
        pace = self._pace()
        self._bar.update(self._task, advance=1, description=label, pace=pace)
        if not self._console.is_terminal and self._is_quarter():
            line = f"{self._done} of {self._cells} cells, {label}"
            self._console.print(f"{line}, {pace}" if pace else line, soft_wrap=True)

    def _pace(self) -> str:
        """`21 cells/s, 1:05 left`; empty as long as nothing is to be said."""
        took = self._clock() - self._began
        if took < LEAST_S or self._done >= self._cells:
            return ""
        rate = self._done / took
        shown = f"{rate:,.0f}" if rate >= FAST else f"{rate:.1f}"
        minutes, seconds = divmod(math.ceil((self._cells - self._done) / rate), MINUTE)
        return f"{shown} cells/s, {minutes}:{seconds:02} left"

    def _is_quarter(self) -> bool:
        step = math.ceil(self._cells / QUARTERS)
        return self._cells >= QUARTERS and self._done % step == 0 and self._done < self._cells


def _lines(text: str) -> str:
    return "\n".join(map(printable, text.splitlines()))

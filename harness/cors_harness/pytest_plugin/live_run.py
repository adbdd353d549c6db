"""LiveRun: what runs behind the cell items of a session, started by the first that needs it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cors_harness.errors import HarnessError
from cors_harness.judge.unproven import UnprovenSteps
from cors_harness.model.cell import recorded
from cors_harness.model.events import (
    CellFinished,
    EngineVersion,
    Event,
    RunAdvised,
    RunStarted,
    StillStarting,
)
from cors_harness.planning.plan import Plan
from cors_harness.pytest_plugin import options
from cors_harness.store.journal import Journal, output_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cors_harness.model.advertised import Advertised
    from cors_harness.model.cell import Cell, CellRecord, Skip
    from cors_harness.run.settings import RunSettings
    from cors_harness.settings.invocation import Invocation

LIVE_RUN: pytest.StashKey[LiveRun] = pytest.StashKey()


class LiveRun:
    """Runs the selected cells of the session once and keeps their records until they are asked for.

    Attributes:
        plan: all that the session has selected, and which part of what that is.
        engines: what gave the answers.
        advertised: what was open for browsers on other machines, by run.
        notes: events that are about no single cell.
        trouble: what ended a run early.
        unproven: what an error decided of the cells.
        journal: the file that the records are in; None: there is none.
    """

    def __init__(
        self, invocation: Invocation, tell: Callable[[str], None], *, in_worker: bool
    ) -> None:
        """Starts nothing yet.

        Args:
            invocation: how cells are run, and where their records are kept.
            tell: called with a line for whoever waits.
            in_worker: whether this process is one of xdist's workers.
        """
        self._invocation, self._tell, self._in_worker = invocation, tell, in_worker
        self._runs: dict[str, _StartedRun] = {}
        self._journal: Journal | None = None
        self._has_header = False
        self.plan = Plan(cells=())
        self.engines: list[EngineVersion] = []
        self.advertised: list[Advertised] = []
        self.notes: list[Event] = []
        self.trouble: HarnessError | None = None
        self.unproven = UnprovenSteps()
        self.journal: Path | None = None

    def record(self, cell: Cell, selected: Callable[[], Iterable[Cell]]) -> CellRecord:
        """The record of a cell; runs what is needed.

        Args:
            cell: one of those selected.
            selected: gives every cell that the session may ask for; called when a run begins.

        Raises:
            HarnessError: what ended the run, in a worker of xdist.
            pytest.exit.Exception: the same without xdist: no other cell would fare better.
        """
        try:
            return self._record(cell, selected)
        except HarnessError as error:
            self.trouble = error
            if not self._in_worker:
                pytest.exit(str(error), returncode=options.exit_status(error))
            raise

    def close(self) -> None:
        """Ends everything, wherever it is; idempotent, raises nothing."""
        runs, self._runs = self._runs, {}
        for run in runs.values():
            try:
                run.close()
            except HarnessError as error:
                self.trouble = error
        if self._journal is not None:
            self._journal.close()

    def _record(self, cell: Cell, selected: Callable[[], Iterable[Cell]]) -> CellRecord:
        # A run of its own for every engine in a worker: however the user distributes the cells,
        # no engine starts that the worker is not asked for. Those that take turns need one run.
        is_by_engine = self._in_worker and not self._invocation.target.takes_turns
        key = cell.engine if is_by_engine else ""
        if key not in self._runs:
            cells = (other for other in selected() if key in {"", other.engine})
            skips = (skip for skip in self.plan.skips if key in {"", skip.cell.engine})
            self._runs[key] = self._begin(cells, skips)
        run = self._runs[key]
        if run.has_unread(cell):
            return run.record(cell)
        with closing(self._begin([cell])) as second_run:  # the test is run once more
            return second_run.record(cell)

    def _begin(self, cells: Iterable[Cell], skips: Iterable[Skip] = ()) -> _StartedRun:
        path = self._invocation.options.journal
        if path is not None and self._journal is None:
            self._journal = Journal(path)
        settings = options.run_settings(self._invocation)
        if path is not None and not self._runs:  # one file, for the first run
            settings = replace(settings, output_file=output_place(path))
        kept = () if path is None else tuple(skips)  # they have no item that asks for a record
        return _StartedRun(Plan(cells=tuple(cells), skips=kept), settings, self._on_event)

    def _on_event(self, event: Event) -> None:
        match event:
            case StillStarting():
                self._tell(event.sentence())
            case RunStarted():
                self._on_start(event)
            case CellFinished(record=record):
                self.unproven.add(recorded(record))
                if self._journal is not None:
                    self._journal.write(record)
            case RunAdvised(advice=advice):
                if self._journal is not None and advice:
                    self._journal.revise(dict(advice))
                self.notes.append(event)
            case _:
                self.notes.append(event)

    def _on_start(self, event: RunStarted) -> None:
        if self._journal is not None and not self._has_header:
            options_given = self._invocation.options
            self._journal.write_header(
                options_given.argv,
                event,
                self.plan.part,
                keeps_secrets=options_given.keep_secrets,
            )
            self._has_header = True
            self.journal = self._journal.path
        self.engines += [engine for engine in event.engines if engine not in self.engines]
        if event.advertised:
            self.advertised.append(event.advertised)


class _StartedRun:
    """One started run; its records wait here until they are asked for."""

    def __init__(
        self, plan: Plan, settings: RunSettings, on_event: Callable[[Event], None]
    ) -> None:
        from cors_harness.run.api import run

        self._events, self._on_event = run(plan, settings), on_event
        self._unread = {cell.node_id for cell in plan.cells}
        self._records: dict[str, CellRecord] = {}
        self._error: HarnessError | None = None

    def has_unread(self, cell: Cell) -> bool:
        """Whether the cell is part of it and nobody has taken its record yet."""
        return cell.node_id in self._unread

    def record(self, cell: Cell) -> CellRecord:
        """The record of a cell; raises the HarnessError that ended the run before it."""
        while cell.node_id not in self._records:
            self._take_event()
        self._unread.remove(cell.node_id)
        return self._records.pop(cell.node_id)

    def close(self) -> None:
        """Ends it; takes what events are left when all records are taken."""
        with closing(self._events):
            if not self._unread and self._error is None:
                for event in self._events:
                    self._on_event(event)

    def _take_event(self) -> None:
        if self._error is None:
            try:
                self._keep(next(self._events))
            except StopIteration:
                self._error = HarnessError("the run ended without this cell's record")
            except HarnessError as error:
                self._error = error
        if self._error is not None:
            raise self._error

    def _keep(self, event: Event) -> None:
        if isinstance(event, CellFinished):
            self._records[event.record.cell.node_id] = event.record
        self._on_event(event)

"""LiveRun: the one run behind all cell items of a session, started by the first that needs it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.cell import Cell
from cors_harness.model.events import CellFinished, Event, RunStarted
from cors_harness.model.record import CellRecord
from cors_harness.plan import Plan
from cors_harness.pytest_plugin import options, scheduling
from cors_harness.store.journal import Journal

if TYPE_CHECKING:
    from cors_harness.pytest_plugin.items import CellItem

LIVE: pytest.StashKey[LiveRun] = pytest.StashKey()


class LiveRun:
    """Runs the selected cells of the session once and keeps their records until they are asked for.

    Attributes:
        started: the run's first event, None before.
        notes: sentences about the run that no single cell can tell.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._events: Generator[Event, None, None] | None = None
        self._journal: Journal | None = None
        self._records: dict[str, CellRecord] = {}
        self._planned: set[str] = set()
        self._error: HarnessError | None = None
        self.started: RunStarted | None = None
        self.notes: list[Event] = []

    def record(self, item: CellItem) -> CellRecord:
        """The record of the item's cell; runs what is needed, raises what ended the run."""
        key = item.cell.node_id
        if key not in self._planned and self._error is None:
            self._end_run()
            self._begin(item)
        while key not in self._records:
            if self._error is not None:
                raise self._error
            self._take_event()
        self._planned.discard(key)
        return self._records.pop(key)

    def close(self) -> None:
        """Ends the run, wherever it is; idempotent."""
        self._end_run()
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _end_run(self) -> None:
        events, self._events = self._events, None
        if events is not None:
            events.close()

    def _begin(self, item: CellItem) -> None:
        from cors_harness.run.api import run

        plan = self._plan(item)
        self._planned = {cell.node_id for cell in plan.cells}
        self._events = run(plan, options.run_settings(self._config))
        path = self._config.getoption("cors_journal")
        if path is not None and self._journal is None:
            self._journal = Journal(scheduling.worker_path(self._config, Path(path)))

    def _plan(self, item: CellItem) -> Plan:
        """Every cell that this process is going to be asked for."""
        from cors_harness.pytest_plugin.items import CellItem

        items = (each for each in item.session.items if isinstance(each, CellItem))
        cells: Iterator[Cell] = (each.cell for each in items)
        if scheduling.is_worker(self._config):
            cells = (cell for cell in cells if cell.engine == item.cell.engine)
        return Plan(cells=tuple(cells), skips=())

    def _take_event(self) -> None:
        if self._events is None:
            raise UsageError("the run behind the cells is over")
        try:
            self._keep(next(self._events))
        except StopIteration:
            self._error = HarnessError("the run ended without this cell's record")
        except HarnessError as error:
            self._error = error
            if not scheduling.is_worker(self._config):
                pytest.exit(str(error), returncode=error.exit_status)

    def _keep(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.started = event
                if self._journal is not None:
                    self._journal.write_header(self._config.invocation_params.args, event)
            case CellFinished(record=record):
                self._records[record.cell.node_id] = record
                if self._journal is not None:
                    self._journal.write(record)
            case _:
                self.notes.append(event)

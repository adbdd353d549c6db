"""LiveRounds: runs cells in rounds: all of them first, then those that are wished for again.

What runs is decided anew for each round. A changed file ends the round that runs, and cells that it
has not finished are part of the next one; cells that are wished for run after those that do.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Protocol

from cors_harness.errors import HarnessError
from cors_harness.live.board import LiveBoard
from cors_harness.model.cell import Cell, recorded
from cors_harness.model.events import (
    CellFinished,
    EngineLost,
    Event,
    FewerSessions,
    RunAdvised,
    RunStarted,
    ServerLost,
    ServerOutput,
)
from cors_harness.planning.plan import Plan
from cors_harness.reports.summary import counted
from cors_harness.run.api import SuccessiveRuns
from cors_harness.run.settings import RunSettings
from cors_harness.store.codec import header_to_json
from cors_harness.terms.source_span import SourceSpan

FIRST = "the first run"
NOWHERE = SourceSpan(file="", line=0, column=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRequest:
    """What there is to run, as the scenarios and the settings say now."""

    plan: Plan
    settings: RunSettings
    argv: tuple[str, ...]

    def cells(self) -> dict[str, Cell]:
        """All cells by name, skipped ones too, in the order of the plan."""
        planned = (*self.plan.cells, *(skip.cell for skip in self.plan.skips))
        return {cell.node_id: cell for cell in planned}

    def part(self, names: set[str]) -> Plan:
        """The plan of these cells alone."""
        return replace(
            self.plan,
            cells=tuple(cell for cell in self.plan.cells if cell.node_id in names),
            skips=tuple(skip for skip in self.plan.skips if skip.cell.node_id in names),
        )


@dataclass(slots=True)
class _Wishes:
    """What is to be done next; all wishes since the last round together.

    Attributes:
        cells: names of those to run.
        all: whether every cell is to run.
        anew: whether scenarios and settings are read again.
        why: what changed, each once.
    """

    cells: set[str] = field(default_factory=set)
    all: bool = False
    anew: bool = False
    why: dict[str, None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.all or self.anew or self.cells)


class PlanRunner(Protocol):
    """What runs one plan after the other."""

    def run(self, plan: Plan, settings: RunSettings) -> Generator[Event]:
        """Yields the events of a run; closing it early ends the run."""

    def interrupt(self) -> None:
        """Ends the run that goes on, if any, whatever it waits for; called in any thread."""

    def close(self) -> None:
        """Ends all that is still up; idempotent."""


class StandingBrowsers:
    """A PlanRunner whose browsers stay up, as long as the settings are the same."""

    def __init__(self) -> None:
        self._settings: RunSettings | None = None
        self._runs: SuccessiveRuns | None = None

    def run(self, plan: Plan, settings: RunSettings) -> Generator[Event]:
        """Yields the events of a run; closing it early ends the run, and not the browsers."""
        if self._runs is None or self._settings != settings:
            self.close()
            self._runs, self._settings = SuccessiveRuns(settings), settings
        return self._runs.run(plan)

    def interrupt(self) -> None:
        """Ends the run that goes on, and not the browsers."""
        if (runs := self._runs) is not None:
            runs.interrupt()

    def close(self) -> None:
        """Ends the browsers; idempotent."""
        runs, self._runs = self._runs, None
        if runs is not None:
            runs.close()


class LiveRounds:
    """Runs in the thread that calls `run`; wishes may come from any other."""

    def __init__(
        self,
        ask: Callable[[], LiveRequest],
        board: LiveBoard,
        tell: Callable[[str, str], None],
        runner: PlanRunner | None = None,
    ) -> None:
        """Nothing runs before `run`.

        Args:
            ask: reads scenarios and settings; raises HarnessError where they have mistakes.
            board: gets what came out.
            tell: gets a word and what goes with it, for the terminal.
            runner: what runs plans; None: browsers that stay up.
        """
        self._runner: PlanRunner = runner or StandingBrowsers()
        self._ask, self._board, self._tell = ask, board, tell
        self._wished = threading.Condition()
        self._wishes = _Wishes(all=True, anew=True, why={FIRST: None})
        self._is_outdated = False
        self._error: BaseException | None = None
        self._request: LiveRequest | None = None
        self._cells: dict[str, Cell] = {}
        self._unfinished: set[str] = set()

    def rerun(self, cells: set[str], why: str) -> None:
        """Wishes for cells, by their names; they run when those that run now are over."""
        with self._wished:
            self._wishes.cells |= cells
            self._wishes.why[why] = None
            self._wished.notify()

    def changed(self, why: str, *, everything: bool) -> None:
        """Files have changed: all is read anew, and the round that runs is outdated.

        `everything`: whether every cell runs again; else those whose scenarios are different now.
        """
        with self._wished:
            self._wishes.all |= everything
            self._wishes.anew = self._is_outdated = True
            self._wishes.why[why] = None
            self._wished.notify()
        self._runner.interrupt()

    def end(self, error: BaseException | None) -> None:
        """Has `run` raise `error`, if there is any, instead of waiting for wishes."""
        with self._wished:
            self._error = error
            self._is_outdated = True
            self._wished.notify()
        self._runner.interrupt()

    def run(self) -> None:
        """Runs a round for every wish; ends only by an exception, such as KeyboardInterrupt."""
        with closing(self._runner):
            while True:
                self._round(self._next())

    def _next(self) -> _Wishes:
        with self._wished:
            while not self._wishes and self._error is None:
                self._wished.wait()
            if self._error is not None:
                raise self._error
            wishes, self._wishes = self._wishes, _Wishes()
            self._is_outdated = False
            return wishes

    def _round(self, wishes: _Wishes) -> None:
        why = ", ".join(wishes.why)
        try:
            if wishes.anew or self._request is None:
                self._plan()
            names = set(self._cells) if wishes.all else wishes.cells & set(self._cells)
            self._unfinished |= names
            self._run(why)
        except HarnessError as error:
            self._unfinished |= set(self._cells) if wishes.all else wishes.cells
            self._board.rest(str(error))
            self._tell("trouble", str(error))

    def _plan(self) -> None:
        """Reads all anew; cells that are new, or of another scenario now, are to run."""
        request = self._ask()
        cells = request.cells()
        before = {name: _without_place(cell) for name, cell in self._cells.items()}
        different = {name for name in cells if before.get(name) != _without_place(cells[name])}
        self._unfinished = (self._unfinished & set(cells)) | different
        self._request, self._cells = request, cells
        self._board.planned(cells)

    def _run(self, why: str) -> None:
        request = self._request
        if request is None or not self._unfinished:
            self._board.rest()
            self._tell("nothing", "no cell depends on that")
            return
        plan = request.part(self._unfinished)
        self._board.begin(len(self._unfinished), why)
        self._tell("runs", f"{counted(len(self._unfinished), 'cell')}: {why}")
        if self._listen(self._runner.run(plan, request.settings), request):
            self._tell("done", f"{self._board.rest()}; {self._board.summary()}")

    def _listen(self, events: Generator[Event], request: LiveRequest) -> bool:
        """Takes the events of a round; returns whether it came to its end."""
        has_begun = False
        with closing(events):
            for event in () if self._is_outdated else events:
                has_begun = True
                self._take(event, request)
                if self._is_outdated:
                    return False
        if self._is_outdated and not has_begun:
            self._runner.close()  # servers were just starting, of files as they were before
        return not self._is_outdated

    def _take(self, event: Event, request: LiveRequest) -> None:
        match event:
            case RunStarted():
                self._board.started(header_to_json(request.argv, event, request.plan.part))
            case CellFinished():
                record = recorded(event.record)
                self._unfinished.discard(record.cell)
                self._board.finished(record)
            case RunAdvised():
                self._board.advised(dict(event.advice), event.hints)
            case EngineLost():
                self._tell("lost", f"{event.engine}: {event.detail}")
            case ServerLost():
                self._tell("lost", f"a server: {event.detail}")
            case FewerSessions():
                self._tell("fewer", f"sessions of {event.engine}: {event.why}")
            case ServerOutput(trouble=trouble) if trouble:
                self._tell("warning", trouble)
            case _:
                pass


def _without_place(cell: Cell) -> Cell:
    """The cell, wherever in its file it stands."""
    return replace(cell, scenario=replace(cell.scenario, source=NOWHERE))

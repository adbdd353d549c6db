"""LiveRounds: runs cells in rounds: all of them first, then those that are wished for again.

What runs is decided anew for each round. A changed file ends the round that runs, and cells that it
has not finished are part of the next one; cells that are wished for run after those that do.
"""

import threading
from collections.abc import Callable, Collection, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace

from cors_harness.engines.joined_browser import CLOSED, JoinedBrowser
from cors_harness.errors import EngineFailed, EngineMissing, HarnessError
from cors_harness.live.board import LiveBoard
from cors_harness.live.joining import JoinedBrowsers
from cors_harness.live.plan_runner import PlanRunner, StandingBrowsers
from cors_harness.model.advertised import Advertised, Reach
from cors_harness.model.cell import Cell, recorded, skipped
from cors_harness.model.events import (
    CellFinished,
    EngineLost,
    Event,
    FewerSessions,
    RunAdvised,
    RunStarted,
    ServerLost,
    ServerOutput,
    StillStarting,
)
from cors_harness.planning.plan import Plan
from cors_harness.reports.summary import counted
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

    def parts(
        self, names: set[str], joined: Mapping[str, JoinedBrowser], host: str
    ) -> Iterator["_RoundPart"]:
        """The plans of these cells, each for browsers that run together.

        Args:
            names: of cells.
            joined: browsers that somebody has open, by their columns; each runs by itself.
            host: by which these call this machine; empty: they are on it.
        """
        own = self._plan_of(names, lambda column: column not in joined)
        if own.cells or own.skips:
            yield _RoundPart(column="", plan=own, settings=self.settings)
        for column, browser in joined.items():
            plan = self._plan_of(names, column.__eq__)
            settings = replace(
                self.settings,
                joined={column: browser},
                allow_missing=False,  # one that is away now may be back for the next round
                advertise=host,
                reach={column: Reach.DIRECT} if host else {},
            )
            if plan.cells or plan.skips:
                yield _RoundPart(column=column, plan=plan, settings=settings)

    def _plan_of(self, names: set[str], has_column: Callable[[str], bool]) -> Plan:
        """The plan of those of these cells whose column is meant."""

        def is_meant(cell: Cell) -> bool:
            return cell.node_id in names and has_column(cell.engine)

        return replace(
            self.plan,
            cells=tuple(cell for cell in self.plan.cells if is_meant(cell)),
            skips=tuple(skip for skip in self.plan.skips if is_meant(skip.cell)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _RoundPart:
    """A part of a round: what runs in browsers that start together.

    Attributes:
        column: of the browser that somebody has open; empty: it is for all others.
    """

    column: str
    plan: Plan
    settings: RunSettings


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


class LiveRounds:
    """Runs in the thread that calls `run`; wishes may come from any other."""

    def __init__(
        self,
        ask: Callable[[Collection[str]], LiveRequest],
        board: LiveBoard,
        tell: Callable[[str, str], None],
        joined: JoinedBrowsers,
        runner: PlanRunner | None = None,
        host: str = "",
    ) -> None:
        """Nothing runs before `run`.

        Args:
            ask: reads scenarios and settings, for cells of joined browsers' columns too; raises
                HarnessError where they have mistakes.
            board: gets what came out.
            tell: gets a word and what goes with it, for the terminal.
            joined: browsers that somebody has open.
            runner: what runs plans; None: browsers that stay up.
            host: by which joined browsers call this machine; empty: they are on it.
        """
        self._runner: PlanRunner = runner or StandingBrowsers()
        self._joined, self._host = joined, host
        self._ask, self._board, self._tell = ask, board, tell
        self._wished = threading.Condition()
        self._wishes = _Wishes(all=True, anew=True, why={FIRST: None})
        self._is_outdated = False
        self._error: BaseException | None = None
        self._request: LiveRequest | None = None
        self._cells: dict[str, Cell] = {}
        self._unfinished: set[str] = set()
        self._told_open: Advertised | None = None
        self._left_out: dict[str, str] = {}  # columns of cells whose browser was away, by cell

    def rerun(self, cells: set[str], why: str) -> None:
        """Wishes for cells, by their names; they run when those that run now are over."""
        with self._wished:
            self._wishes.cells |= cells
            self._wishes.why[why] = None
            self._wished.notify()

    def joined(self, column: str) -> None:
        """A browser has joined, or joined anew: all of its cells run."""
        with self._wished:
            self._wishes.anew = True
            self._wishes.cells |= {n for n, cell in self._cells.items() if cell.engine == column}
            self._wishes.why[f"{column} has joined"] = None
            self._wished.notify()

    def returned(self, column: str) -> None:
        """A joined browser is there again: what was left out for want of it runs."""
        with self._wished:
            cells = {name for name, of in self._left_out.items() if of == column}
        if cells:
            self.rerun(cells, f"{column} is there again")

    def removed(self, column: str) -> None:
        """A joined browser was taken away, and its column with it."""
        with self._wished:
            self._wishes.anew = True
            self._wishes.why[f"{column} was removed"] = None
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
        columns = tuple(self._joined.browsers())
        request = self._ask(columns)
        self._tell_who_has_no_cell(request, columns)
        self._runner.close_joined(columns)
        cells = request.cells()
        before = {name: _without_place(cell) for name, cell in self._cells.items()}
        different = {name for name in cells if before.get(name) != _without_place(cells[name])}
        self._unfinished = (self._unfinished & set(cells)) | different
        self._request, self._cells = request, cells
        self._board.planned(cells)

    def _tell_who_has_no_cell(self, request: LiveRequest, columns: Collection[str]) -> None:
        planned = {cell.engine for cell in request.cells().values()}
        for column in columns:
            if column not in planned:
                self._tell("nothing", f"no cell that is selected is for {column}")

    def _run(self, why: str) -> None:
        request = self._request
        if request is None or not self._unfinished:
            self._board.rest()
            self._tell("nothing", "no cell depends on that")
            return
        self._board.begin(len(self._unfinished), why)
        self._tell("runs", f"{counted(len(self._unfinished), 'cell')}: {why}")
        if self._run_parts(request):
            self._tell("done", f"{self._board.rest()}; {self._board.summary()}")

    def _run_parts(self, request: LiveRequest) -> bool:
        """Whether it came to its end; what the browsers of this machine lack is raised then."""
        failed: HarnessError | None = None
        joined = self._joined.browsers()
        for part in tuple(request.parts(self._unfinished, joined, self._host)):
            browser = joined.get(part.column)
            try:
                if browser is not None and not browser.is_there:
                    self._leave_out(part, f"{part.column}: {browser.over or CLOSED}")
                elif not self._listen(self._runner.run(part.plan, part.settings), request):
                    return False
            except (EngineFailed, EngineMissing) as error:
                if browser is None:
                    failed = error
                else:
                    self._leave_out(part, str(error))
        if failed is not None:
            raise failed
        return True

    def _leave_out(self, part: _RoundPart, why: str) -> None:
        """Skips aloud what a joined browser has not run; it runs when it is there again."""
        is_away = not part.settings.joined[part.column].is_there
        for cell in part.plan.cells:
            if cell.node_id in self._unfinished:
                self._unfinished.discard(cell.node_id)
                self._note_left_out(cell.node_id, part.column if is_away else "")
                self._board.finished(recorded(skipped(cell, why)))
        said = why.removeprefix(f"{part.column}: ")
        if is_away:
            self._joined.note_gone(part.column, said)
        self._tell("away" if is_away else "failed", f"{part.column}: {said}")

    def _note_left_out(self, name: str, column: str) -> None:
        with self._wished:
            self._left_out.pop(name, None)
            if column:
                self._left_out[name] = column

    def _listen(self, events: Generator[Event], request: LiveRequest) -> bool:
        """Takes the events of a round; returns whether it came to its end."""
        has_begun = False
        with closing(events):
            for event in () if self._is_outdated else events:
                has_begun |= not isinstance(event, StillStarting)
                self._take(event, request)
                if self._is_outdated:
                    break
        if self._is_outdated and not has_begun:
            self._runner.close()  # servers were just starting, of files as they were before
        return not self._is_outdated

    def _tell_what_is_open(self, started: RunStarted) -> None:
        """Says, once of each, which ports answer other machines now."""
        advertised = started.advertised
        if advertised is not None and self._told_open != advertised:
            self._told_open = advertised
            self._tell("open", advertised.sentence())

    def _take(self, event: Event, request: LiveRequest) -> None:
        match event:
            case StillStarting():
                self._board.waits(event.sentence())
                self._tell("waits", event.sentence())
            case RunStarted():
                self._tell_what_is_open(event)
                self._board.started(header_to_json(request.argv, event, request.plan.part))
            case CellFinished():
                record = recorded(event.record)
                self._unfinished.discard(record.cell)
                self._note_left_out(record.cell, "")
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

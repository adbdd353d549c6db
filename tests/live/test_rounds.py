"""What runs next: all at first, then what is wished for, and what a change touches."""

import threading
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace

import pytest
from tests.reports.record_builders import cell, finished, record, started
from tests.wait_for_exit import HANG_S

from cors_harness.errors import ScenarioError, ServerFailed
from cors_harness.live.board import LiveBoard
from cors_harness.live.rounds import LiveRequest, LiveRounds
from cors_harness.model.cell import Cell
from cors_harness.model.events import Event
from cors_harness.planning.plan import Plan
from cors_harness.run.settings import RunSettings

CELLS = (cell("one"), cell("two", line=9), cell("three", file="other.yaml"))
ALL = ["one", "two", "three"]


class End(Exception):  # noqa: N818 - no error: the test is over
    """Ends the rounds, as Ctrl-C does."""


@dataclass(slots=True)
class Project:
    """Scenarios, an app, and whoever edits them, as the rounds see them.

    Attributes:
        cells: what scenarios mean now, or the mistake in them.
        app: the error that the app starts with, if any.
        hangs: whether the app does not come up before it is interrupted.
        edits: one for each time at which nothing is to be done; then it is over.
        during: called with each cell that has finished.
        ran: the scenarios of each run, as far as they have finished.
        told: the words on the terminal.
    """

    cells: tuple[Cell, ...] | ScenarioError = CELLS
    app: ServerFailed | None = None
    edits: list[Callable[[], None]] = field(default_factory=list)
    during: Callable[[str], None] = lambda _name: None
    ran: list[list[str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    closed: int = 0
    hangs: bool = False
    interrupted: threading.Event = field(default_factory=threading.Event)
    board: LiveBoard = field(default_factory=lambda: LiveBoard(["serve"]))
    rounds: LiveRounds = field(init=False)

    def __post_init__(self) -> None:
        self.rounds = LiveRounds(self.ask, self.board, self.tell, self)

    def ask(self) -> LiveRequest:
        if isinstance(self.cells, ScenarioError):
            raise self.cells
        return LiveRequest(plan=Plan(cells=self.cells), settings=RunSettings(), argv=("serve",))

    def run(self, plan: Plan, _settings: RunSettings) -> Generator[Event]:
        self.ran.append([])
        if self.app is not None:
            raise self.app
        if self.hangs:
            assert self.interrupted.wait(HANG_S)
            return
        yield started()
        for each in plan.cells:
            self.ran[-1].append(each.scenario.id)
            self.during(each.scenario.id)
            yield finished(record(each))

    def interrupt(self) -> None:
        self.interrupted.set()

    def close(self) -> None:
        self.closed += 1

    def tell(self, word: str, _text: str) -> None:
        self.told.append(word)
        if word in {"done", "trouble", "nothing"}:
            self.next_edit()

    def next_edit(self) -> None:
        if self.edits:
            self.edits.pop(0)()
        else:
            self.rounds.end(End())

    def play(self) -> list[list[str]]:
        """What ran until all edits were made and nothing was left to do."""
        with pytest.raises(End):
            self.rounds.run()
        assert self.closed >= 1
        return self.ran


def names(cells: Iterable[Cell]) -> set[str]:
    return {each.node_id for each in cells}


def longer(of: Cell) -> Cell:
    return replace(of, scenario=replace(of.scenario, steps=of.scenario.steps * 2))


def lower(of: Cell) -> Cell:
    source = replace(of.scenario.source, line=99)
    return replace(of, scenario=replace(of.scenario, source=source))


def test_all_runs_at_first_and_again_when_the_app_changes() -> None:
    project = Project()
    project.edits = [lambda: project.rounds.changed("shop.py", everything=True)]
    assert project.play() == [ALL, ALL]


def test_what_is_wished_for_runs_again_together() -> None:
    project = Project()

    def wish() -> None:
        project.rounds.rerun(names(CELLS[:1]), "asked")
        project.rounds.rerun(names(CELLS[2:]), "asked")
        project.rounds.rerun({"a cell that is gone"}, "asked")

    project.edits = [wish]
    assert project.play() == [ALL, ["one", "three"]]


def test_scenario_that_is_another_one_now_runs_again_and_no_other() -> None:
    project = Project()

    def edit() -> None:
        project.cells = (lower(CELLS[0]), longer(CELLS[1]), CELLS[2], cell("new"))
        project.rounds.changed("preflight.yaml", everything=False)

    project.edits = [edit]
    assert project.play() == [ALL, ["two", "new"]]


def test_file_that_is_saved_as_it_was_runs_nothing() -> None:
    project = Project()
    project.edits = [lambda: project.rounds.changed("preflight.yaml", everything=False)]
    assert project.play() == [ALL]
    assert project.told == ["runs", "done", "nothing"]


def test_change_ends_a_round_and_the_next_one_has_what_is_left() -> None:
    project = Project()
    changes = [lambda: project.rounds.changed("other.yaml", everything=False)]
    project.during = lambda name: changes.pop()() if name == "two" and changes else None
    assert project.play() == [["one", "two"], ["three"]]


def test_change_of_the_app_begins_anew() -> None:
    project = Project()
    changes = [lambda: project.rounds.changed("shop.py", everything=True)]
    project.during = lambda name: changes.pop()() if name == "two" and changes else None
    assert project.play() == [["one", "two"], ALL]


def test_wish_waits_for_the_round_that_runs() -> None:
    project = Project()
    wishes = [lambda: project.rounds.rerun(names(CELLS[:1]), "asked")]
    project.during = lambda name: wishes.pop()() if name == "two" and wishes else None
    project.edits = [lambda: None]
    assert project.play() == [ALL, ["one"]]


def test_mistake_in_a_scenario_leaves_results_and_the_next_change_tries_again() -> None:
    project = Project()

    def spoil() -> None:
        project.cells = ScenarioError([])
        project.rounds.changed("one.yaml", everything=False)

    def mend() -> None:
        project.cells = CELLS
        project.rounds.changed("one.yaml", everything=False)

    project.edits = [spoil, mend]
    assert project.play() == [ALL]
    assert project.told == ["runs", "done", "trouble", "nothing"]
    assert len(project.board.document()["index"]["cells"]["status"]) == 3


def test_app_that_changed_while_scenarios_have_mistakes_runs_when_they_are_mended() -> None:
    project = Project()

    def spoil() -> None:
        project.cells = ScenarioError([])
        project.rounds.changed("one.yaml, shop.py", everything=True)

    def mend() -> None:
        project.cells = CELLS
        project.rounds.changed("one.yaml", everything=False)

    project.edits = [spoil, mend]
    assert project.play() == [ALL, ALL]


def test_app_that_does_not_start_is_tried_again_after_the_next_change() -> None:
    project = Project(app=ServerFailed("app does not start: NameError"))

    def mend() -> None:
        assert project.board.state.trouble == "app does not start: NameError"
        project.app = None
        project.rounds.changed("shop.py", everything=True)

    project.edits = [mend]
    assert project.play() == [[], ALL]
    assert project.board.state.trouble == ""


def test_app_that_hangs_while_it_starts_is_given_up_when_it_changes() -> None:
    project = Project(hangs=True)

    def mend() -> None:
        project.hangs = False
        project.rounds.changed("shop.py", everything=True)

    threading.Timer(0, mend).start()
    assert project.play()[-1] == ALL
    assert project.told[-1] == "done"


def test_wishes_come_from_other_threads() -> None:
    project = Project()
    project.edits = [
        lambda: threading.Timer(0, project.rounds.rerun, (names(CELLS[1:2]), "asked")).start()
    ]
    assert project.play() == [ALL, ["two"]]

"""What runs next: all at first, then what is wished for, and what a change touches."""

import asyncio
import threading
from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
from tests.reports.record_builders import cell, finished, record, started
from tests.wait_for_exit import HANG_S

from cors_harness.engines.joined_browser import CLOSED
from cors_harness.errors import EngineFailed, ScenarioError, ServerFailed
from cors_harness.live.board import LiveBoard
from cors_harness.live.joining import JoinedBrowsers, JoinedState
from cors_harness.live.rounds import LiveRequest, LiveRounds
from cors_harness.model.advertised import Reach
from cors_harness.model.cell import Cell
from cors_harness.model.events import Event, StillStarting
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
        settings: of each run.
        lost: the errors that runs in joined browsers end with, the last one first.
        kept: columns of joined browsers whose servers stay up, whenever that was asked for.
        host: as in LiveRounds.
        app: the error that the app starts with, if any.
        hangs: whether the app does not come up before it is interrupted.
        at_wait: called when it is told that something takes long to start.
        waits: what the board says then.
        edits: one for each time at which nothing is to be done; then it is over.
        during: called with each cell that has finished.
        ran: the scenarios of each run, as far as they have finished.
        told: the words on the terminal.
    """

    cells: tuple[Cell, ...] | ScenarioError = CELLS
    app: ServerFailed | None = None
    edits: list[Callable[[], object]] = field(default_factory=list)
    during: Callable[[str], None] = lambda _name: None
    ran: list[list[str]] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    settings: list[RunSettings] = field(default_factory=list)
    lost: list[EngineFailed] = field(default_factory=list)
    kept: list[list[str]] = field(default_factory=list)
    closed: int = 0
    hangs: bool = False
    at_wait: Callable[[], None] = lambda: None
    waits: list[str] = field(default_factory=list)
    interrupted: threading.Event = field(default_factory=threading.Event)
    board: LiveBoard = field(default_factory=lambda: LiveBoard(["serve"]))
    host: str = ""
    joined: JoinedBrowsers = field(default_factory=lambda: JoinedBrowsers("http://127.0.0.1:1/"))
    rounds: LiveRounds = field(init=False)

    def __post_init__(self) -> None:
        self.rounds = LiveRounds(self.ask, self.board, self.tell, self.joined, self, host=self.host)
        self.joined.on_joined, self.joined.on_return = self.rounds.joined, self.rounds.returned
        self.joined.on_removed = self.rounds.removed

    def ask(self, columns: Collection[str]) -> LiveRequest:
        if isinstance(self.cells, ScenarioError):
            raise self.cells
        joined = tuple(replace(each, engine=name) for name in columns for each in self.cells)
        plan = Plan(cells=(*self.cells, *joined))
        return LiveRequest(plan=plan, settings=RunSettings(allow_missing=True), argv=("serve",))

    def run(self, plan: Plan, settings: RunSettings) -> Generator[Event]:
        self.ran.append([])
        self.settings.append(settings)
        if settings.joined and self.lost:
            raise self.lost.pop()
        if self.app is not None:
            raise self.app
        if self.hangs:
            yield StillStarting(waited_s=10, names=("your app shop:app",))
            assert self.interrupted.wait(HANG_S)
            return
        yield started()
        for each in plan.cells:
            self.ran[-1].append(each.scenario.id)
            self.during(each.scenario.id)
            yield finished(record(each))

    def interrupt(self) -> None:
        self.interrupted.set()

    def close_joined(self, columns: Collection[str]) -> None:
        self.kept.append(list(columns))

    def close(self) -> None:
        self.closed += 1

    def tell(self, word: str, _text: str) -> None:
        self.told.append(word)
        if word == "waits":
            self.waits.append(self.board.state.waits)
            self.at_wait()
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

    project.at_wait = mend
    assert project.play()[-1] == ALL
    assert project.told == ["runs", "waits", "runs", "done"]
    assert project.waits == ["still starting after 10 s: your app shop:app"]
    assert project.board.state.waits == ""
    assert project.closed == 2  # what was starting, and at the end


def test_wishes_come_from_other_threads() -> None:
    project = Project()
    project.edits = [
        lambda: threading.Timer(0, project.rounds.rerun, (names(CELLS[1:2]), "asked")).start()
    ]
    assert project.play() == [ALL, ["two"]]


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
COLUMN = "firefox-linux"


def join(project: Project) -> JoinedState:
    state = project.joined.join(FIREFOX, "")
    assert isinstance(state, JoinedState)
    return state


def statuses(project: Project) -> dict[str, str]:
    """The status of each cell of the joined browser, by its scenario."""
    index = project.board.document()["index"]
    cells = index["cells"]
    return {
        index["scenarios"][cells["scenario"][at]][1]: index["statuses"][status]
        for at, status in enumerate(cells["status"])
        if index["engines"][cells["engine"][at]] == COLUMN
    }


@pytest.mark.parametrize("host", ["", "devbox.lan"])
def test_browser_that_joins_runs_all_cells_and_later_after_the_others(host: str) -> None:
    project = Project(host=host)
    project.edits = [
        lambda: join(project),
        lambda: project.rounds.changed("shop.py", everything=True),
    ]
    assert project.play() == [ALL] * 4
    own, joined, *_ = project.settings
    assert (own.joined, own.advertise, own.allow_missing) == ({}, "", True)
    assert (list(joined.joined), joined.advertise, joined.allow_missing) == ([COLUMN], host, False)
    assert dict(joined.reach) == ({COLUMN: Reach.DIRECT} if host else {})
    assert [list(each.joined) for each in project.settings] == [[], [COLUMN], [], [COLUMN]]
    assert set(statuses(project).values()) == {"as-expected"}


def test_joined_browser_that_is_away_is_skipped_aloud_and_runs_when_it_asks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = Project()
    asking = []

    def is_away() -> None:
        monkeypatch.setattr("cors_harness.engines.joined_browser.SILENT_S", 0)
        join(project)

    def asks() -> None:
        monkeypatch.undo()
        [state] = project.joined.states()
        assert (state.why, set(statuses(project).values())) == (CLOSED, {"skipped"})
        ask = partial(asyncio.run, project.joined.next_order(state.id))
        asking.append(threading.Thread(target=ask))
        asking[0].start()

    project.edits = [is_away, asks]
    assert project.play() == [ALL, ALL]
    assert set(statuses(project).values()) == {"as-expected"}
    [state] = project.joined.states()
    assert (state.why, project.board.state.trouble) == ("", "")
    project.joined.leave(state.id)
    asking[0].join(HANG_S)


def test_joined_browser_that_fails_costs_the_others_nothing() -> None:
    why = f"{COLUMN} was lost 3 times in a row: it opened no page"
    project = Project(lost=[EngineFailed(why)])
    project.edits = [lambda: join(project)]
    assert project.play() == [ALL, []]
    assert set(statuses(project).values()) == {"skipped"}
    assert [reason for reason, _ in project.board.document()["index"]["skips"]] == [why]
    assert project.board.state.trouble == ""
    assert project.told[-2:] == ["failed", "done"]


def test_browser_that_is_taken_away_takes_its_column_with_it() -> None:
    project = Project()

    def remove() -> None:
        for _ in range(2):
            project.joined.leave(project.joined.states()[0].id)

    project.edits = [lambda: join(project), remove]
    assert project.play() == [ALL, ALL]
    assert statuses(project) == {}
    assert project.kept[-1] == []

"""Progress on stderr where nobody sees a bar."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from rich.console import Console
from tests.reports.record_builders import blocked, finished, record, started

from cors_harness.model.events import EngineLost, Event, FewerSessions
from cors_harness.model.verdict import Status, Verdict
from cors_harness.reports.progress import ProgressReport


def printed(
    *events: Event, judged: bool = True, clock: Callable[[], float] = lambda: 0
) -> list[str]:
    out = io.StringIO()
    with ProgressReport(Console(file=out, width=40), judged=judged, clock=clock) as progress:
        for event in events:
            progress.on_event(event)
    return out.getvalue().splitlines()


def test_first_line_says_what_runs() -> None:
    assert printed(started(cells=3)) == ["running 3 cells on chromium, webkit"]


def test_first_line_names_no_engine_where_all_cells_are_skipped() -> None:
    assert printed(replace(started(cells=3), engines=())) == ["running 3 cells"]


def test_a_line_for_each_quarter_but_the_last() -> None:
    cells = [finished(record())] * 4 + [finished(blocked())] * 4
    assert printed(started(cells=8), *cells)[1:] == [
        "2 of 8 cells, running",
        "4 of 8 cells, running",
        "6 of 8 cells, running, 2 unexpected",
    ]


def test_what_scenarios_expect_is_left_out_where_nobody_asks() -> None:
    error = record(verdict=Verdict(status=Status.ERROR))
    cells = [finished(blocked())] * 2 + [finished(error)] * 2
    assert printed(started(cells=4), *cells, judged=False)[1:] == [
        "1 of 4 cells, running",
        "2 of 4 cells, running",
        "3 of 4 cells, running, 1 without a result",
    ]


def test_a_lost_engine_is_told_at_once() -> None:
    lost = EngineLost(engine="webkit", detail="it crashed", in_flight=3)
    assert printed(lost) == [
        "webkit was lost with 3 cells in flight, a fresh one goes on: it crashed"
    ]


def test_a_lost_session_is_not_said_to_be_all_of_the_engine() -> None:
    lost = EngineLost(engine="chrome", detail="its node is gone", in_flight=3, sessions=4)
    fewer = FewerSessions(engine="chrome", sessions=3, of=4, why="no slot for chrome is free")
    assert printed(lost, fewer) == [
        "one of 4 sessions of chrome was lost with 3 cells in flight: its node is gone",
        "chrome runs in 3 sessions of 4: no slot for chrome is free",
    ]


def test_rate_and_time_left_are_told_once_there_is_something_to_say() -> None:
    ticks = count(step=0.5)  # at each cell
    cells = [finished(record())] * 8
    assert printed(started(cells=8), *cells, clock=lambda: next(ticks))[1:] == [
        "2 of 8 cells, running",
        "4 of 8 cells, running, 2.0 cells/s, 0:02 left",
        "6 of 8 cells, running, 2.0 cells/s, 0:01 left",
    ]


def on_terminal(cells: int, each_s: float) -> str:
    """What stands on a terminal of 80 columns after half of the cells, with its escapes."""
    out = io.StringIO()
    ticks = count(step=each_s)
    console = Console(file=out, width=80, force_terminal=True, no_color=True)
    with ProgressReport(console, clock=lambda: next(ticks)) as progress:
        progress.on_event(started(cells=cells))
        for _ in range(cells // 2):
            progress.on_event(finished(blocked()))
        out.truncate(0)
    return out.getvalue()


def test_line_on_a_terminal_holds_all_in_its_columns() -> None:
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x00", "", on_terminal(4000, 1 / 32))
    (line, *_) = [each for each in re.split(r"[\r\n]", text) if each.strip()]
    assert line.startswith("running, 2000 unexpected ")
    assert line.rstrip().endswith(" 2000/4000 32 cells/s, 1:03 left")
    assert len(line) <= 80


def test_lost_engine_does_not_steer_the_terminal() -> None:
    lost = EngineLost(engine="webkit", detail="\x1b[2J", in_flight=1)
    assert printed(lost)[0].endswith(": \\x1b[2J")

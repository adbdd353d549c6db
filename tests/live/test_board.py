"""What the live page shows: the newest record of each cell, and what changed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.reports.advice_builders import ADVICE
from tests.reports.record_builders import blocked, cell, record, skipped, started

from cors_harness.live.board import LiveBoard, LivePhase
from cors_harness.model.advice import Advice
from cors_harness.model.cell import Cell, CellRecord, recorded
from cors_harness.store.codec import header_to_json

ONE, OTHER = cell("one"), cell("other", line=9)


def board(*cells: Cell) -> LiveBoard:
    made = LiveBoard(["serve", "--app", "shop:app"])
    made.planned({each.node_id: each for each in cells})
    return made


def run(
    on: LiveBoard,
    *records: CellRecord,
    advice: Mapping[str, Advice | None] | None = None,
    hints: Sequence[str] = (),
) -> str:
    on.begin(len(records), "a test")
    on.started(header_to_json(("serve",), started()))
    for each in records:
        on.finished(recorded(each))
    if advice or hints:
        on.advised(advice or {}, hints)
    return on.rest()


def outcomes(on: LiveBoard) -> list[str]:
    index = on.document()["index"]
    return [index["outcomes"][at] for at in index["cells"]["outcome"]]


def test_newest_record_of_each_cell_is_shown_in_the_order_of_the_plan() -> None:
    shown = board(ONE, OTHER)
    run(shown, blocked(OTHER), blocked(ONE))
    assert outcomes(shown) == ["blocked", "blocked"]
    assert [row[1] for row in shown.document()["index"]["scenarios"]] == ["one", "other"]
    run(shown, record(OTHER))
    assert outcomes(shown) == ["blocked", "allowed"]


def test_what_changed_is_said_and_marked_until_the_next_round() -> None:
    shown = board(ONE, OTHER)
    assert run(shown, blocked(ONE), blocked(OTHER)) == "2 cells run"
    assert shown.document()["was"] == []
    assert run(shown, blocked(ONE), record(OTHER)) == "2 cells run, 1 now allowed"
    assert shown.document()["was"] == [(1, "blocked")]
    assert run(shown, record(OTHER)) == "1 cell run"
    assert shown.document()["was"] == []


def test_verdict_that_changes_without_the_outcome_is_said() -> None:
    shown = board(ONE)
    run(shown, blocked(ONE))
    same = blocked(ONE)
    verdict = replace(record(ONE).verdict, steps=same.verdict.steps)
    assert run(shown, replace(same, verdict=verdict)) == "1 cell run, 1 now as expected"


def test_skipped_cell_has_no_outcome_to_change() -> None:
    shown = board(ONE)
    run(shown, record(ONE))
    assert run(shown, skipped(ONE)) == "1 cell run, 1 now skipped"


BROAD = replace(ADVICE, wrong="The server lets in four strangers.")
NARROW = replace(ADVICE, wrong="The server lets in one stranger.", lines=())


def wrongs(on: LiveBoard) -> list[str]:
    index = on.document()["index"]
    return [index["advice"][cause["advice"]]["wrong"] for cause in index["causes"]]


def test_advice_of_all_cells_stays_where_a_part_comes_out_as_before() -> None:
    shown = board(ONE, OTHER)
    both = [replace(blocked(each), advice=NARROW) for each in (ONE, OTHER)]
    run(shown, *both, advice=dict.fromkeys((ONE.node_id, OTHER.node_id), BROAD))
    assert wrongs(shown) == [BROAD.wrong]
    run(shown, both[0], advice={ONE.node_id: NARROW})
    assert wrongs(shown) == [BROAD.wrong]
    other = replace(both[0], exchanges=(replace(both[0].exchanges[0], status=403),))
    run(shown, other)
    assert wrongs(shown) == [NARROW.wrong, BROAD.wrong]


def test_hint_is_gone_as_soon_as_all_cells_run_without_it() -> None:
    shown = board(ONE, OTHER)
    run(shown, record(ONE), record(OTHER), hints=("Send Vary.",))
    assert "Send Vary." in json.dumps(shown.document())
    run(shown, record(ONE))
    assert "Send Vary." in json.dumps(shown.document())
    run(shown, record(ONE), record(OTHER))
    assert "Send Vary." not in json.dumps(shown.document())


def test_cells_that_no_plan_has_any_more_are_gone() -> None:
    shown = board(ONE, OTHER)
    run(shown, blocked(ONE), blocked(OTHER))
    before = shown.state.records
    shown.planned({OTHER.node_id: OTHER})
    assert (outcomes(shown), shown.state.records > before) == (["blocked"], True)


def test_late_record_of_a_cell_that_is_gone_is_not_kept() -> None:
    shown = board(ONE)
    run(shown, record(OTHER))
    assert outcomes(shown) == []


def test_trouble_leaves_the_results_and_says_why() -> None:
    shown = board(ONE)
    run(shown, blocked(ONE))
    shown.rest("shop.py does not start")
    assert (outcomes(shown), shown.state.trouble) == (["blocked"], "shop.py does not start")
    assert shown.state.phase is LivePhase.IDLE
    run(shown, blocked(ONE))
    assert shown.state.trouble == ""


def test_engines_of_earlier_rounds_are_not_forgotten() -> None:
    shown = board(cell("one", engine="chromium"), ONE)
    run(shown, record(ONE))
    only = replace(started(), engines=started().engines[:1])
    shown.started(header_to_json(("serve",), only))
    names = [engine["name"] for engine in shown.document()["index"]["sides"][0]["engines"]]
    assert names == ["chromium", "webkit"]


def test_document_is_made_once_for_each_change() -> None:
    shown = board(ONE)
    run(shown, blocked(ONE))
    assert shown.document() is shown.document()


def test_a_page_with_nothing_on_it_has_a_document() -> None:
    assert LiveBoard(["serve"]).document()["index"]["cells"]["status"] == []

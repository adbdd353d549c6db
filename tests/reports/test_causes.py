"""causes_of(): which cells failed by the same mistake."""

from dataclasses import replace

from tests.reports.advice_builders import ADVICE
from tests.reports.record_builders import PREFLIGHT, blocked, cell, record

from cors_harness.model.cell import CellRecord, recorded
from cors_harness.model.verdict import Status, Verdict
from cors_harness.reports.causes import causes_of


def advised(of: CellRecord) -> CellRecord:
    return replace(of, advice=ADVICE)


def test_cells_of_one_advice_are_one_cause_however_they_came_out() -> None:
    first = advised(blocked(cell("put")))
    second = advised(replace(blocked(cell("delete")), exchanges=()))
    (cause,) = causes_of(map(recorded, (first, second)))
    assert [each.scenario for each in cause.cells] == ["put", "delete"]
    assert cause.advice == ADVICE


def test_mistake_is_one_cause_and_the_fix_with_the_most_lines_is_its_advice() -> None:
    more = replace(ADVICE, lines=(*ADVICE.lines, "one more"))
    records = (advised(blocked()), replace(blocked(), advice=more))
    (cause,) = causes_of(map(recorded, records))
    assert cause.advice == more


def test_without_advice_only_cells_that_are_alike_on_the_wire_are_one_cause() -> None:
    other = replace(PREFLIGHT, status=404)
    records = (blocked(), blocked(), replace(blocked(), exchanges=(other,)))
    assert [len(cause.cells) for cause in causes_of(map(recorded, records))] == [2, 1]


def test_cells_that_differ_in_how_long_they_took_are_one_cause() -> None:
    notes = ("no result after 2001 ms: GET /a?cell=p.7", "no result after 2013 ms: GET /a?cell=p.8")
    verdicts = [Verdict(status=Status.ERROR, note=note) for note in notes]
    records = (recorded(record(verdict=verdict)) for verdict in verdicts)
    assert [len(cause.cells) for cause in causes_of(records)] == [2]


def test_servers_are_told_apart_but_for_the_two_of_one_app() -> None:
    servers = ("flask-bare", "app", "app-raising")
    records = [advised(blocked(cell(server=server))) for server in servers]
    assert [len(cause.cells) for cause in causes_of(map(recorded, records))] == [1, 2]


def test_what_is_as_expected_or_known_has_no_cause() -> None:
    known = record(verdict=Verdict(status=Status.KNOWN_DIFFERENCE, known="a report"))
    assert causes_of(map(recorded, (record(), known))) == ()

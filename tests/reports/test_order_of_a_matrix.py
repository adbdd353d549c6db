"""The scenarios of a `matrix` come in the order in which the file has their values."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from tests.reports.printed import printed
from tests.reports.record_builders import (
    BLOCKED,
    blocked,
    finished,
    record,
    skipped,
    started,
)

from cors_harness.loading.scenarios import load_text
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import Event, ServerVersion
from cors_harness.model.verdict import Status, Verdict
from cors_harness.reports.server_table import ServerResults, server_table
from cors_harness.reports.terminal import Detail

SCENARIOS, PROBLEMS = load_text(
    """\
- id: reads
  title: "{from}"
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix: {from: ["https://z.example", "https://m.example", "https://a.example"]}
  page: "{from}"
  request: {path: /orders}
  expect: {outcome: allowed}
""",
    "orders.yaml",
)
NAMES = [scenario.id for scenario in SCENARIOS]
DEPLOYED = "flask-cors@nginx"
BOTH = replace(started(), servers=(*started().servers, ServerVersion(name=DEPLOYED, versions=())))


def cells(server: str = "flask-cors") -> list[Cell]:
    return [Cell(scenario=each, server=server, engine="webkit") for each in SCENARIOS]


def other_wire(of: Cell) -> CellRecord:
    """A failure that is of no other's cause."""
    first = blocked(of)
    odd = replace(first.exchanges[0], status=500 + NAMES.index(of.scenario.id))
    return replace(first, exchanges=(odd,))


def known(of: Cell) -> CellRecord:
    verdict = Verdict(status=Status.KNOWN_DIFFERENCE, steps=(BLOCKED,), known="https://bug/1")
    return record(of, verdict)


def in_table(records: Sequence[CellRecord]) -> str:
    results = ServerResults()
    for each in records:
        results.on_event(finished(each))
    text = server_table(results.rows)
    for scenario in SCENARIOS:
        text = text.replace(scenario.title, scenario.id)
    return text


def in_report(detail: Detail, *others: Event) -> Callable[[Sequence[CellRecord]], str]:
    return lambda records: printed(*others, *map(finished, records), detail=detail)


ALONE = [finished(record(cell)) for cell in cells()]
VERBOSE = Detail(verbose=True)
# report -> (what prints it, the records of it)
REPORTS: dict[str, tuple[Callable[[Sequence[CellRecord]], str], list[CellRecord]]] = {
    "table of results": (in_report(Detail(matrix=True)), [record(cell) for cell in cells()]),
    "blocks": (in_report(Detail(quiet=True)), [other_wire(cell) for cell in cells()]),
    "transcripts": (in_report(VERBOSE), [other_wire(cell) for cell in cells()]),
    "skipped cells": (in_report(VERBOSE), [skipped(cell) for cell in cells()]),
    "known differences": (in_report(VERBOSE), [known(cell) for cell in cells()]),
    "deployed servers": (
        in_report(VERBOSE, BOTH, *ALONE),
        [blocked(cell) for cell in cells(DEPLOYED)],
    ),
    "Markdown table": (in_table, [record(cell) for cell in cells()]),
}


def test_ids_of_the_file_are_not_in_the_order_of_the_alphabet() -> None:
    assert not PROBLEMS
    assert sorted(NAMES) == NAMES[::-1]


@pytest.mark.parametrize("name", REPORTS)
def test_scenarios_come_as_in_the_file_however_cells_finished(name: str) -> None:
    text_of, records = REPORTS[name]
    text = text_of(records)
    places = [text.index(each) for each in NAMES]
    assert places == sorted(places)
    assert text_of(records[::-1]) == text

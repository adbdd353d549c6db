"""The table of results as lines of text."""

from collections.abc import Iterable

import pytest
from tests.reports.record_builders import ALLOWED, BLOCKED, blocked, cell, record, skipped

from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status, StepResult, Verdict
from cors_harness.reports.result_table import result_table
from cors_harness.reports.tally import Tally

ENGINES = ("chromium", "webkit")


def table_text(records: Iterable[CellRecord], width: int = 80) -> str:
    tally = Tally()
    for finished in records:
        tally.add(finished)
    lines = result_table(tally.rows, ENGINES, width)
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def test_a_line_for_each_server_and_a_column_for_each_engine() -> None:
    cells = [
        record(cell(server=server, engine=engine))
        for engine in ENGINES
        for server in ("flask-cors", "flask-bare")
    ]
    assert table_text(cells) == (
        "scenarios/preflight.yaml          chromium    webkit\n"
        "  put-json-allowed  flask-bare    allowed     allowed\n"
        "                    flask-cors    allowed     allowed\n"
    )


def test_lines_come_in_the_order_of_the_files() -> None:
    cells = [
        record(cell("later", line=9)),
        record(cell("other", file="scenarios/a.yaml", line=90)),
        record(cell("early", line=8)),
    ]
    text = table_text(cells)
    names = ["a.yaml", "other", "preflight.yaml", "early", "later"]
    assert sorted(names, key=text.index) == names


def test_a_name_that_is_too_long_gets_a_line_of_its_own() -> None:
    name = "put-with-a-name-that-is-longer-than-anything-that-a-narrow-screen-can-show"
    lines = table_text([record(cell(name))]).splitlines()
    assert lines[1:3] == [f"  {name}", "      flask-cors                allowed"]


@pytest.mark.parametrize("width", [80, 120])
def test_lines_fit(width: int) -> None:
    names = ("put-json-allowed", "unsafe-method-delete-from-localhost-with-credentials")
    cells = [
        record(cell(name, "fastapi-cors-middleware", engine, line=line))
        for line, name in enumerate(names)
        for engine in ENGINES
    ]
    assert max(map(len, table_text(cells, width).splitlines())) <= width


KNOWN = Verdict(status=Status.KNOWN_DIFFERENCE, steps=(BLOCKED,), known="https://bug/")
TIMEOUT = Verdict(status=Status.ERROR, steps=(StepResult(outcome=Outcome.TIMEOUT),))
LOST = Verdict(status=Status.ERROR, note="the server is gone")
SECOND = Verdict(status=Status.AS_EXPECTED, steps=(BLOCKED, ALLOWED))

MARKED = {
    "as expected": (record(), "  allowed", ""),
    "unexpected": (blocked(), "! blocked", "! unexpected"),
    "known difference": (record(verdict=KNOWN), "~ blocked", "~ known difference"),
    "error": (
        record(verdict=TIMEOUT),
        "? timeout",
        "? error of the harness, of an engine or of the server",
    ),
    "error before any step": (record(verdict=LOST), "? error", "? error of the harness"),
    "last step counts": (record(verdict=SECOND), "  allowed", ""),
}


@pytest.mark.parametrize(("of", "shown", "legend"), MARKED.values(), ids=MARKED.keys())
def test_marks_read_without_colour(of: CellRecord, shown: str, legend: str) -> None:
    text = table_text([of])
    assert text.splitlines()[1].endswith(shown)
    assert legend in text


def test_a_cell_that_is_skipped_in_one_engine_is_marked() -> None:
    text = table_text([record(cell(engine="chromium")), skipped(cell(engine="webkit"))])
    assert "allowed   - skipped" in text


def test_what_is_skipped_in_every_engine_has_no_line() -> None:
    assert table_text([skipped(cell(engine=engine)) for engine in ENGINES]) == ""

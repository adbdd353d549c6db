"""Fixes: each advice whole once, then by name, and counted at the end."""

from dataclasses import replace

from tests.reports.advice_builders import ADVICE, ADVICE_TEXT
from tests.reports.record_builders import blocked, cell, finished, started
from tests.reports.test_terminal import printed

from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord

OTHER = replace(ADVICE, wrong="The server allows nobody.")


def advised(name: str, advice: Advice = ADVICE) -> CellRecord:
    return replace(blocked(cell(name)), advice=advice)


def test_fix_of_several_cells_is_shown_once_and_counted() -> None:
    text = printed(started(), *(finished(advised(name)) for name in ("one", "two", "three")))
    assert text.count("app = CORSMiddleware(") == 1
    assert text.count("  fix       The server crashed.\n            as shown at one[flask") == 2
    assert "fix for 3 cells: The server crashed.\n  shown at one[flask-cors-webkit]\n" in text


def test_fix_of_one_cell_stands_with_the_cell_only() -> None:
    text = printed(started(), finished(advised("one")), finished(advised("two", OTHER)))
    assert ADVICE_TEXT in text
    assert "fix for" not in text


def test_fix_of_cells_that_are_only_named_is_shown_at_the_end() -> None:
    records = [advised("one", OTHER), advised("two"), advised("three")]
    text = printed(started(), *map(finished, records), whole_transcripts=1)
    assert text.count("app = CORSMiddleware(") == 2
    assert "fix for 2 cells: The server crashed.\n            FastAPI, as the last lines" in text


def test_commonest_fix_stands_first() -> None:
    records = [advised(name, OTHER) for name in ("a", "b")]
    records += [advised(name) for name in ("c", "d", "e")]
    text = printed(started(), *map(finished, records), quiet=True)
    assert text.index("fix for 3 cells") < text.index("fix for 2 cells")

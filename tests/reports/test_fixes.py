"""Fixes: each advice whole once, then by name, and counted at the end."""

from dataclasses import replace

from tests.reports.advice_builders import ADVICE, ADVICE_TEXT
from tests.reports.record_builders import blocked, cell, finished, started
from tests.reports.test_terminal import printed

from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import RunAdvised

OTHER = replace(ADVICE, wrong="The server allows nobody.")


def advised(name: str, advice: Advice = ADVICE) -> CellRecord:
    return replace(blocked(cell(name)), advice=advice)


def otherwise(record: CellRecord, found: str) -> CellRecord:
    """The same cell with something else found, so that it is not like the others."""
    first, *others = record.verdict.mismatches
    mismatches = (replace(first, found=found), *others)
    return replace(record, verdict=replace(record.verdict, mismatches=mismatches))


def test_fix_of_several_cells_is_shown_once_and_counted() -> None:
    records = [advised("one"), otherwise(advised("two"), "2"), otherwise(advised("three"), "3")]
    text = printed(started(), *map(finished, records))
    assert text.count("app = CORSMiddleware(") == 1
    assert text.count("  fix       The server crashed.\n            as shown at one[flask") == 2
    assert "fix for 3 cells: The server crashed.\n  shown at one[flask-cors-webkit]\n" in text


def test_like_cells_are_one_block() -> None:
    in_other = replace(advised("two"), cell=cell("two", engine="chromium"))
    text = printed(started(), *map(finished, (advised("one"), advised("two"), in_other)))
    assert text.count("  verdict   unexpected") == 1
    assert "one[flask-cors-webkit], and 2 like it\n" in text
    assert "  also      two in webkit, chromium\n" in text


def test_cells_without_a_fix_are_alike_only_where_their_wire_is() -> None:
    one, two = blocked(cell("one")), blocked(cell("two"))
    assert "one[flask-cors-webkit], and 1 like it" in printed(finished(one), finished(two))
    cut = replace(two, exchanges=two.exchanges[:-1])
    assert "like it" not in printed(finished(one), finished(cut))


def test_advice_of_the_whole_run_takes_the_place_of_the_first_one() -> None:
    record = advised("one", OTHER)
    kept = replace(ADVICE, keep="Another page would lose it.")
    revised = RunAdvised(advice=((record.cell.node_id, kept),), hints=("A cache \x1b mixes up.",))
    text = printed(started(), finished(record), revised)
    assert OTHER.wrong not in text
    assert "The server crashed.\n            Another page would lose it.\n" in text
    assert "hint      A cache \\x1b mixes up.\n" in text


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
    records = [otherwise(advised(name, OTHER), name) for name in ("a", "b")]
    records += [otherwise(advised(name), name) for name in ("c", "d", "e")]
    text = printed(started(), *map(finished, records), quiet=True)
    assert text.index("fix for 3 cells") < text.index("fix for 2 cells")

"""Names of columns: which engine each has, and which names there can be."""

import pytest

from cors_harness.engine_kinds.table import ENGINE_NAMES, engine_kinds, kind_of
from cors_harness.terms.engine_names import (
    ENGINE_OF_BROWSER,
    column_at_end,
    engine_of,
    is_column,
)

ENGINES = {
    "chromium": "chromium",
    "chrome-grid": "chromium",
    "edge-windows-11": "chromium",
    "firefox-beta": "firefox",
    "safari": "webkit",
    "safari-firefox": "webkit",
    "netscape-4": "netscape-4",
}


@pytest.mark.parametrize(("column", "engine"), ENGINES.items(), ids=ENGINES)
def test_engine_of_a_column_is_told_by_its_first_word(column: str, engine: str) -> None:
    assert engine_of(column) == engine
    assert kind_of(column) is engine_kinds().get(engine)


def test_every_browser_has_an_engine_that_there_is() -> None:
    assert {*ENGINE_OF_BROWSER.values()} == {*ENGINE_NAMES}
    assert all(engine_of(name) == name for name in ENGINE_NAMES)


@pytest.mark.parametrize("name", ["safari", "edge-windows", "firefox-153-esr"])
def test_column_may_be_called_so(name: str) -> None:
    assert is_column(name)


@pytest.mark.parametrize(
    "name", ["", "Safari", "safari-", "-safari", "safari--mac", "safari mac", "safari.26", "mac"]
)
def test_column_may_not_be_called_so(name: str) -> None:
    assert not is_column(name)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("app-safari-firefox", "safari-firefox"),
        ("app-firefox", "firefox"),
        ("app-opera", ""),
        ("-firefox", ""),
        ("firefox", ""),
    ],
)
def test_longest_column_at_the_end_of_a_cell_is_its_engine(text: str, column: str) -> None:
    assert column_at_end(text, (*ENGINE_NAMES, "safari-firefox")) == column

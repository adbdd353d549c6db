"""The name that somebody probably meant."""

import pytest

from cors_harness.text.problems import nearest

NAMES = ("chromium", "firefox", "Content-Type", "create_app()")
ROWS = {
    "letter missing": ("chromum", "chromium"),
    "other case": ("FIREFOX", "firefox"),
    "name in another case": ("content-typ", "Content-Type"),
    "nothing like it": ("zebra", ""),
    "nothing": ("", ""),
    "the beginning of something long": ("x" * 100_000, ""),
}


@pytest.mark.parametrize(("found", "name"), ROWS.values(), ids=ROWS)
def test_nearest(found: str, name: str) -> None:
    assert nearest(found, NAMES) == name


def test_no_names() -> None:
    assert nearest("chromium", iter(())) == ""

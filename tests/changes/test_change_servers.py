"""The two sides of a change: small apps that differ in the change, each with its row."""

import difflib

import pytest
from tests.changes.real_changes import CHANGES, SAME, RealChange

from cors_harness.shipped_folders import servers_folder

FOLDER = servers_folder() / "changes"
PAIRS = [change for change in CHANGES if not change.before]


def source(server: str) -> str:
    return (FOLDER / f"{server.replace('-', '_')}.py").read_text("utf-8")


def test_every_pair_has_its_row() -> None:
    servers = {server for change in PAIRS for server in change.sides}
    assert {file.stem.replace("_", "-") for file in FOLDER.glob("*.py")} == servers


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_every_change_changes_something(change: RealChange) -> None:
    assert set(change.classes.values()) != {SAME}


@pytest.mark.parametrize("change", PAIRS, ids=lambda change: change.name)
def test_sides_differ_in_the_change_alone(change: RealChange) -> None:
    before, after = (source(server).splitlines() for server in change.sides)
    differs = [line for line in difflib.ndiff(before, after) if line[0] in "+-" and line[2:]]
    assert 1 <= len(differs) <= 8


@pytest.mark.parametrize("change", PAIRS, ids=lambda change: change.name)
def test_sides_are_apps_that_know_nothing_of_us(change: RealChange) -> None:
    assert all("cors_harness" not in source(server) for server in change.sides)

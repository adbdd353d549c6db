"""What fails, and the command that accepts it."""

import shlex
from dataclasses import replace

import pytest
from tests.changes.changed import assessed, change

from cors_harness.changes.assessment import Assessment, Trouble
from cors_harness.model.change import ChangeClass

NAME = ("orders.yaml::gone", "app")
NARROWED = change(class_=ChangeClass.NARROWED)
STATUSES = {
    "nothing changed": (assessed(), 0),
    "widened": (assessed(change()), 1),
    "another class": (assessed(NARROWED), 0),
    "another class that fails": (assessed(NARROWED, fail_on=frozenset({ChangeClass.NARROWED})), 1),
    "widened that need not fail": (assessed(change(), fail_on=frozenset()), 0),
    "missing": (assessed(missing=(NAME,), fail_on=frozenset()), 1),
    "stale": (assessed(stale=(NAME,), fail_on=frozenset()), 1),
    "error": (replace(assessed(change()), troubles=(Trouble(cell="x", why="y"),)), 3),
}


@pytest.mark.parametrize(("found", "status"), STATUSES.values(), ids=STATUSES)
def test_exit_status(found: Assessment, status: int) -> None:
    assert found.status == status


def test_cells_are_counted_once_for_each_class() -> None:
    facets = [change(class_=ChangeClass.COSMETIC, facet=facet) for facet in ("vary", "status")]
    found = assessed(change(engines=("webkit",)), *facets)
    assert found.counts == {ChangeClass.WIDENED: 1, ChangeClass.COSMETIC: 3}


def test_command_is_quoted_for_a_shell() -> None:
    found = assessed(*(change(f"a-{n}") for n in range(4)), known=[("orders.yaml::b", "app")])
    command = found.acceptance.command(found.groups[0].names)
    assert command == "cors-harness record orders.yaml --app shop:app --only 'a-*'"
    assert shlex.split(command)[-1] == "a-*"


def test_cosmetic_changes_are_told_where_there_are_no_others() -> None:
    cosmetic = change("other", ChangeClass.COSMETIC)
    assert [each.class_ for each in assessed(change(), cosmetic).told] == [ChangeClass.WIDENED]
    assert [each.class_ for each in assessed(cosmetic).told] == [ChangeClass.COSMETIC]

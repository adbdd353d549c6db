"""What fails, and the command that accepts it."""

import shlex
from dataclasses import replace

import pytest
from tests.changes.baseline_builders import ENGINES, assessed, change, facet_named

from cors_harness.changes.assessment import Acceptance, Assessment, Trouble
from cors_harness.model.change import Change, ChangeClass

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
    facets = [
        change(class_=ChangeClass.COSMETIC, facet=facet_named(facet))
        for facet in ("vary", "status")
    ]
    found = assessed(change(engines=("webkit",)), *facets)
    assert found.counts == {ChangeClass.WIDENED: 1, ChangeClass.COSMETIC: 3}


def test_command_is_quoted_for_a_shell() -> None:
    found = assessed(*(change(f"a-{n}") for n in range(4)), known=[("orders.yaml::b", "app")])
    command = found.acceptance.command(found.groups[0].names)
    assert command == "cors-harness record orders.yaml --app shop:app --only 'a-*'"
    assert shlex.split(command)[-1] == "a-*"


def test_cosmetic_changes_are_told_where_there_are_no_others() -> None:
    cosmetic = change("other", ChangeClass.COSMETIC)
    assert [each.class_ for each in assessed(change(), cosmetic).reported_groups] == [
        ChangeClass.WIDENED
    ]
    assert [each.class_ for each in assessed(cosmetic).reported_groups] == [ChangeClass.COSMETIC]


BROWSERS = {
    "every engine": (("cors-harness", "record"), ENGINES, ""),
    "one engine": (("cors-harness", "record"), ("webkit",), " --browser webkit"),
    "one of those asked for": (
        ("cors-harness", "record", "--browser", "webkit", "--browser", "firefox"),
        ("webkit",),
        " --browser webkit",
    ),
    "no engine in particular": (
        ("cors-harness", "record", "--browser", "webkit"),
        (),
        " --browser webkit",
    ),
}


@pytest.mark.parametrize(("words", "engines", "browsers"), BROWSERS.values(), ids=BROWSERS)
def test_command_accepts_in_the_browsers_that_changed(
    words: tuple[str, ...], engines: tuple[str, ...], browsers: str
) -> None:
    acceptance = Acceptance(words=words, engines=frozenset(ENGINES))
    assert acceptance.command([NAME], engines) == f"cors-harness record{browsers} --only gone"


ALSO = {
    "another scenario": (change("other"), ()),
    "another engine": (change(engines=("webkit",)), ()),
    "cosmetic": (change(class_=ChangeClass.COSMETIC), ()),
    "the same class": (change(class_=ChangeClass.COSTLIER, facet=facet_named("other")), ()),
    "the same cell": (change(engines=("chromium",)), (ChangeClass.WIDENED,)),
}


@pytest.mark.parametrize(("other", "classes"), ALSO.values(), ids=ALSO)
def test_what_the_command_accepts_besides_is_known(
    other: Change, classes: tuple[ChangeClass, ...]
) -> None:
    costlier = change(class_=ChangeClass.COSTLIER, engines=("chromium",))
    found = assessed(costlier, other)
    (group,) = [
        each
        for each in found.groups
        if each.facets == (costlier.facet,) and each.class_ is ChangeClass.COSTLIER
    ]
    assert found.also_accepted(group) == classes


PICKED = Acceptance(
    picks=("-k", "orders"),
    ran=frozenset({NAME, ("orders.yaml::new", "app")}),
    known=frozenset({NAME}),
)


def test_command_accepts_no_cell_that_the_run_left_out() -> None:
    assert PICKED.command() == "cors-harness record -k orders"
    assert PICKED.command([NAME]) == "cors-harness record -k orders --only gone"


def test_command_for_what_is_gone_is_without_what_picks_cells() -> None:
    gone = ("orders.yaml::away", "app")
    assert PICKED.command([gone]) == "cors-harness record --only away"
    assert assessed(change(), acceptance=PICKED).acceptance_of_all == PICKED.command()
    assert assessed(change(), stale=(gone,), acceptance=PICKED).acceptance_of_all == ""


def test_command_holds_no_password() -> None:
    started = "DATABASE_URL=postgres://me:hunter2@db/shop API_KEY=s3cret gunicorn shop:app"
    words = ("cors-harness", "record", "--command", started)
    assert shlex.split(Acceptance(words=words).command()) == [
        *words[:-1],
        "DATABASE_URL=postgres://***@db/shop API_KEY=*** gunicorn shop:app",
    ]


def test_no_password_of_a_command_is_in_the_command_that_accepts() -> None:
    words = ("cors-harness", "record", "--command", "serve -u me:PASSWORD -H 'Cookie: a=bcdef'")
    command = Acceptance(words=words).command()
    assert "-u me:***" in command
    assert "PASSWORD" not in command
    assert "bcdef" not in command

"""Every mistake in a scenario file has a message: where, found, expected, and how to fix it."""

from collections.abc import Callable

import pytest
from tests.loading.mistakes import GOOD, ONE_MISTAKE, edited

from cors_harness.loading.scenarios import Loaded

Read = Callable[[str], Loaded]


@pytest.mark.parametrize(("before", "after", "message"), ONE_MISTAKE.values(), ids=ONE_MISTAKE)
def test_mistake_gives_one_message(read: Read, before: str, after: str, message: str) -> None:
    scenarios, problems = read(edited(before, after))
    assert [str(problem) for problem in problems] == [f"x.yaml:{message}"]
    assert scenarios == ()


def test_unknown_reason_names_all_and_the_nearest(read: Read) -> None:
    text = edited("allowed", "blocked, wire: [], reason: allow-orign-missing")
    _, (problem,) = read(text)
    assert problem.found == "'allow-orign-missing'"
    assert problem.expected.startswith("allow-origin-missing, ")
    assert problem.hint == "did you mean 'allow-origin-missing'?"


def test_all_mistakes_are_reported_in_file_order(read: Read) -> None:
    text = edited("method: PUT", "mode: corse, credentials: all").replace("title: t", "titel: t")
    _, problems = read(text + "- 1\n")
    assert [(p.where.line, p.key) for p in problems] == [
        (2, "scenario"),
        (5, "mode"),
        (5, "credentials"),
        (7, "scenario"),
    ]


def test_good_scenarios_load_beside_bad_ones(read: Read) -> None:
    bad = edited("method: PUT", "mode: corse").replace("good", "bad")
    scenarios, problems = read(bad + GOOD)
    assert [scenario.id for scenario in scenarios] == ["good"]
    assert [problem.key for problem in problems] == ["mode"]


def test_same_id_twice_names_both_places(read: Read) -> None:
    _, problems = read(GOOD + GOOD)
    assert [str(problem) for problem in problems] == [
        "x.yaml:7:3: id: found 'good' again; expected every id once in all files\n"
        "  the first one is at x.yaml:1:3"
    ]

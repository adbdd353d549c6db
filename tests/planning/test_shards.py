"""Shards of a plan: every cell in one of them, the same ones everywhere, of about equal cost."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.planning.test_plan import scenario

from cors_harness.errors import UsageError
from cors_harness.model.cell import Cell, Skip
from cors_harness.model.scenario import PageSpec, Scenario
from cors_harness.model.shard import Shard, WholePlan
from cors_harness.model.subject import AppSubject
from cors_harness.planning.plan import Plan
from cors_harness.planning.shards import (
    ENGINE_MS,
    PAGE_MS,
    PlanEntry,
    cells_in,
    cost_ms,
    divided,
    parse_shard,
    sharded,
)
from cors_harness.planning.whole_plan import NOWHERE, whole_plan
from cors_harness.terms.origin import parse_origin
from cors_harness.terms.source_span import SourceSpan

ENGINES = ("chromium", "firefox", "webkit")


def on(host: str, name: str, delay_ms: int = 0) -> Scenario:
    """A scenario on a page of its host."""
    page = PageSpec(origin=parse_origin(f"https://{host}"))
    made = replace(scenario(name), page=page)
    return replace(made, steps=tuple(replace(step, delay_ms=delay_ms) for step in made.steps))


def cells(scenarios: Sequence[Scenario], server: str = "full") -> list[Cell]:
    return [
        Cell(scenario=each, server=server, engine=engine)
        for each in scenarios
        for engine in ENGINES
    ]


MANY = cells(
    [
        *(scenario(f"many-{number:03}") for number in range(400)),
        *(on(f"{n % 9}.example", f"page-{n:03}", delay_ms=n % 7 * 100) for n in range(90)),
        *(replace(scenario(f"alone-{number}"), isolated=True) for number in range(3)),
    ]
)
MANY += cells([scenario("deployed")], server="full@nginx")


def names(entries: Sequence[PlanEntry]) -> set[str]:
    return {cell.id for cell in cells_in(entries)}


@pytest.mark.parametrize("count", [1, 2, 3, 5, 12, 40])
def test_each_cell_is_in_one_shard(count: int) -> None:
    found = Counter(cell.id for part in divided(MANY, count) for cell in cells_in(part))
    assert found == dict.fromkeys(names(MANY), 1)


def test_the_order_of_files_changes_nothing() -> None:
    parts = [names(part) for part in divided(MANY, 5)]
    assert [names(part) for part in divided(MANY[::-1], 5)] == parts


def test_the_folder_of_a_file_changes_nothing() -> None:
    elsewhere = [
        replace(
            cell,
            scenario=replace(cell.scenario, source=SourceSpan(file="/home/ci/x.yaml", line=9)),
        )
        for cell in MANY
    ]
    parts = [names(part) for part in divided(MANY, 5)]
    assert [names(part) for part in divided(elsewhere, 5)] == parts


def test_a_server_that_is_missing_on_a_machine_changes_nothing() -> None:
    here = [
        Skip(cell=cell, reason="no nginx", is_missing=True) if "@" in cell.server else cell
        for cell in MANY
    ]
    assert [names(part) for part in divided(here, 7)] == [names(part) for part in divided(MANY, 7)]


def test_a_skip_that_is_one_everywhere_costs_nothing() -> None:
    assert cost_ms(Skip(cell=MANY[0], reason="cannot express")) == 0
    assert cost_ms(Skip(cell=MANY[0], reason="", is_missing=True)) == cost_ms(MANY[0])


def cost_of(part: Sequence[PlanEntry]) -> float:
    """By the cells, and by each engine and each page of an engine once."""
    of_cells = list(cells_in(part))
    pages = {(cell.engine, cell.scenario.page) for cell in of_cells if not cell.scenario.isolated}
    engines = {cell.engine for cell in of_cells}
    return sum(map(cost_ms, part)) + PAGE_MS * len(pages) + ENGINE_MS * len(engines)


@pytest.mark.parametrize("count", [2, 3, 5])
def test_shards_cost_about_the_same(count: int) -> None:
    costs = [cost_of(part) for part in divided(MANY, count)]
    assert max(costs) <= 1.15 * sum(costs) / count


def test_cells_of_a_small_page_stay_together() -> None:
    small = cells([on(f"{number % 4}.example", f"small-{number}") for number in range(40)])
    homes: dict[tuple[str, PageSpec], set[int]] = {}
    for index, part in enumerate(divided(small, 4)):
        for cell in cells_in(part):
            homes.setdefault((cell.engine, cell.scenario.page), set()).add(index)
    assert [len(found) for found in homes.values()] == [1] * 12


def test_a_page_with_very_many_cells_is_cut() -> None:
    page = [cell for cell in MANY if cell.engine == "webkit" and "many" in cell.id]
    assert [len(part) for part in divided(page, 4)] == pytest.approx([100] * 4, abs=15)


def test_a_shard_may_be_empty_where_there_are_more_than_pages() -> None:
    parts = divided(MANY[:1], 3)
    assert [len(part) for part in parts] == [1, 0, 0]


def test_a_shard_says_what_it_has_and_what_it_has_not() -> None:
    whole = WholePlan(cells=len(MANY), digest="d")
    skip = Skip(cell=cells([scenario("skipped")])[0], reason="cannot express")
    plan = Plan(cells=tuple(MANY), skips=(skip,))
    parts = [sharded(plan, Shard(index=index, count=2), whole) for index in (1, 2)]
    for part in parts:
        here = {cell.id for cell in (*part.cells, *(each.cell for each in part.skips))}
        assert here.isdisjoint({cell.id for cell in part.elsewhere})
        assert part.part is not None
        assert part.part.cells == len(here)
        assert len(here) + len(part.elsewhere) == len(MANY) + 1
    assert [skip for part in parts for skip in part.skips] == [skip]
    ids = {cell.id: cell for cell in parts[0].cells}  # in the order of the plan
    assert [cell.id for cell in MANY if cell.id in ids] == [*ids]


def test_a_plan_in_one_part_is_the_whole_plan() -> None:
    whole = WholePlan(cells=len(MANY), digest="d")
    planned = sharded(Plan(cells=tuple(MANY)), None, whole)
    assert (len(planned.cells), planned.elsewhere) == (len(MANY), ())
    assert planned.part is not None
    assert (planned.part.shards, planned.part.cells) == ((), len(MANY))


@pytest.mark.parametrize(
    "text", ["", "2", "0/3", "4/3", "1/0", "-1/3", "1/3/5", "1/10000", "a/b", "1 / 3"]
)
def test_what_names_no_shard(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_shard(text, "--shard")
    assert str(raised.value) == (
        f"--shard: found {text!r}; expected INDEX/COUNT, the index from 1 to a count below 10000\n"
        "  the second of five parts: --shard 2/5"
    )


def test_a_shard_is_read() -> None:
    assert parse_shard("5/5", "--shard") == Shard(index=5, count=5)


# What tells one plan from another


def plan_of(*scenarios: Scenario, app: str = "") -> WholePlan:
    subject = AppSubject(spec=app, folder=Path("/somewhere")) if app else None
    return whole_plan(cells(scenarios), subject, plain_urls=False)


def test_a_plan_is_the_same_wherever_its_files_lie() -> None:
    one = scenario("a")
    moved = replace(one, source=SourceSpan(file="/home/ci/x.yaml", line=70))
    assert plan_of(one, scenario("b")) == plan_of(scenario("b"), moved)


OTHERS = {
    "what a scenario says": plan_of(replace(scenario("a"), title="another")),
    "a cell more": plan_of(scenario("a"), scenario("b")),
    "another app": plan_of(scenario("a"), app="shop:app"),
}


def test_digests_of_earlier_journals_hold() -> None:
    assert repr(NOWHERE) == "SourceSpan(file='', line=0, column=1)"


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_plan_is_another_by(other: WholePlan) -> None:
    assert other.digest != plan_of(scenario("a")).digest


def test_the_file_that_changed_is_known() -> None:
    before, after = plan_of(scenario("a")), plan_of(replace(scenario("a"), title="another"))
    (name, digest), (same, other) = *before.files, *after.files
    assert (name, same) == ("x.yaml", "x.yaml")
    assert digest != other


SCENARIOS = """\
- id: "{name}-{{n}}"
  title: "{{n}}"
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix: {{n: [a, b, c, d, e, f]}}
  page: https://{name}-{{n}}.example
  request: {{path: /orders}}
  expect: {{outcome: allowed}}
"""


@pytest.mark.programs
def test_the_seed_of_hashes_and_the_order_of_paths_change_nothing(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / f"{name}.yaml").write_text(SCENARIOS.format(name=name))

    def listed(seed: str, *paths: str) -> list[str]:
        done = subprocess.run(  # noqa: S603 - this program
            [
                *(sys.executable, "-m", "cors_harness", "list", *paths),
                *("--app", "shop:app", "--cells", "--shard", "2/3"),
            ],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        return sorted(done.stdout.splitlines())

    first = listed("1", "x.yaml", "y.yaml")
    assert 8 < len(first) < 16
    assert listed("2", "y.yaml", "x.yaml") == first

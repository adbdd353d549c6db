"""For which entries of a baseline a run speaks, and what --only leaves of both."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.changes.baseline_builders import baseline, entry
from tests.cli.check_invocation import check_invocation
from tests.reports.record_builders import cell

from cors_harness.changes.coverage import Coverage, place_of
from cors_harness.changes.entry_patterns import read_only
from cors_harness.cli.accepted_baseline import coverage_of, narrowed_plan
from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.model.baseline import Baseline
from cors_harness.model.cell import Cell, Skip
from cors_harness.model.shard import PlanPart, Shard, ShardSize, WholePlan
from cors_harness.planning.plan import Plan

HERE = Path("scenarios")
RAN = cell("ran", server="app")  # of scenarios/preflight.yaml
SKIPPED = cell("skipped", server="app")
WHOLE = Coverage(
    folder=HERE,
    paths=(HERE,),
    whole=True,
    servers=(),
    engines=(),
    cells=frozenset({place_of(RAN, HERE)}),
    skips=frozenset({place_of(SKIPPED, HERE)}),
)
GONE = ("preflight.yaml::gone", "app")

SPEAKS: dict[str, tuple[Coverage, tuple[tuple[str, str], str]]] = {
    "cell that ran": (replace(WHOLE, whole=False), place_of(RAN, HERE)),
    "scenario that is gone from a file": (WHOLE, (GONE, "webkit")),
    "file that is gone from a folder": (WHOLE, (("sub/x.yaml::gone", "app"), "webkit")),
    "file that is named": (
        replace(WHOLE, paths=(HERE / "preflight.yaml",)),
        (GONE, "webkit"),
    ),
    "file outside of what was loaded, where no path is given": (
        replace(WHOLE, paths=()),
        (("../gone.yaml::gone", "app"), "webkit"),
    ),
    "engine that runs no more, where none is given": (WHOLE, (GONE, "presto")),
    "server that is selected": (
        replace(WHOLE, servers=("flask-cors@*",)),
        (("preflight.yaml::gone", "flask-cors@nginx"), "webkit"),
    ),
}
SILENT: dict[str, tuple[Coverage, tuple[tuple[str, str], str]]] = {
    "cell that is skipped": (WHOLE, place_of(SKIPPED, HERE)),
    "scenario beside one that was picked": (replace(WHOLE, whole=False), (GONE, "webkit")),
    "file that was not loaded": (
        replace(WHOLE, paths=(HERE / "other.yaml",)),
        (GONE, "webkit"),
    ),
    "file outside of the folder": (WHOLE, (("../x.yaml::gone", "app"), "webkit")),
    "browser that was not asked for": (
        replace(WHOLE, engines=("chromium",)),
        (GONE, "webkit"),
    ),
    "server that was not asked for": (replace(WHOLE, servers=("flask-cors",)), (GONE, "webkit")),
    "deployed server, which nobody asked for": (
        WHOLE,
        (("preflight.yaml::gone", "app@nginx"), "webkit"),
    ),
}


@pytest.mark.parametrize(("coverage", "place"), SPEAKS.values(), ids=SPEAKS)
def test_run_speaks_for(coverage: Coverage, place: tuple[tuple[str, str], str]) -> None:
    assert coverage.covers(*place)


@pytest.mark.parametrize(("coverage", "place"), SILENT.values(), ids=SILENT)
def test_run_does_not_speak_for(coverage: Coverage, place: tuple[tuple[str, str], str]) -> None:
    assert not coverage.covers(*place)


@pytest.mark.parametrize(("index", "speaks"), [(1, True), (2, False)])
def test_shard_leaves_cells_to_others_and_what_is_gone_to_the_first(
    index: int, speaks: bool
) -> None:
    elsewhere = cell("elsewhere", server="app")
    whole = WholePlan(cells=2, digest="d")
    plan = Plan(
        cells=(RAN,),
        part=PlanPart(whole=whole, shards=(ShardSize(shard=Shard(index=index, count=2), cells=1),)),
        elsewhere=(elsewhere,),
    )
    options = check_invocation(str(HERE), "--app", "shop:app").options
    coverage = coverage_of(options, plan, HERE)
    assert coverage.covers(*place_of(RAN, HERE))
    assert not coverage.covers(*place_of(elsewhere, HERE))
    assert coverage.covers(GONE, "webkit") is speaks


def test_run_does_not_speak_for_cells_that_came_to_no_result() -> None:
    ran = place_of(RAN, HERE)
    coverage = WHOLE.but(frozenset({ran}))
    assert not coverage.covers(*ran)
    assert coverage.covers(GONE, "webkit")


def covered(*argv: str) -> Coverage:
    return coverage_of(check_invocation(*argv).options, Plan(cells=(RAN,)), HERE)


@pytest.mark.usefixtures("project")
def test_run_without_options_speaks_for_what_the_project_has_dropped() -> None:
    coverage = covered()
    assert coverage.covers(GONE, "webkit")
    assert coverage.covers(("dropped.yaml::gone", "flask-cors"), "webkit")


NARROWING: dict[str, tuple[str, ...]] = {
    "file": ("scenarios/other.yaml",),
    "browser": ("--browser", "chromium"),
    "server": ("--server", "flask-cors"),
    "keyword": ("-k", "put"),
    "cell": ("--cell", "x"),
}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("argv", NARROWING.values(), ids=NARROWING)
def test_run_of_a_part_does_not(argv: tuple[str, ...]) -> None:
    assert not covered(*argv).covers(GONE, "webkit")


@pytest.mark.usefixtures("project")
def test_run_reaches_the_files_and_servers_that_its_options_leave() -> None:
    assert covered().reaches(GONE)
    assert not covered("scenarios/other.yaml").reaches(GONE)
    assert not replace(covered(), skips=frozenset({(GONE, "webkit")})).reaches(GONE)
    assert not covered("--app", "shop:app").reaches(("preflight.yaml::gone", "flask-cors"))


@pytest.mark.usefixtures("project")
def test_run_does_not_speak_for_remote_browsers_that_it_does_not_name() -> None:
    assert not covered().covers(GONE, "safari")
    assert covered().covers(GONE, "firefox")
    in_safari = Plan(cells=(RAN, replace(RAN, engine="safari")))
    assert coverage_of(check_invocation().options, in_safari, HERE).covers(GONE, "safari")
    elsewhere = Plan(cells=(RAN,), elsewhere=(replace(RAN, engine="safari"),))
    assert coverage_of(check_invocation().options, elsewhere, HERE).covers(GONE, "safari")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = 'app = "shop:app"\nscenarios = ["scenarios"]\nbrowsers = ["chromium"]\n'
    (tmp_path / "pyproject.toml").write_text(f"[tool.cors-harness]\n{settings}")
    monkeypatch.chdir(tmp_path)


# --only

CELLS = tuple(
    cell(scenario, server="app", engine=engine)
    for scenario in ("orders-get", "orders-put", "users-get")
    for engine in ("chromium", "webkit")
)
PLAN = Plan(cells=CELLS, skips=(Skip(cell=SKIPPED, reason="no nginx"),))


def in_file(name: str) -> Baseline:
    return baseline(replace(entry(name), scenario=f"preflight.yaml::{name}"))


def picked(*names: str, old: Baseline | None = None) -> tuple[set[str], tuple[str, ...]]:
    """The ids of the cells that run, and the names that mean nothing."""
    coverage = replace(WHOLE, cells=frozenset(place_of(planned, HERE) for planned in CELLS))
    only = [read_only(name, ENGINE_NAMES) for name in names]
    part = narrowed_plan(only, PLAN, coverage, old or in_file("orders-get"))
    return {f"{each.scenario.id} {each.engine}" for each in part.plan.cells}, part.unknown


BOTH = {"orders-get chromium", "orders-get webkit"}
ONLY = {
    "id": ("orders-get", BOTH),
    "file and id from the baseline": ("preflight.yaml::orders-get", BOTH),
    "file and id from the current folder": ("scenarios/preflight.yaml::orders-get", BOTH),
    "node id": ("scenarios/preflight.yaml::orders-get[app-webkit]", {"orders-get webkit"}),
    "pattern": ("*-get", BOTH | {"users-get chromium", "users-get webkit"}),
}


@pytest.mark.parametrize(("name", "cells"), ONLY.values(), ids=ONLY)
def test_only_picks_cells(name: str, cells: set[str]) -> None:
    assert picked(name) == (cells, ())


def test_name_that_means_nothing_is_told() -> None:
    assert picked("orders-get", "orders-gte")[1] == ("orders-gte",)


def test_name_of_a_skipped_cell_means_something() -> None:
    assert picked("skipped") == (set(), ())


def test_entry_that_nothing_runs_any_more_is_gone() -> None:
    coverage = replace(WHOLE, cells=frozenset(place_of(planned, HERE) for planned in CELLS))
    only = [read_only("gone", ENGINE_NAMES)]
    part = narrowed_plan(only, PLAN, coverage, in_file("gone"))
    assert (part.plan.cells, part.unknown) == ((), ())
    assert part.coverage.covers(GONE, "webkit")
    assert not part.coverage.covers(("preflight.yaml::other", "app"), "webkit")


def test_run_speaks_only_for_what_only_picks() -> None:
    coverage = replace(WHOLE, cells=frozenset(place_of(planned, HERE) for planned in CELLS))
    part = narrowed_plan(
        [read_only("orders-get[app-webkit]", ENGINE_NAMES)], PLAN, coverage, in_file("gone")
    )
    spoken: set[Cell] = {
        planned for planned in CELLS if part.coverage.covers(*place_of(planned, HERE))
    }
    assert {f"{each.scenario.id} {each.engine}" for each in spoken} == {"orders-get webkit"}

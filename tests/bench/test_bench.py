"""The benchmark measures what it says; it asserts no times."""

import pytest

from cors_harness.bench.measure import shares
from cors_harness.bench.run_meter import RunMeter
from cors_harness.bench.workload import bench_cells, from_many_pages, from_real_origin
from cors_harness.model.cell import Cell, CellRecord
from cors_harness.model.events import CellFinished
from cors_harness.model.verdict import Status, Verdict
from cors_harness.planning.pages import is_gated


@pytest.fixture(scope="module")
def cells() -> tuple[Cell, ...]:
    """Made once: all scenarios are loaded for it."""
    return tuple(bench_cells("chromium", 3000))


def test_bench_cells_are_as_many_as_asked_for_and_of_one_engine(cells: tuple[Cell, ...]) -> None:
    assert len(cells) == 3000
    assert {cell.engine for cell in cells} == {"chromium"}


def test_bench_cells_are_single_quick_calls_on_reference_servers_and_verbatim(
    cells: tuple[Cell, ...],
) -> None:
    assert {len(cell.scenario.steps) for cell in cells} == {1}
    assert {"verbatim", "flask-cors", "fastapi-cors-middleware"} <= {cell.server for cell in cells}


def test_no_bench_cell_goes_through_the_gate_before_it_is_moved_to_a_real_origin(
    cells: tuple[Cell, ...],
) -> None:
    """A raw loop calls servers directly: there is no gate that its page could go through."""
    assert [cell.node_id for cell in cells if is_gated(cell)] == []
    assert all(map(is_gated, from_real_origin(cells[:20])))
    pages = {cell.scenario.page.origin for cell in from_many_pages(cells[:40])}
    assert len(pages) == 20


def test_shares_follow_the_rates_and_are_all_that_was_asked_for() -> None:
    assert shares(1000, {"a": 100.0, "b": 300.0}) == {"a": 250, "b": 750}
    assert sum(shares(1000, {"a": 1.0, "b": 7.3, "c": 3.1}).values()) == 1000


def test_an_engine_that_is_slow_has_a_cell_all_the_same() -> None:
    assert shares(2, {"slow": 0.1, "quick": 500.0, "quicker": 600.0}) == {
        "slow": 1,
        "quick": 1,
        "quicker": 1,
    }


def test_run_meter_has_ten_parts_and_loses_no_cell(cells: tuple[Cell, ...]) -> None:
    meter = RunMeter(25)
    for event in map(_finished, cells[:25]):
        meter.hear(event)
    run = meter.result()
    assert [part.cells for part in run.parts] == [2, 5, 7, 10, 12, 15, 17, 20, 22, 25]
    assert run.cells == 25
    assert all(part.rss_mb > 1 for part in run.parts)


def test_run_meter_of_fewer_than_ten_cells_has_a_part_for_each(cells: tuple[Cell, ...]) -> None:
    meter = RunMeter(3)
    for event in map(_finished, cells[:3]):
        meter.hear(event)
    assert [part.cells for part in meter.result().parts] == [1, 2, 3]


def _finished(cell: Cell) -> CellFinished:
    verdict = Verdict(status=Status.AS_EXPECTED)
    return CellFinished(
        record=CellRecord(cell=cell, exchanges=(), observations=(), verdict=verdict)
    )

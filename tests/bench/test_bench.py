"""The benchmark measures what it says; it asserts no times."""

import pytest

from cors_harness.bench.measure import bench_cells, measure


def test_bench_cells_are_as_many_as_asked_for_and_of_one_engine() -> None:
    cells = bench_cells("webkit", 3000)
    assert len(cells) == 3000
    assert {cell.engine for cell in cells} == {"webkit"}


def test_bench_cells_are_single_quick_calls_on_reference_servers_and_verbatim() -> None:
    cells = bench_cells("chromium", 1500)
    assert {len(cell.scenario.steps) for cell in cells} == {1}
    assert {"verbatim", "flask-cors", "fastapi-cors-middleware"} <= {cell.server for cell in cells}


@pytest.mark.browser
def test_measure_runs_raw_loop_batches_lone_contexts_and_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each round and each lone cell takes a browser process or more of its own.
    monkeypatch.setattr("cors_harness.bench.measure.ROUNDS", 1)
    monkeypatch.setattr("cors_harness.bench.measure.LONE_CELLS", 2)
    report = measure(["webkit"], 12, lambda _line: None)
    document = report.to_json()
    assert list(document) == ["engines", "cells", "wall_s", "peak_rss_mb"]
    assert list(document["engines"][0]) == [
        "name",
        "raw_per_s",
        "batch_per_s",
        "gated_per_s",
        "many_pages_per_s",
        "isolated_per_s",
    ]
    assert report.cells == 12
    assert all(rate > 0 for rate in list(document["engines"][0].values())[1:])

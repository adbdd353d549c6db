"""measure() with a browser: its document, and whose the CPU time was."""

import json
import sys

import pytest

from cors_harness.bench.measure import measure
from cors_harness.bench.small_app import CELLS
from cors_harness.model.events import CellFinished, Event

pytestmark = pytest.mark.browser


def test_measure_runs_raw_loop_batches_lone_contexts_and_side_by_side(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Each round and each lone cell takes a browser process or more of its own.
    monkeypatch.setattr("cors_harness.bench.engine_bench.ROUNDS", 1)
    monkeypatch.setattr("cors_harness.bench.engine_bench.WARM_UP", 1)
    monkeypatch.setattr("cors_harness.bench.engine_bench.LONE_CELLS", 2)
    monkeypatch.setattr("cors_harness.bench.small_app.RUNS", 1)
    events: list[Event] = []
    report = measure(["webkit"], 12, lambda _line: None, events.append)
    document = json.loads(json.dumps(report.to_json()))
    assert list(document) == [
        "engines",
        "left_out",
        "cells",
        "wall_s",
        "cpu",
        "parts",
        "peak_rss_mb",
        "small_app",
    ]
    small = document["small_app"]
    assert small["cells"] == CELLS
    assert 0 < small["first_line_s"] <= small["total_s"]
    (webkit,) = document["engines"]
    cpu = webkit.pop("cpu")
    assert (webkit.pop("name"), webkit.pop("cells")) == ("webkit", 12)
    assert "MiniBrowser" in webkit.pop("driver")
    rates = ["raw_per_s", "batch_per_s", "gated_per_s", "many_pages_per_s", "isolated_per_s"]
    assert list(webkit) == rates
    assert all(rate > 0 for rate in webkit.values())
    assert document["cells"] == 12 == sum(isinstance(event, CellFinished) for event in events)
    assert [part["cells"] for part in document["parts"]][-1] == 12
    if sys.platform == "linux":
        for spent in (cpu, document["cpu"]):
            assert list(spent) == ["harness", "wire", "servers", "browsers", "our_share"]
            # A page costs a browser more than twelve cells cost anybody else.
            assert max(spent, key=spent.__getitem__) == "browsers"
            assert 0 < spent["our_share"] < 1

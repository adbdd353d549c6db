"""The summary's section: which engines gave the answers, and what else the run noticed."""

import pytest

from cors_harness.model.events import EngineLost, RunFinished, StrayExchanges
from cors_harness.pytest_plugin.live import LIVE


def write_summary(reporter: pytest.TerminalReporter) -> None:
    """Writes nothing when no cell ran in this process."""
    live = reporter.config.stash[LIVE]
    if live.started is None:
        return
    reporter.section("cors-harness")
    for engine in live.started.engines:
        reporter.line(f"{engine.name}: {engine.label} ({engine.build}, {engine.driver})")
    for note in live.notes:
        match note:
            case EngineLost(engine=name, detail=detail, in_flight=count):
                reporter.line(f"{name} was lost with {count} cells in flight: {detail}", red=True)
            case StrayExchanges(count=count, examples=examples):
                reporter.line(f"{count} requests belong to no cell, e.g. {examples[0]}")
            case RunFinished(cells=cells, cells_s=seconds):
                reporter.line(f"{cells} cells in {seconds:.1f} s")
            case _:
                pass

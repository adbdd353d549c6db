"""Real changes of configuration: all are classed right in all engines, and none is missed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tests.changes.real_changes import CHANGES, ENGINES, RealChange

from cors_harness.changes.compare import compare
from cors_harness.changes.distil import baseline_of
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import Change, Comparison
from cors_harness.model.events import CellFinished, RunStarted
from cors_harness.plan import Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.catalogue import all_servers
from cors_harness.store.codec import header_to_json, record_to_json

pytestmark = pytest.mark.browser

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "changes.yaml"
IDS = [change.name for change in CHANGES]


@pytest.fixture(scope="module")
def ran() -> Baseline:
    """All scenarios of all changes, before and after, in all engines: one run."""
    plan = make_plan(load_scenarios([SCENARIOS]), all_servers(), Selection(engines=ENGINES))
    events = list(run(plan, RunSettings()))
    (started,) = (event for event in events if isinstance(event, RunStarted))
    records = [record_to_json(event.record) for event in events if isinstance(event, CellFinished)]
    return baseline_of(header_to_json([], started), records, SCENARIOS.parent)


def side(ran: Baseline, server: str) -> Baseline:
    """What ran on `server`, under a name that both sides of a change have."""
    entries = (entry for entry in ran.entries if entry.server == server)
    return replace(
        ran, servers=(), entries=tuple(replace(entry, server="app") for entry in entries)
    )


def compared(ran: Baseline, change: RealChange) -> Comparison:
    before, after = change.sides
    return compare(side(ran, before), side(ran, after))


def told(change: Change) -> str:
    return f"{change.class_} {', '.join(change.engines)}: {change.summary}"


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
def test_classes_are_those_expected_and_no_others(ran: Baseline, change: RealChange) -> None:
    found = compared(ran, change).changes
    classes = {(each.scenario.partition("::")[2], each.class_, each.engines) for each in found}
    assert classes == {
        (scenario, class_, engines)
        for scenario, expected in change.scenarios.items()
        for class_, engines in expected
    }, "\n".join(map(told, found))


@pytest.mark.parametrize("change", CHANGES, ids=IDS)
def test_every_scenario_is_compared_in_every_engine(ran: Baseline, change: RealChange) -> None:
    comparison = compared(ran, change)
    assert comparison.compared == len(change.classes) * len(ENGINES)
    assert (comparison.missing, comparison.stale) == ((), ())


def test_every_scenario_belongs_to_one_change(ran: Baseline) -> None:
    scenarios = {entry.scenario.partition("::")[2] for entry in ran.entries}
    assert Counter(name for change in CHANGES for name in change.scenarios) == Counter(scenarios)

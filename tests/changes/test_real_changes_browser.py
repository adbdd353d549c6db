"""Real changes of configuration: all are classed right in all engines, and none is missed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tests.changes.real_changes import CHANGES, ENGINES, RealChange

from cors_harness.changes.compare import compare
from cors_harness.changes.facts import facts_from_journal
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.baseline import Baseline, Entry
from cors_harness.model.cell import recorded
from cors_harness.model.change import Change, ChangeClass, Comparison, FacetKind
from cors_harness.model.events import CellFinished, RunStarted
from cors_harness.planning.plan import Selection, make_plan
from cors_harness.reports.wire_text import summary
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.store.codec import header_to_json

pytestmark = pytest.mark.browser

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "changes.yaml"
Classed = set[tuple[str, ChangeClass, tuple[str, ...]]]  # scenario, class, engines


def test_all_changes_are_classed_right_and_none_is_missed() -> None:
    """One test, because its one run would be one for each worker if it were several."""
    baseline = ran()
    scenarios = {scenario_of(entry) for entry in baseline.entries}
    assert Counter(name for each in CHANGES for name in each.scenarios) == Counter(scenarios)
    found = {each.name: compared(baseline, each) for each in CHANGES}
    assert [
        (each.name, found[each.name].missing, found[each.name].stale, found[each.name].compared)
        for each in CHANGES
    ] == [(each.name, (), (), len(each.classes) * len(ENGINES)) for each in CHANGES]
    wrong = [each for each in CHANGES if classes(found[each.name]) != expected(each)]
    assert not wrong, "\n".join(told(each, found[each.name]) for each in wrong)
    assert {each.name: carried_out(found[each.name]) for each in CHANGES} == {
        each.name: {f"{each.name}-{suffix}" for suffix in each.carried_out} for each in CHANGES
    }


def ran() -> Baseline:
    """All scenarios of all changes, before and after, in all engines."""
    plan = make_plan(load_scenarios([SCENARIOS]), all_servers(), Selection(engines=ENGINES))
    events = list(run(plan, RunSettings()))
    (started,) = (event for event in events if isinstance(event, RunStarted))
    records = [recorded(event.record) for event in events if isinstance(event, CellFinished)]
    return facts_from_journal(header_to_json([], started), records, SCENARIOS.parent)


def compared(ran: Baseline, change: RealChange) -> Comparison:
    before, after = change.sides
    return compare(side(ran, before), side(ran, after))


def side(ran: Baseline, server: str) -> Baseline:
    """What ran on `server`, under a name that both sides of a change have."""
    entries = (entry for entry in ran.entries if entry.server == server)
    return replace(
        ran, servers=(), entries=tuple(replace(entry, server="app") for entry in entries)
    )


def classes(comparison: Comparison) -> Classed:
    return {(scenario_of(each), each.class_, each.engines) for each in comparison.changes}


def carried_out(comparison: Comparison) -> set[str]:
    return {
        scenario_of(each) for each in comparison.changes if each.facet.kind is FacetKind.CARRIED_OUT
    }


def expected(change: RealChange) -> Classed:
    return {
        (scenario, class_, engines)
        for scenario, listed in change.scenarios.items()
        for class_, engines in listed
    }


def scenario_of(each: Entry | Change) -> str:
    return each.scenario.partition("::")[2]


def told(change: RealChange, comparison: Comparison) -> str:
    """What is wrong, and all that was found."""
    found, wanted = classes(comparison), expected(change)
    lines = [f"{change.name}: not expected {found - wanted}; not found {wanted - found}"]
    lines += [f"  {each.class_} {each.engines} {summary(each)}" for each in comparison.changes]
    return "\n".join(lines)

"""What is written after a run: what it speaks for is new, the rest stays as it was."""

from dataclasses import replace

from tests.changes.baseline_builders import ALLOWED, BLOCKED, baseline, entry

from cors_harness.changes.acceptance import Accepted, Covers, accepted
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import EntryName

OLD = baseline(entry("a"), entry("b"), version="155")


def everything(_name: EntryName, _engine: str) -> bool:
    return True


def only(*scenarios: str, engines: tuple[str, ...] = ()) -> Covers:
    names = {f"orders.yaml::{scenario}" for scenario in scenarios}
    return lambda name, engine: name[0] in names and (not engines or engine in engines)


def outcomes(result: Accepted) -> dict[str, list[str]]:
    return {
        each.scenario.rpartition(":")[2]: [facts[0].outcome.value for _, facts in each.engines]
        for each in result.baseline.entries
    }


def test_first_run_is_the_baseline() -> None:
    new = baseline(entry("a"))
    assert accepted(None, new, everything) == Accepted(baseline=new)


def test_run_that_covers_everything_replaces_everything() -> None:
    new = baseline(entry("a", ALLOWED), entry("c"))
    result = accepted(OLD, new, everything)
    assert result == Accepted(baseline=new, removed=(("orders.yaml::b", "app"),))


def test_what_the_run_does_not_speak_for_stays() -> None:
    result = accepted(OLD, baseline(entry("a", ALLOWED)), only("a"))
    assert outcomes(result) == {"a": ["allowed"] * 3, "b": ["blocked"] * 3}
    assert result.kept == (("orders.yaml::b", "app"),)
    assert result.baseline.entries[1] == OLD.entries[1]


def test_other_engines_of_an_entry_stay() -> None:
    new = baseline(entry("a", ALLOWED, engines=("firefox",)))
    result = accepted(OLD, new, only("a", engines=("firefox",)))
    assert outcomes(result)["a"] == ["blocked", "allowed", "blocked"]


def test_engines_that_ran_on_another_origin_of_the_page_go() -> None:
    new = replace(entry("a", ALLOWED, engines=("firefox",)), origin="https://other.example")
    result = accepted(OLD, baseline(new), only("a", engines=("firefox",)))
    assert result.baseline.entries[0] == new
    assert result.baseline.entries[1] == OLD.entries[1]
    assert result.kept == (("orders.yaml::b", "app"),)


def test_entry_that_nothing_runs_is_removed_alone() -> None:
    nothing = Baseline(harness="0.1.0", engines=(), servers=(), entries=())
    result = accepted(OLD, nothing, only("b"))
    assert outcomes(result) == {"a": ["blocked"] * 3}
    assert result.removed == (("orders.yaml::b", "app"),)
    assert result.baseline.engines == OLD.engines


def test_new_entry_is_put_in_its_place() -> None:
    result = accepted(OLD, baseline(entry("ab")), only("ab"))
    assert list(outcomes(result)) == ["a", "ab", "b"]


def test_version_stays_while_entries_stay_that_were_accepted_on_it() -> None:
    result = accepted(OLD, baseline(entry("a"), version="156"), only("a"))
    assert result.baseline.engines == OLD.engines
    assert result.baseline.servers == OLD.servers
    assert result.held == ("chromium", "firefox", "webkit", "app")


def test_version_of_an_engine_changes_with_the_last_entry_accepted_on_the_old_one() -> None:
    new = baseline(*(entry(name, engines=("firefox",)) for name in "ab"), version="156")
    result = accepted(OLD, new, only("a", "b", engines=("firefox",)))
    assert dict(result.baseline.engines) == {
        "chromium": "Chromium 155",
        "firefox": "Firefox 156",
        "webkit": "Webkit 155",
    }
    assert result.held == ("app",)


def test_version_of_what_is_new_is_written() -> None:
    new = baseline(entry("c", BLOCKED, server="flask-cors"), version="155")
    result = accepted(OLD, new, only("c"))
    assert dict(result.baseline.servers) == {
        "app": (("flask", "155"),),
        "flask-cors": (("flask", "155"),),
    }
    assert result.held == ()

"""JUnit XML: a case for each entry and the engines that agree, failures for what fails."""

from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from tests.changes.baseline_builders import (
    ALLOWED,
    BLOCKED,
    ENGINES,
    REQUEST,
    assessed,
    baseline,
    change,
    entry,
    facet_named,
)

from cors_harness.changes.assessment import Assessment, Trouble
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import ChangeClass, EngineChange
from cors_harness.reports.changes_junit import junit

BEFORE = baseline(entry("get-from-evil"), entry("other"))


def parsed(found: Assessment, before: Baseline = BEFORE, after: Baseline = BEFORE) -> Element:
    return fromstring(junit(found, before, after))  # noqa: S314 - what we wrote


def cases(*given: Any) -> dict[str, list[str]]:
    """The names of the cases, and what each has inside."""
    found = parsed(*given)
    return {case.attrib["name"]: [each.tag for each in case] for case in found.iter("testcase")}


EVERY = ", ".join(ENGINES)


def test_an_entry_that_did_not_change_passes_in_all_its_engines() -> None:
    assert cases(assessed()) == {
        f"get-from-evil[app] {EVERY}": [],
        f"other[app] {EVERY}": [],
    }


def test_a_change_that_fails_is_a_failure_with_the_block_and_the_command() -> None:
    found = assessed(change(), titles={"get-from-evil": "A foreign site"})
    case = parsed(found).find(f".//testcase[@name='get-from-evil[app] {EVERY}']")
    assert case is not None
    assert case.attrib["classname"] == "orders.yaml"
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {
        "type": "widened",
        "message": "https://evil.example can now read get-from-evil",
    }
    assert failure.text is not None
    assert "  request    access-control-allow-origin: missing -> *\n" in failure.text
    assert "A foreign site" in failure.text
    assert failure.text.endswith("--only get-from-evil")


def test_other_scenarios_of_the_group_are_not_in_the_case() -> None:
    text = junit(assessed(change(), change("other")), BEFORE, BEFORE).decode()
    assert text.count("--only get-from-evil<") == text.count("--only other<") == 1


def test_engines_that_disagree_have_a_case_each() -> None:
    assert cases(assessed(change(engines=("webkit",)))) == {
        "get-from-evil[app] chromium, firefox": [],
        "get-from-evil[app] webkit": ["failure"],
        f"other[app] {EVERY}": [],
    }


def test_a_change_that_need_not_fail_is_told_in_the_output() -> None:
    found = assessed(change(class_=ChangeClass.COSMETIC))
    assert cases(found)[f"get-from-evil[app] {EVERY}"] == ["system-out"]


def test_several_changes_of_a_cell_are_in_one_case() -> None:
    found = assessed(
        change(), change(facet=facet_named("credentials sent")), change(class_=ChangeClass.COSTLIER)
    )
    inside = cases(found)[f"get-from-evil[app] {EVERY}"]
    assert sorted(inside) == ["failure", "failure", "system-out"]


def test_missing_and_stale_entries_fail() -> None:
    found = assessed(missing=(("orders.yaml::new", "app"),), stale=(("orders.yaml::gone", "app"),))
    open_cases = {name: inside for name, inside in cases(found).items() if inside}
    assert open_cases == {"new[app]": ["failure"], "gone[app]": ["failure"]}


def test_a_cell_without_a_result_is_an_error() -> None:
    found = assessed(troubles=(Trouble(cell="orders.yaml::x[app-webkit]", why="crashed"),))
    (error,) = parsed(found).iter("error")
    assert error.attrib == {"type": "no result", "message": "crashed"}
    assert cases(found)["x[app-webkit]"] == ["error"]


def test_an_engine_that_only_one_side_has_is_not_compared() -> None:
    before = baseline(entry("get-from-evil", engines=("webkit",)))
    assert cases(assessed(), before, BEFORE) == {"get-from-evil[app] webkit": []}


def test_counts_are_those_of_the_cases() -> None:
    suites = parsed(assessed(change(), missing=(("orders.yaml::new", "app"),)))
    counts = {name: suites.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "3", "failures": "2", "errors": "0", "skipped": "0"}


def test_other_versions_are_properties() -> None:
    found = assessed(engines_changed=(EngineChange(name="webkit", before="1", after="2"),))
    (given,) = parsed(found).iter("property")
    assert given.attrib == {"name": "changed", "value": "webkit: 1 -> 2"}


def test_characters_that_xml_has_not_are_escaped() -> None:
    answers = (("access-control-allow-origin", "\x00\x1b<&]]>\ufffe"),)
    after = replace(ALLOWED, wire=(replace(REQUEST, response_headers=answers),))
    found = assessed(
        change(before=BLOCKED, after=after, headline="\x00 \ud800 <b>"),
        titles={"get-from-evil": "\x0b title"},
    )
    (failure,) = parsed(found).iter("failure")
    assert failure.attrib["message"] == r"\x00 \ud800 <b>"
    assert r"missing -> \x00\x1b<&]]>\ufffe" in (failure.text or "")


def test_what_a_reader_should_know_beside_is_a_property() -> None:
    found = parsed(assessed(remarks=("22 cells of this run blocked by a 401",)))
    notes = [
        each.attrib["value"] for each in found.iter("property") if each.attrib["name"] == "note"
    ]
    assert notes == ["22 cells of this run blocked by a 401"]

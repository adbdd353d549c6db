"""Which changes are told as one, and what is said of them."""

from dataclasses import replace

import pytest
from tests.changes.baseline_builders import (
    ALLOWED,
    BLOCKED,
    EVIL,
    REQUEST,
    STAR,
    change,
    facet_named,
)

from cors_harness.changes.assessment import grouped
from cors_harness.changes.wire_diff import PAGE_ORIGIN
from cors_harness.model.change import Change, ChangeClass, WirePart
from cors_harness.model.scenario import Outcome
from cors_harness.reports.changes_text import headline
from cors_harness.terms.reasons import ReasonCode

OTHER = "https://other.example"


def reflected(origin: str) -> Change:
    wire = (replace(REQUEST, response_headers=(("access-control-allow-origin", origin),)),)
    return change(f"from-{origin[8:11]}", origin=origin, after=replace(ALLOWED, wire=wire))


TOGETHER = {
    "other scenario": change("get-from-other"),
    "other origin": change("get-from-other", origin=OTHER),
    "other path": change(
        "users",
        before=replace(BLOCKED, wire=(replace(REQUEST, target="/users"),)),
        after=replace(ALLOWED, wire=(replace(REQUEST, target="/users", response_headers=STAR),)),
    ),
    "other engines": change("get-from-other", engines=("webkit",)),
    "other reason": change(
        "get-from-other",
        before=replace(BLOCKED, reason=ReasonCode.UNKNOWN),
        engines=("webkit",),
    ),
    "other Vary": change(
        "get-from-other",
        after=replace(
            ALLOWED, wire=(replace(REQUEST, response_headers=(*STAR, ("vary", "Origin"))),)
        ),
    ),
}
APART = {
    "other class": change("other", ChangeClass.ENGINE_CHANGED),
    "other server": change("other", server="flask-cors"),
    "other facet": change("other", facet=facet_named("credentials sent")),
    "other outcome": change("other", after=replace(ALLOWED, outcome=Outcome.OPAQUE)),
    "other header": change(
        "other",
        after=replace(
            ALLOWED,
            wire=(replace(REQUEST, response_headers=(("access-control-allow-origin", "x"),)),),
        ),
    ),
    "a step that was not asked": change("other", before=None),
}


@pytest.mark.parametrize("other", TOGETHER.values(), ids=TOGETHER)
def test_changes_of_one_kind_are_one_group(other: Change) -> None:
    (group,) = grouped([change(), other])
    assert {name for name, _ in group.names} == {change().scenario, other.scenario}


@pytest.mark.parametrize("other", APART.values(), ids=APART)
def test_changes_of_two_kinds_are_two_groups(other: Change) -> None:
    assert len(grouped([change(), other])) == 2


def test_reflected_origins_are_one_group() -> None:
    (group,) = grouped([reflected(EVIL), reflected(OTHER)])
    assert group.origins == (EVIL, OTHER)
    assert (PAGE_ORIGIN,) in {difference.after for difference in group.wire}


def test_only_what_all_have_in_common_is_told_of_the_wire() -> None:
    (group,) = grouped([change(), TOGETHER["other Vary"]])
    assert [(difference.part, difference.header) for difference in group.wire] == [
        (WirePart.RESPONSE_HEADER, "access-control-allow-origin"),
        (WirePart.RESULT, ""),
        (WirePart.REASON, ""),
    ]


def test_engines_that_differ_are_joined_in_the_scenario() -> None:
    chromium = change(engines=("chromium",))
    webkit = change(engines=("webkit",), headline="the same, in other words")
    (group,) = grouped([chromium, webkit])
    (member,) = group.members
    assert member.engines == group.engines == ("chromium", "webkit")
    assert len(member.changes) == 2


def test_facets_of_a_cosmetic_change_are_one_group() -> None:
    facets = ("vary", "access-control-allow-methods")
    changes = [change(class_=ChangeClass.COSMETIC, facet=facet_named(facet)) for facet in facets]
    (group,) = grouped(changes)
    assert group.facet_text == "access-control-allow-methods, vary"


def test_groups_are_in_the_order_of_classes_and_large_ones_first() -> None:
    changes = [
        change("z", ChangeClass.COSMETIC),
        change("a", ChangeClass.NARROWED),
        change("b", facet=facet_named("credentials sent")),
        *(change(f"c-{number}") for number in range(2)),
    ]
    found = [(group.class_, len(group.members)) for group in grouped(changes)]
    assert found == [
        (ChangeClass.WIDENED, 2),
        (ChangeClass.WIDENED, 1),
        (ChangeClass.NARROWED, 1),
        (ChangeClass.COSMETIC, 1),
    ]


def test_headline_is_the_claim_that_all_make() -> None:
    alike = [change(name, headline="remembered for 60 s") for name in ("a", "b")]
    assert headline(grouped(alike)[0]) == "remembered for 60 s (2 scenarios)"
    several = headline(grouped([change("a"), change("b")])[0])
    assert several == "pages can now read GET /orders (2 scenarios)"


def test_call_is_told_even_where_nothing_was_sent() -> None:
    nothing = replace(BLOCKED, wire=())
    sent, unsent = change(), change(before=nothing, after=nothing)
    assert [grouped([each])[0].members[0].call for each in (sent, unsent)] == ["GET /orders", ""]

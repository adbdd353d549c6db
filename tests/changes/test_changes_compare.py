"""compare(): every rule both ways, engines that agree, and what only one side has."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from tests.changes.carried_out_cases import CARRIED_OUT_ROWS
from tests.changes.change_cases import ROWS, Row, aged
from tests.changes.engine_cases import ENGINE_DID, SERVER_DID
from tests.changes.step_builders import (
    ALLOWED_ORIGIN,
    PAGE,
    Headers,
    allowed,
    baseline,
    blocked,
    entry,
    entry_by,
    opaque,
    other_version,
    preflight,
    request,
)

from cors_harness.changes.compare import compare
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import Baseline, Facts
from cors_harness.model.change import Change, ChangeClass, Comparison, EngineChange, ServerChange
from cors_harness.reports.wire_text import summary
from cors_harness.terms.reasons import ReasonCode

ENGINES = ("chromium", "firefox", "webkit")
MIRROR = {
    ChangeClass.WIDENED: ChangeClass.NARROWED,
    ChangeClass.NARROWED: ChangeClass.WIDENED,
    ChangeClass.COSTLIER: ChangeClass.CHEAPER,
    ChangeClass.CHEAPER: ChangeClass.COSTLIER,
}
MIRRORED_FACETS = {"preflight added": "preflight gone"}
ALL_ROWS = {**ROWS, **CARRIED_OUT_ROWS}
READ, SHUT = allowed(request(response_headers=ALLOWED_ORIGIN)), blocked(request())


def kinds(comparison: Comparison) -> list[tuple[ChangeClass, str]]:
    return [(change.class_, change.facet.text) for change in comparison.changes]


def mirrored(class_: ChangeClass, facet: str) -> tuple[ChangeClass, str]:
    return MIRROR.get(class_, class_), MIRRORED_FACETS.get(facet, facet)


def of_row(row: Row) -> tuple[Baseline, Baseline]:
    before, after = (entry(step, engines=ENGINES) for step in (row.before, row.after))
    return baseline(before), baseline(after)


def only(comparison: Comparison) -> Change:
    (change,) = comparison.changes
    return change


@pytest.mark.parametrize("row", ALL_ROWS.values(), ids=ALL_ROWS)
def test_a_step_that_differs_is_classed(row: Row) -> None:
    comparison = compare(*of_row(row))
    assert kinds(comparison) == sorted(
        row.changes, key=lambda each: list(ChangeClass).index(each[0])
    )
    assert all(change.engines == ENGINES for change in comparison.changes)


@pytest.mark.parametrize("row", ALL_ROWS.values(), ids=ALL_ROWS)
def test_the_other_way_round_it_is_the_reverse(row: Row) -> None:
    before, after = of_row(row)
    assert set(kinds(compare(after, before))) == {mirrored(*each) for each in row.changes}


@pytest.mark.parametrize("row", ALL_ROWS.values(), ids=ALL_ROWS)
def test_what_is_the_same_has_no_change(row: Row) -> None:
    for same in of_row(row):
        assert compare(same, same) == Comparison(compared=3)


@pytest.mark.parametrize("row", ALL_ROWS.values(), ids=ALL_ROWS)
def test_another_version_of_the_engine_alone_changes_nothing(row: Row) -> None:
    before, after = of_row(row)
    assert compare(before, other_version(before)).changes == ()
    assert len(compare(before, other_version(after)).changes) >= len(row.changes)


SUMMARIES: Mapping[str, str] = {
    "a blocked response can be read": (
        f"{PAGE} can now read GET /orders (was blocked: allow-origin-missing); "
        f"Access-Control-Allow-Origin: missing -> {PAGE}"
    ),
    "a stopped PUT is sent and can be read": (
        f"{PAGE} can now read PUT /orders (was blocked: allow-origin-missing); "
        f"preflight Access-Control-Allow-Origin: missing -> {PAGE}; "
        "now sent: PUT /orders, answered 200"
    ),
    "a stopped PUT is sent, its response stays unreadable": (
        f"PUT /orders from {PAGE} now reaches the server, unreadable as its response is "
        "(was stopped: allow-origin-missing); "
        f"preflight Access-Control-Allow-Origin: missing -> {PAGE}; "
        "now sent: PUT /orders, answered 200"
    ),
    "a request carries a cookie that it did not carry": (
        f"GET /orders from {PAGE} now carries credentials"
    ),
    "a refused POST is carried out": (
        f"POST /orders from {PAGE} is now carried out, unreadable as its response is "
        "(was refused: 403); status: 403 -> 200"
    ),
    "a refused POST that carried credentials is carried out": (
        f"POST /orders from {PAGE} is now carried out with credentials, "
        "unreadable as its response is (was refused: 403); status: 403 -> 200"
    ),
    "a refused POST is answered as a form that was taken": (
        f"POST /orders from {PAGE} is now carried out, unreadable as its response is "
        "(was refused: 403, 302 counts as carried out); "
        "status: 403 -> 302; Location: missing -> /thanks"
    ),
    "one more header can be read": (
        f"{PAGE} can now read X-Total-Count of GET /orders; "
        "Access-Control-Expose-Headers: missing -> X-Total-Count"
    ),
    "a preflight that was not there": (
        f"PUT /orders from {PAGE} now takes one preflight instead of no preflight; "
        "now sent: preflight OPTIONS /orders, answered 200"
    ),
    "Max-Age is gone": (
        "preflight remembered for 5 s instead of 600 s; Access-Control-Max-Age: 600 -> missing"
    ),
    "Vary is gone": "Vary: Origin -> missing",
    "a header is empty where it was absent": "Vary: missing -> (empty)",
    "a header is sent twice, and the outcome is the same": (
        "Access-Control-Allow-Origin: https://a.example -> "
        "https://a.example, https://a.example (2 headers)"
    ),
    "the status is 500 and the page reads it": "status: 200 -> 500",
    "the preflight's status is 204": "preflight status: 200 -> 204",
    "blocked for another reason": (
        "blocked for another reason: allow-origin-missing -> allow-origin-mismatch"
    ),
}


@pytest.mark.parametrize(("name", "text"), SUMMARIES.items(), ids=SUMMARIES)
def test_the_summary_says_what_changed_on_the_wire(name: str, text: str) -> None:
    assert summary(only(compare(*of_row(ALL_ROWS[name])))) == text


def test_narrowed_says_what_the_browser_says_now() -> None:
    change = only(compare(baseline(entry(READ)), baseline(entry(SHUT))))
    assert summary(change) == (
        f"{PAGE} can no longer read GET /orders (now blocked: allow-origin-missing); "
        f"Access-Control-Allow-Origin: {PAGE} -> missing"
    )


def test_what_preflight_and_request_have_alike_is_said_once() -> None:
    vary = {**ALLOWED_ORIGIN, "vary": "Origin"}
    before = allowed(preflight(response_headers=vary), request("PUT", response_headers=vary))
    after = allowed(
        preflight(response_headers=ALLOWED_ORIGIN), request("PUT", response_headers=ALLOWED_ORIGIN)
    )
    change = only(compare(baseline(entry(before)), baseline(entry(after))))
    assert summary(change) == "Vary: Origin -> missing"


def test_repeats_are_told_by_values_not_by_texts() -> None:
    """A header without a value, and one whose value is what reports show for that."""
    empty: Headers = {**ALLOWED_ORIGIN, "vary": ""}
    spelled: Headers = {**ALLOWED_ORIGIN, "vary": "(empty)"}
    before = allowed(
        preflight(response_headers=ALLOWED_ORIGIN), request("PUT", response_headers=ALLOWED_ORIGIN)
    )
    after = allowed(preflight(response_headers=empty), request("PUT", response_headers=spelled))
    change = only(compare(baseline(entry(before)), baseline(entry(after))))
    assert [(each.kind, each.after) for each in change.wire] == [
        (ExchangeKind.PREFLIGHT, ("",)),
        (ExchangeKind.REQUEST, ("(empty)",)),
    ]


def test_the_origins_of_two_servers_are_two_differences() -> None:
    before, after = (
        allowed(
            request(status=307, response_headers=headers),
            request(role="other", response_headers=headers),
        )
        for headers in ({**ALLOWED_ORIGIN, "vary": "Origin"}, ALLOWED_ORIGIN)
    )
    change = only(compare(baseline(entry(before)), baseline(entry(after))))
    assert summary(change) == "Vary: Origin -> missing; request at other Vary: Origin -> missing"


# Engines


def test_engines_that_give_another_reason_are_one_change() -> None:
    refused = blocked(request(), reason=ReasonCode.ALLOW_ORIGIN_REFUSED)
    facts: Mapping[str, Facts] = {"chromium": (SHUT,), "firefox": (SHUT,), "webkit": (refused,)}
    change = only(compare(baseline(entry_by(facts)), baseline(entry(READ, engines=ENGINES))))
    assert change.engines == ENGINES
    assert summary(change).startswith(
        f"{PAGE} can now read GET /orders "
        "(was blocked: allow-origin-missing or blocked: allow-origin-refused); "
    )


def test_engines_that_do_not_agree_are_changes_of_their_own() -> None:
    before = baseline(entry(READ, engines=ENGINES))
    after = baseline(entry_by({"chromium": (READ,), "firefox": (SHUT,), "webkit": (SHUT,)}))
    assert only(compare(before, after)).engines == ("firefox", "webkit")


def test_engines_agree_by_values_not_by_texts() -> None:
    varied = {
        engine: (allowed(request(response_headers={**ALLOWED_ORIGIN, "vary": value})),)
        for engine, value in (("chromium", ""), ("firefox", "(empty)"))
    }
    before = baseline(entry(READ, engines=("chromium", "firefox")))
    changes = compare(before, baseline(entry_by(varied))).changes
    assert [change.engines for change in changes] == [("chromium",), ("firefox",)]


def test_each_engine_counts_its_own_limit_of_max_age() -> None:
    before, after = (baseline(entry(aged(age), engines=ENGINES)) for age in ("86400", "7200"))
    found = {change.engines: change for change in compare(before, after).changes}
    assert found[("firefox",)].class_ is ChangeClass.COSTLIER
    assert found[("chromium", "webkit")].class_ is ChangeClass.COSMETIC


def test_only_named_engines_are_compared() -> None:
    before = baseline(entry(READ, engines=ENGINES))
    after = baseline(entry(SHUT, engines=("firefox",)))
    comparison = compare(before, after, engines=["firefox"])
    assert only(comparison).engines == ("firefox",)
    assert (comparison.compared, comparison.stale, comparison.engines_changed) == (1, (), ())


# Another version of an engine


def test_a_new_engine_that_asks_alike_and_gives_otherwise_has_changed() -> None:
    answers = {"access-control-allow-headers": "*", **ALLOWED_ORIGIN}
    before = baseline(
        entry(
            allowed(preflight(response_headers=answers), request(response_headers=ALLOWED_ORIGIN))
        )
    )
    after = other_version(baseline(entry(blocked(preflight(response_headers=answers)))))
    change = only(compare(before, after))
    assert (change.class_, change.facet.text) == (ChangeClass.ENGINE_CHANGED, "response readable")


def test_a_new_engine_that_sends_otherwise_has_changed() -> None:
    before = baseline(entry(allowed(preflight(headers="x-a"), request())))
    after = other_version(baseline(entry(allowed(preflight(headers="x-a,x-b"), request()))))
    assert only(compare(before, after)).class_ is ChangeClass.ENGINE_CHANGED


def test_a_new_engine_does_not_hide_that_the_server_has_changed() -> None:
    after = other_version(baseline(entry(READ)))
    assert only(compare(baseline(entry(SHUT)), after)).class_ is ChangeClass.WIDENED


def test_what_the_server_did_in_an_earlier_step_counts_against_the_engine() -> None:
    remembered = entry(aged("600"), allowed(request("PUT", response_headers=ALLOWED_ORIGIN)))
    forgotten = other_version(baseline(entry(aged("0"), aged("0"))))
    classes = {change.class_ for change in compare(baseline(remembered), forgotten).changes}
    assert classes == {ChangeClass.COSTLIER}


def test_the_other_engines_are_classed_as_ever() -> None:
    before = baseline(entry(READ, engines=ENGINES))
    moved = blocked(request(response_headers=ALLOWED_ORIGIN), reason=ReasonCode.UNKNOWN)
    after = other_version(baseline(entry(moved, engines=ENGINES)), "webkit")
    found = {change.engines: change.class_ for change in compare(before, after).changes}
    assert found == {
        ("chromium", "firefox"): ChangeClass.NARROWED,
        ("webkit",): ChangeClass.ENGINE_CHANGED,
    }


@pytest.mark.parametrize("name", SERVER_DID, ids=SERVER_DID)
@pytest.mark.parametrize("turned", [False, True], ids=["as it is", "the other way round"])
def test_what_the_server_did_or_may_have_done_is_never_the_engine_s(
    name: str, *, turned: bool
) -> None:
    steps = SERVER_DID[name][::-1] if turned else SERVER_DID[name]
    before, after = (baseline(entry(*each)) for each in steps)
    as_ever = {(c.class_, c.facet.text) for c in compare(before, after).changes}
    changes = compare(before, other_version(after)).changes
    assert {(c.class_, c.facet.text) for c in changes} == as_ever
    assert ChangeClass.ENGINE_CHANGED not in {c.class_ for c in changes}


@pytest.mark.parametrize("name", ENGINE_DID, ids=ENGINE_DID)
def test_what_only_the_engine_can_have_done_is_its_own(name: str) -> None:
    for before, after in (ENGINE_DID[name], ENGINE_DID[name][::-1]):
        comparison = compare(baseline(entry(before)), other_version(baseline(entry(after))))
        assert {change.class_ for change in comparison.changes} == {ChangeClass.ENGINE_CHANGED}


def test_changed_engines_are_named() -> None:
    before = baseline(entry(READ, engines=("chromium", "webkit")))
    after = other_version(baseline(entry(READ, engines=("chromium", "firefox"))))
    assert compare(before, after).engines_changed == (
        EngineChange(
            name="chromium", before="Chromium 156.0.8078.108", after="chromium of tomorrow"
        ),
        EngineChange(name="firefox", before="", after="Firefox 153.7.0"),
        EngineChange(name="webkit", before="WebKitGTK 2.50.6, not Safari", after=""),
    )


def test_changed_servers_are_named_with_what_differs_in_them() -> None:
    before = replace(
        baseline(entry(READ)), servers=(("app", (("flask", "3.1.3"), ("werkzeug", "3.1.9"))),)
    )
    after = replace(before, servers=(("app", (("flask", "3.2.0"), ("werkzeug", "3.1.9"))),))
    assert compare(before, after).servers_changed == (
        ServerChange(name="app", before=(("flask", "3.1.3"),), after=(("flask", "3.2.0"),)),
    )
    turned = replace(before, servers=(("app", (("werkzeug", "3.1.9"), ("flask", "3.1.3"))),))
    assert compare(before, turned).servers_changed == ()


# Steps, origins, entries


def test_a_step_more_that_the_page_reads_is_widened() -> None:
    before, after = baseline(entry(READ)), baseline(entry(READ, READ))
    change = only(compare(before, after))
    assert (change.class_, change.facet.text, change.step) == (ChangeClass.WIDENED, "steps", 1)
    assert summary(change) == f"step 2: now also asked: GET /orders from {PAGE}, allowed"
    assert (change.before, change.after) == (None, READ)
    assert only(compare(after, before)).class_ is ChangeClass.NARROWED


def test_a_step_more_that_is_blocked_is_cosmetic() -> None:
    change = only(compare(baseline(entry(READ)), baseline(entry(READ, SHUT))))
    assert (change.class_, change.facet.text) == (ChangeClass.COSMETIC, "steps")


def test_a_step_more_that_is_blocked_and_carried_out_is_widened() -> None:
    before, after = baseline(entry(READ)), baseline(entry(READ, blocked(request("POST"))))
    change = only(compare(before, after))
    assert (change.class_, change.facet.text) == (ChangeClass.WIDENED, "steps")
    assert summary(change) == (
        f"step 2: now also asked: POST /orders from {PAGE}, "
        "blocked: allow-origin-missing, and carried out"
    )
    assert only(compare(after, before)).class_ is ChangeClass.NARROWED


def test_a_step_more_that_is_refused_is_cosmetic() -> None:
    change = only(
        compare(baseline(entry(READ)), baseline(entry(READ, blocked(request("POST", 403)))))
    )
    assert change.class_ is ChangeClass.COSMETIC


def test_a_request_that_is_no_longer_carried_out_is_narrowed() -> None:
    done, refused = (baseline(entry(opaque(request("POST", status)))) for status in (200, 403))
    change = only(compare(done, refused))
    assert (change.class_, change.facet.text) == (ChangeClass.NARROWED, "request carried out")
    assert summary(change) == (
        f"POST /orders from {PAGE} is no longer carried out, unreadable as its response is "
        "(now refused: 403); status: 200 -> 403"
    )


def test_a_new_engine_is_no_reason_for_what_is_carried_out() -> None:
    done, refused = (baseline(entry(opaque(request("POST", status)))) for status in (200, 403))
    assert only(compare(refused, other_version(done))).class_ is ChangeClass.WIDENED


def test_another_origin_of_the_page_is_nothing_that_was_accepted() -> None:
    before = baseline(entry(READ))
    after = baseline(entry(READ, origin="https://other.example"))
    assert kinds(compare(before, after)) == [
        (ChangeClass.WIDENED, "steps"),
        (ChangeClass.NARROWED, "steps"),
    ]


def test_steps_are_told_apart() -> None:
    before, after = baseline(entry(READ, SHUT)), baseline(entry(READ, READ))
    change = only(compare(before, after))
    assert change.step == 1
    assert summary(change).startswith(f"step 2: {PAGE} can now read GET /orders")


def test_what_is_cosmetic_in_one_step_is_not_said_beside_a_change_in_another() -> None:
    varied = allowed(request(response_headers={**ALLOWED_ORIGIN, "vary": "Origin"}))
    before, after = baseline(entry(READ, SHUT)), baseline(entry(varied, READ))
    assert kinds(compare(before, after)) == [(ChangeClass.WIDENED, "response readable")]


def test_entries_of_one_side_are_missing_or_stale() -> None:
    shared, gone, new = (entry(READ, scenario=f"a.yaml::{name}") for name in ("b", "gone", "new"))
    comparison = compare(baseline(shared, gone), baseline(shared, new))
    assert comparison.stale == (("a.yaml::gone", "app"),)
    assert comparison.missing == (("a.yaml::new", "app"),)
    assert (comparison.changes, comparison.compared) == ((), 1)


def test_an_engine_of_one_side_makes_its_entry_missing_or_stale() -> None:
    before = baseline(entry(READ, engines=("chromium", "webkit")))
    after = baseline(entry(READ, engines=("chromium", "firefox")))
    comparison = compare(before, after)
    assert comparison.stale == comparison.missing == (("orders.yaml::orders", "app"),)
    assert comparison.compared == 1


def test_what_the_run_does_not_cover_is_not_stale() -> None:
    before = baseline(*(entry(READ, scenario=f"{name}.yaml::get") for name in ("orders", "users")))
    comparison = compare(
        before,
        baseline(entry(READ, scenario="orders.yaml::get")),
        covered=lambda name, _: name[0].startswith("orders.yaml::"),
    )
    assert comparison == Comparison(compared=1)


def test_what_the_run_does_not_cover_in_this_engine_is_not_stale_in_it() -> None:
    before = baseline(entry(READ, engines=("chromium", "webkit")))
    after = baseline(entry(READ, engines=("chromium",)))
    both = ["chromium", "webkit"]
    comparison = compare(before, after, covered=lambda _, each: each != "webkit", engines=both)
    assert comparison.stale == ()


def test_entries_in_an_engine_that_takes_no_part_any_more_are_stale() -> None:
    before = baseline(entry(READ, engines=("chromium", "webkit")))
    after = baseline(entry(READ, engines=("chromium",)))
    comparison = compare(before, after, covered=lambda *_: True, engines=["chromium"])
    assert comparison.stale == (("orders.yaml::orders", "app"),)


def test_changes_are_in_the_order_of_the_report_whatever_the_order_of_the_entries() -> None:
    names = ("b.yaml::2", "a.yaml::1", "a.yaml::0")
    shut = [entry(SHUT, scenario=name) for name in names]
    read = [entry(READ, scenario=name) for name in names]
    before = baseline(shut[0], read[1], shut[2])
    after = baseline(read[0], shut[1], read[2])
    one = compare(before, after)
    assert [(c.class_.value, c.scenario) for c in one.changes] == [
        ("widened", "a.yaml::0"),
        ("widened", "b.yaml::2"),
        ("narrowed", "a.yaml::1"),
    ]
    turned = replace(before, entries=before.entries[::-1])
    assert compare(turned, replace(after, entries=after.entries[::-1])) == one

"""comparison_to_json(): the document that other programs read."""

import json

from tests.changes.step_builders import (
    ALLOWED_ORIGIN,
    PAGE,
    allowed,
    baseline,
    blocked,
    entry,
    request,
)
from tests.reports.advice_builders import ADVICE

from cors_harness.changes.compare import compare
from cors_harness.model.change import (
    Change,
    ChangeClass,
    Comparison,
    EngineChange,
    Facet,
    FacetKind,
    ServerChange,
)
from cors_harness.reports.changes_json import comparison_to_json


def test_a_change_has_both_sides_and_says_what_it_is() -> None:
    before = baseline(entry(blocked(request()), engines=("chromium", "webkit")))
    after = baseline(
        entry(
            allowed(request(response_headers=ALLOWED_ORIGIN), reads=("x-a",)),
            engines=("chromium", "webkit"),
        )
    )
    (change,) = comparison_to_json(compare(before, after))["changes"]
    exchange = {
        "kind": "request",
        "role": "server",
        "method": "GET",
        "target": "/orders",
        "request_headers": [],
        "with_credentials": False,
        "status": 200,
        "response_headers": [],
    }
    assert change == {
        "class": "widened",
        "scenario": "orders.yaml::orders",
        "server": "app",
        "engines": ["chromium", "webkit"],
        "origin": PAGE,
        "step": 0,
        "facet": "response readable",
        "before": {
            "outcome": "blocked",
            "status": None,
            "reason": "allow-origin-missing",
            "readable": [],
            "wire": [exchange],
        },
        "after": {
            "outcome": "allowed",
            "status": 200,
            "reason": None,
            "readable": ["x-a"],
            "wire": [{**exchange, "response_headers": [["access-control-allow-origin", PAGE]]}],
        },
        "summary": f"{PAGE} can now read GET /orders (was blocked: allow-origin-missing); "
        f"Access-Control-Allow-Origin: missing -> {PAGE}",
        "advice": None,
    }


def test_everything_beside_the_changes_is_there() -> None:
    comparison = Comparison(
        missing=(("a.yaml::new", "app"),),
        stale=(("a.yaml::gone", "app"),),
        engines_changed=(EngineChange(name="webkit", before="2.50.6", after=""),),
        servers_changed=(
            ServerChange(name="app", before=(("flask", "3.1.3"),), after=(("flask", "3.2.0"),)),
        ),
        compared=12,
    )
    document = comparison_to_json(comparison)
    assert json.loads(json.dumps(document)) == {
        "schema": 2,
        "changes": [],
        "missing": [{"scenario": "a.yaml::new", "server": "app"}],
        "stale": [{"scenario": "a.yaml::gone", "server": "app"}],
        "engines_changed": [{"name": "webkit", "before": "2.50.6", "after": ""}],
        "servers_changed": [
            {"name": "app", "before": {"flask": "3.1.3"}, "after": {"flask": "3.2.0"}}
        ],
        "compared": 12,
    }


def test_a_step_of_one_side_is_null_on_the_other() -> None:
    change = Change(
        class_=ChangeClass.WIDENED,
        scenario="a.yaml::b",
        server="app",
        origin=PAGE,
        engines=("chromium",),
        step=1,
        before=None,
        after=blocked(),
        facet=Facet(kind=FacetKind.STEPS),
        headline="",
    )
    (document,) = comparison_to_json(Comparison(changes=(change,)))["changes"]
    assert document["before"] is None
    assert document["after"]["outcome"] == "blocked"


def test_advice_is_beside_the_change_that_it_is_for() -> None:
    read, shut = (
        baseline(entry(step))
        for step in (allowed(request(response_headers=ALLOWED_ORIGIN)), blocked())
    )
    comparison = compare(read, shut)
    (change,) = comparison_to_json(comparison, lambda _: ADVICE)["changes"]
    assert change["advice"]["wrong"] == ADVICE.wrong
    assert json.loads(json.dumps(change))["advice"]["lines"] == list(ADVICE.lines)

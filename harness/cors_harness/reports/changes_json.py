"""comparison_to_json(): a comparison as the JSON document of `check --json` and `diff --json`."""

from collections.abc import Callable
from dataclasses import asdict

from cors_harness.model.advice import Advice
from cors_harness.model.baseline import ExchangeFacts, StepFacts, TextPairs
from cors_harness.model.change import Change, Comparison, EntryName
from cors_harness.store.codec import JsonObject

SCHEMA = 2  # goes up when a reader of the old form would misread the new one


def comparison_to_json(
    comparison: Comparison, advice_for: Callable[[Change], Advice | None] = lambda _: None
) -> JsonObject:
    """{schema, changes, missing, stale, engines_changed, servers_changed, compared}."""
    return {
        "schema": SCHEMA,
        "changes": [_change(each, advice_for(each)) for each in comparison.changes],
        "missing": [_name(name) for name in comparison.missing],
        "stale": [_name(name) for name in comparison.stale],
        "engines_changed": [
            {"name": each.name, "before": each.before, "after": each.after}
            for each in comparison.engines_changed
        ],
        "servers_changed": [
            {"name": each.name, "before": dict(each.before), "after": dict(each.after)}
            for each in comparison.servers_changed
        ],
        "compared": comparison.compared,
    }


def _change(change: Change, advice: Advice | None) -> JsonObject:
    return {
        "class": change.class_.value,
        "scenario": change.scenario,
        "server": change.server,
        "engines": list(change.engines),
        "origin": change.origin,
        "step": change.step,
        "facet": change.facet.text,
        "before": _step(change.before),
        "after": _step(change.after),
        "summary": change.summary,
        "advice": asdict(advice) if advice else None,
    }


def _name(name: EntryName) -> JsonObject:
    scenario, server = name
    return {"scenario": scenario, "server": server}


def _step(step: StepFacts | None) -> JsonObject | None:
    if step is None:
        return None
    return {
        "outcome": step.outcome.value,
        "status": step.status,
        "reason": step.reason.value if step.reason else None,
        "readable": list(step.readable),
        "wire": [_exchange(each) for each in step.wire],
    }


def _exchange(each: ExchangeFacts) -> JsonObject:
    return {
        "kind": each.kind.value,
        "role": each.role,
        "method": each.method,
        "target": each.target,
        "request_headers": _pairs(each.request_headers),
        "with_credentials": each.with_credentials,
        "status": each.status,
        "response_headers": _pairs(each.response_headers),
    }


def _pairs(pairs: TextPairs) -> list[list[str]]:
    return [list(pair) for pair in pairs]

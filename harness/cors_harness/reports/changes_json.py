"""comparison_to_json(): a comparison as the JSON document of `check --json` and `diff --json`."""

from collections.abc import Callable

from cors_harness.model.advice import Advice
from cors_harness.model.baseline import ExchangeFacts, StepFacts, TextPairs
from cors_harness.model.change import Change, Comparison, EntryName
from cors_harness.reports.wire_text import summary
from cors_harness.store.codec import Json, advice_to_json

SCHEMA = 2  # goes up when a reader of the old form would misread the new one


def comparison_to_json(
    comparison: Comparison, advice_for: Callable[[Change], Advice | None] = lambda _: None
) -> Json:
    """{schema, changes, missing, stale, engines_changed, servers_changed, compared}."""
    return {
        "schema": SCHEMA,
        "changes": [_change(change, advice_for(change)) for change in comparison.changes],
        "missing": [_name(name) for name in comparison.missing],
        "stale": [_name(name) for name in comparison.stale],
        "engines_changed": [
            {"name": engine.name, "before": engine.before, "after": engine.after}
            for engine in comparison.engines_changed
        ],
        "servers_changed": [
            {"name": server.name, "before": dict(server.before), "after": dict(server.after)}
            for server in comparison.servers_changed
        ],
        "compared": comparison.compared,
    }


def _change(change: Change, advice: Advice | None) -> Json:
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
        "summary": summary(change),
        "advice": advice_to_json(advice),
    }


def _name(name: EntryName) -> Json:
    scenario, server = name
    return {"scenario": scenario, "server": server}


def _step(step: StepFacts | None) -> Json | None:
    if step is None:
        return None
    return {
        "outcome": step.outcome.value,
        "status": step.status,
        "reason": step.reason.value if step.reason else None,
        "readable": list(step.readable),
        "wire": [_exchange(exchange) for exchange in step.wire],
    }


def _exchange(exchange: ExchangeFacts) -> Json:
    return {
        "kind": exchange.kind.value,
        "role": exchange.role,
        "method": exchange.method,
        "target": exchange.target,
        "request_headers": _pairs(exchange.request_headers),
        "with_credentials": exchange.with_credentials,
        "status": exchange.status,
        "response_headers": _pairs(exchange.response_headers),
    }


def _pairs(pairs: TextPairs) -> list[list[str]]:
    return [list(pair) for pair in pairs]

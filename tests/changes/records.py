"""Records by hand: what the journal has of a cell, in as few words as a test has room for."""

from typing import Any

from cors_harness.model.cell import RecordedCell
from cors_harness.store.codec import Json
from cors_harness.store.record_reading import record_from_json

PORTS = {"page": 41375, "server": 43889, "other": 46557, "third": 38567}
ORIGINS = {role: f"http://127.0.0.1:{port}" for role, port in PORTS.items()}
TOKEN = "i7.26"  # noqa: S105 - a cell's token

HEADER: Json = {
    "schema": 1,
    "harness": "0.1.0",
    "argv": ["run"],
    "os": "Linux",
    "engines": [
        {"name": "webkit", "label": "WebKitGTK 2.50.6, not Safari"},
        {"name": "chromium", "label": "Chromium 156.0.8078.108"},
    ],
    "servers": [
        {"name": "flask-cors", "versions": {"flask-cors": "6.0.5", "flask": "3.1.3"}},
        {"name": "app", "versions": {}},
    ],
}


EXCHANGE_REST: Json = {
    "origin": ORIGINS["server"],
    "request_bytes": 0,
    "request_body": "",
    "body_bytes": 0,
    "body": "",
    "complete": True,
    "t_ms": 0.0,
    "protocol": "http/1.1",
}
OBSERVATION_REST: Json = {
    "url": "",
    "redirected": False,
    "body": None,
    "body_error": None,
    "error_name": None,
    "error_message": None,
    "duration_ms": 1.0,
}
VERDICT_REST: Json = {"mismatches": [], "known": None}


def exchange(
    method: str = "GET",
    target: str = f"/orders?cell={TOKEN}",
    *,
    sent: dict[str, str] | None = None,
    answered: list[tuple[str, str]] | None = None,
    **more: object,
) -> Json:
    return {
        "kind": "request",
        "role": "server",
        "method": method,
        "target": target,
        "request_headers": [list(pair) for pair in (sent or {}).items()],
        "status": 200,
        "response_headers": [list(pair) for pair in answered or []],
        "step": 0,
        **EXCHANGE_REST,
        **more,
    }


def observation(outcome: str = "allowed", **more: object) -> Json:
    return {
        "outcome": outcome,
        "response_type": "cors",
        "status": 200,
        "readable_headers": [],
        **OBSERVATION_REST,
        **more,
    }


def record(*exchanges: Json, seen: Json | None = None, **more: Any) -> RecordedCell:
    value = {
        "cell": "scenarios/orders.yaml::orders[app-chromium]",
        "scenario": "orders",
        "server": "app",
        "engine": "chromium",
        "source": "scenarios/orders.yaml:7",
        "page": ORIGINS["page"],
        "placeholders": ORIGINS,
        "exchanges": list(exchanges),
        "observation": seen or observation(),
        "reason": None,
        "title": "Orders",
        "spec": "https://fetch.spec.whatwg.org/#cors-protocol",
        "advice": None,
        **more,
    }
    verdict = {"status": "as-expected", "note": "", **VERDICT_REST, **more.get("verdict", {})}
    return record_from_json({**value, "verdict": verdict})

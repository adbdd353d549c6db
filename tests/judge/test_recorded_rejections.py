"""What real engines said of malformed and odd responses, and what it has to be called.

`recorded_rejections.json` has a call a line: Chromium 156, Firefox 153 and WebKitGTK 2.50.6 on
Debian 12 asked a server that wrote its responses byte by byte. What the engine said and what was on
the wire is as recorded; `outcome` and `reason` are right by the standard, as read off by hand.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.judge.exchange_builders import console

from cors_harness.judge.outcomes import outcome_of
from cors_harness.judge.reasons import explain
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Rejected
from cors_harness.model.scenario import Call, Outcome
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.modes import RedirectMode, RequestMode
from cors_harness.terms.reasons import ReasonCode as Code

RECORDED = json.loads(Path(__file__).with_name("recorded_rejections.json").read_text())
# A response that these faults are in is broken HTTP: no CORS check decides about it.
BROKEN = ("nul", "cl-list-differ", "http09", "100-then-close", "icy", "empty", "binary", "tls")


def headers(pairs: list[list[str]]) -> HeaderList:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs)


def exchange(fields: dict[str, Any]) -> Exchange:
    return Exchange(
        kind=ExchangeKind(fields["kind"]),
        role="server",
        origin="http://127.0.0.1:8001",
        method=fields["method"],
        target=fields["target"],
        request_headers=headers(fields["request"]),
        status=fields["status"],
        response_headers=headers(fields["response"]),
        body=fields["body"].encode("latin-1"),
        complete=fields["complete"],
    )


def judged(record: dict[str, Any]) -> tuple[Outcome, Code]:
    call = Call(
        method=record["method"],
        mode=RequestMode(record["mode"] or "cors"),
        redirect=RedirectMode(record["redirect"] or "follow"),
    )
    exchanges = tuple(map(exchange, record["exchanges"]))
    lines = (record["console"],) if record["console"] else ()
    reason = explain(record["engine"], call, exchanges, console(*lines), record["error"])
    rejected = Rejected(error_name="TypeError", error_message=record["error"])
    return outcome_of(rejected, exchanges, reason), reason.code


@pytest.mark.parametrize(
    "record", RECORDED, ids=[f"{record['case']}-{record['engine']}" for record in RECORDED]
)
def test_recorded_rejection_has_its_outcome_and_reason(record: dict[str, Any]) -> None:
    assert judged(record) == (Outcome(record["outcome"]), Code(record["reason"]))


def test_no_engine_blocks_what_it_refuses_as_http() -> None:
    broken = [record for record in RECORDED if any(name in record["case"] for name in BROKEN)]
    assert {(judged(record), record["engine"]) for record in broken} == {
        ((Outcome.FAILED, Code.NETWORK), engine) for engine in ("chromium", "firefox", "webkit")
    }

"""A record without secrets: what anybody reads of it, and what the tool concludes, stay."""

import json
from dataclasses import replace

from tests.reports.record_builders import (
    FULFILLED,
    PREFLIGHT,
    REQUEST,
    UNEXPECTED,
    cell,
    record,
)

from cors_harness.changes.facts import facts_of
from cors_harness.client.result import result_of
from cors_harness.model.cell import CellRecord, recorded
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, Mismatch, Reason, StepResult
from cors_harness.run.hidden_record import hidden_record, stated_secrets
from cors_harness.store.codec import record_to_json
from cors_harness.terms.fingerprints import Fingerprints
from cors_harness.terms.known_secrets import MOST, KnownSecrets
from cors_harness.terms.reasons import ReasonCode

FINGERPRINTS = Fingerprints(key=b"k" * 32)
TOKEN, COOKIE, PASSWORD, KEY = "t0ken-of-ann", "c00kie-of-ann", "hunter2-hunter2", "k3y-in-query"
LATE = "l8-in-the-next-exchange"
SECRETS = (TOKEN, COOKIE, PASSWORD, KEY, LATE)
LOGIN = replace(
    REQUEST,
    method="POST",
    target=f"/login?api_key={KEY}&cell=p.7",
    request_body=json.dumps({"user": "ann", "password": PASSWORD}).encode(),
    response_headers=(
        (b"Set-Cookie", f"sid={COOKIE}; Path=/; SameSite=Lax".encode()),
        (b"Access-Control-Allow-Origin", b"*"),
        (b"X-Echo", f"for {PASSWORD}, {LATE}".encode()),
    ),
    body=json.dumps({"access_token": TOKEN, "said": f"{PASSWORD}!"}).encode(),
)
ORDERS = replace(
    REQUEST,
    method="GET",
    step=1,
    target=f"/orders/{TOKEN}?cell=p.7",
    request_headers=(
        (b"Authorization", f"Bearer {TOKEN}".encode()),
        (b"X-Api-Key", LATE.encode()),
        (b"Cookie", f"sid={COOKIE}; theme=dark".encode()),
        (b"Origin", b"http://127.0.0.1:5000"),
    ),
    status=302,
    response_headers=(
        (b"Location", f"/next/{TOKEN}?token={KEY}".encode()),
        (b"Content-Encoding", b"gzip"),
    ),
    body=b"\x1f\x8bpacked",
)
SAID = f"blocked https://h/login?api_key={KEY} for {TOKEN}"
SENT = Mismatch(
    aspect=Aspect.SENT, header="authorization", expected="x", found=f"Bearer {TOKEN}", spec=""
)
BODY = replace(
    SENT, aspect=Aspect.BODY, header=None, expected="dark", found=f'{{"pwd": "{PASSWORD}"}}'
)
WHY = Reason(code=ReasonCode.METHOD_NOT_ALLOWED, detail=SAID, console=SAID)
VERDICT = replace(
    UNEXPECTED,
    mismatches=(
        SENT,
        BODY,
        replace(SENT, aspect=Aspect.STATUS, header=None, expected=200, found=302),
    ),
    steps=(
        StepResult(outcome=Outcome.ALLOWED),
        StepResult(outcome=Outcome.BLOCKED, reason=WHY),
    ),
    note=f"what came is {PASSWORD}",
)


def flow(server: str = "app") -> CellRecord:
    seen = replace(FULFILLED, url=f"http://h/orders/{TOKEN}", headers=(("x-csrf-token", TOKEN),))
    made = record(
        cell(server=server, steps=2),
        VERDICT,
        exchanges=(PREFLIGHT, LOGIN, ORDERS),
        observations=(replace(FULFILLED, body=LOGIN.body.decode()), seen),
    )
    return replace(
        made,
        step_values=(("steps.0.json.access_token", TOKEN),),
        step_paths=((1, "/orders/{steps.0.json.access_token}"),),
        app_output=(f"login {PASSWORD}",),
    )


def text_of(of: CellRecord) -> str:
    return json.dumps(record_to_json(of))


def test_no_secret_is_left_anywhere() -> None:
    hidden = text_of(hidden_record(flow(), FINGERPRINTS))
    assert [secret for secret in SECRETS if secret in hidden] == []
    assert "packed" not in hidden


def test_equal_values_stay_equal() -> None:
    login, orders = hidden_record(flow(), FINGERPRINTS).exchanges[1:]
    shown = FINGERPRINTS.of(TOKEN).encode()
    assert dict(orders.request_headers)[b"Authorization"] == b"Bearer " + shown
    assert json.loads(login.body)["access_token"].encode() == shown
    assert shown.decode() in orders.target


def test_what_browsers_decide_by_stays() -> None:
    before, after = flow(), hidden_record(flow(), FINGERPRINTS)
    cookie = FINGERPRINTS.of(COOKIE)
    headers = dict(after.exchanges[1].response_headers)
    assert headers[b"Set-Cookie"].decode() == f"sid={cookie}; Path=/; SameSite=Lax"
    assert headers[b"Access-Control-Allow-Origin"] == b"*"
    assert after.exchanges[0] == before.exchanges[0]
    assert after.exchanges[1].body_bytes == before.exchanges[1].body_bytes
    assert [(m.aspect, m.header) for m in after.verdict.mismatches] == [
        (m.aspect, m.header) for m in before.verdict.mismatches
    ]
    assert after.verdict.mismatches[1].expected == "dark"  # a cookie's value, and a word


def test_a_baseline_is_the_same_with_and_without_secrets_and_on_every_machine() -> None:
    others = Fingerprints(key=b"o" * 32)
    raw, here, there = (
        facts_of(recorded(hidden_record(flow(), each))) for each in (None, FINGERPRINTS, others)
    )
    assert raw == here == there
    wire = [exchange.target for step in here for exchange in step.wire]
    assert wire[1:] == ["/login?api_key=…", "/orders/{steps.0.json.access_token}"]
    assert here[1].wire[0].with_credentials


def test_bytes_that_are_no_text_and_half_a_surrogate_pair_stay() -> None:
    body = b'\xff\xfe{"a": "\\ud800", "token": "s3cret-\\udc00-\xff"} \xe9'
    exchange = replace(REQUEST, body=body, request_headers=((b"X-A", b"\xff token=a\xe9b"),))
    seen = replace(FULFILLED, body='{"token": "abcdefg1\ud800"}', headers=(("x-token", "\udfff"),))
    given = record(cell(server="app"), exchanges=(exchange,), observations=(seen,))
    (hidden,) = hidden_record(given, FINGERPRINTS).exchanges
    assert hidden.body.startswith(b'\xff\xfe{"a": "\\ud800", "token": "fingerprint-')
    assert hidden.body.endswith(b'"} \xe9')
    assert hidden.request_headers == exchange.request_headers  # no name of a parameter


def test_hiding_twice_is_hiding_once() -> None:
    once = hidden_record(flow(), FINGERPRINTS)
    assert hidden_record(once, FINGERPRINTS) == once


def test_what_reference_servers_are_sent_stays() -> None:
    assert hidden_record(flow("flask-cors"), FINGERPRINTS) == flow("flask-cors")


def test_secrets_are_kept_where_that_is_asked_for() -> None:
    assert hidden_record(flow(), None) == flow()


def test_results_have_their_values_and_hide_them_in_their_text() -> None:
    raw = replace(flow(), verdict=replace(VERDICT, steps=VERDICT.steps[1:]))
    step = raw.cell.scenario.steps[0]
    asked = replace(step, call=replace(step.call, path=f"/login?api_key={KEY}"))
    scenario = replace(raw.cell.scenario, steps=(asked,))
    result = result_of(scenario, (raw,), FINGERPRINTS)
    assert TOKEN in (result["webkit"].body or "")
    assert FINGERPRINTS.of(COOKIE) in repr(result)
    assert [secret for secret in SECRETS if secret in repr(result)] == []


def test_what_scenarios_state_is_known_before_it_is_sent() -> None:
    of = cell(server="app")
    call = replace(
        of.scenario.steps[0].call,
        path=f"/x?api_key={KEY}",
        headers=(("Authorization", f"Bearer {TOKEN}"), ("Accept", "text/plain-7")),
        body=json.dumps({"password": PASSWORD}),
    )
    step = replace(of.scenario.steps[0], call=call)
    stating = replace(of, scenario=replace(of.scenario, steps=(step,)))
    known = stated_secrets([stating, replace(stating, engine="firefox")], FINGERPRINTS)
    line = f"{KEY} {TOKEN} {PASSWORD} text/plain-7"
    shown = [FINGERPRINTS.of(secret) for secret in (KEY, TOKEN, PASSWORD)]
    assert known.everywhere(line).split() == [*shown, "text/plain-7"]
    assert not stated_secrets([replace(stating, server="flask-cors")], FINGERPRINTS).found


def test_what_records_show_is_known_then() -> None:
    known = KnownSecrets(FINGERPRINTS)
    hidden_record(flow(), FINGERPRINTS, known)
    assert known.everywhere(f"at {COOKIE}") == f"at {FINGERPRINTS.of(COOKIE)}"


def test_of_very_many_secrets_the_latest_are_looked_for() -> None:
    known, other = KnownSecrets(FINGERPRINTS), KnownSecrets(FINGERPRINTS)
    for number in range(MOST + 1):
        other.value(f"s3cret-number-{number}")
    known.take(other)
    assert len(known.found) == MOST
    assert known.everywhere("s3cret-number-0") == "s3cret-number-0"
    assert known.everywhere(f"s3cret-number-{MOST}") != f"s3cret-number-{MOST}"

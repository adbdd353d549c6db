"""The recorded form of cells: every outcome, every field, nothing lost."""

import json
from dataclasses import replace

import pytest
from tests.store.record_builders import EXCHANGE, STARTED, record

from cors_harness import __version__
from cors_harness.model.advice import Advice, FixTarget, Mistake
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import CellRecord, recorded
from cors_harness.model.exchange import ResponsePart
from cors_harness.model.observation import (
    Crashed,
    Fulfilled,
    Observation,
    Rejected,
    TimedOut,
)
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, Caveat, Mismatch, Reason, Status, StepResult, Verdict
from cors_harness.store.codec import SCHEMA, header_to_json, record_to_json
from cors_harness.store.record_reading import record_from_json
from cors_harness.terms.reasons import ReasonCode

NOTHING_SEEN: dict[str, object] = {
    "response_type": None,
    "status": None,
    "url": None,
    "redirected": None,
    "readable_headers": [],
    "body_readable": False,
    "body": None,
    "body_error": None,
    "error_name": None,
    "error_message": None,
    "duration_ms": None,
}
URL = "http://127.0.0.1:5001/api/data?cell=p.1"
CORS_RESPONSE = Fulfilled(
    response_type="cors",
    status=200,
    url=URL,
    redirected=True,
    headers=(("content-type", "text/plain"),),
    body="",
    duration_ms=1.5,
)
SEEN_CORS = {
    "response_type": "cors",
    "status": 200,
    "url": URL,
    "redirected": True,
    "readable_headers": [["content-type", "text/plain"]],
    "body_readable": True,
    "body": "",
    "duration_ms": 1.5,
}
OPAQUE = Fulfilled(response_type="opaque", status=0, url="", redirected=False)
SEEN_OPAQUE = {
    "response_type": "opaque",
    "status": 0,
    "url": "",
    "redirected": False,
    "duration_ms": 0.0,
}
OPAQUE_REDIRECT = Fulfilled(response_type="opaqueredirect", status=0, url=URL, redirected=False)
SEEN_REDIRECT = SEEN_OPAQUE | {"response_type": "opaqueredirect", "url": URL}
REJECTED = Rejected(error_name="TypeError", error_message="Load failed", duration_ms=2.0)
SEEN_REJECTED = {"error_name": "TypeError", "error_message": "Load failed", "duration_ms": 2.0}

ROWS: dict[str, tuple[Observation, Outcome, dict[str, object]]] = {
    "allowed": (CORS_RESPONSE, Outcome.ALLOWED, SEEN_CORS),
    "allowed, without an end": (
        replace(CORS_RESPONSE, body_ended=False),
        Outcome.ALLOWED,
        SEEN_CORS | {"body_ended": False},
    ),
    "allowed with a status text": (
        replace(CORS_RESPONSE, status_text="Fine"),
        Outcome.ALLOWED,
        SEEN_CORS | {"status_text": "Fine"},
    ),
    "opaque": (OPAQUE, Outcome.OPAQUE, SEEN_OPAQUE),
    "opaque redirect": (OPAQUE_REDIRECT, Outcome.OPAQUE_REDIRECT, SEEN_REDIRECT),
    "blocked": (REJECTED, Outcome.BLOCKED, SEEN_REJECTED),
    "failed": (REJECTED, Outcome.FAILED, SEEN_REJECTED),
    "timeout": (
        TimedOut(after_ms=3000, detail="the page gave up"),
        Outcome.TIMEOUT,
        {"error_message": "the page gave up", "duration_ms": 3000},
    ),
    "timeout by its deadline": (
        TimedOut(after_ms=3000, by_deadline=True),
        Outcome.TIMEOUT,
        {"error_message": "", "duration_ms": 3000, "by_deadline": True},
    ),
    "crashed": (Crashed(detail="gone"), Outcome.CRASHED, {"error_message": "gone"}),
}


@pytest.mark.parametrize(("seen", "outcome", "expected"), ROWS.values(), ids=ROWS.keys())
def test_observation_of_each_outcome(
    seen: Observation, outcome: Outcome, expected: dict[str, object]
) -> None:
    written = record_to_json(record(seen, results=(StepResult(outcome=outcome),)))
    assert written["observation"] == NOTHING_SEEN | {"outcome": outcome.value} | expected


def test_every_outcome_has_a_row() -> None:
    assert {outcome for _, outcome, _ in ROWS.values()} == set(Outcome)


def test_advice_is_null_where_there_is_none() -> None:
    assert record_to_json(record(CORS_RESPONSE))["advice"] is None


def test_advice_is_written_in_words() -> None:
    advice = Advice(
        mistake=Mistake.CRASH,
        wrong="The server crashed.",
        where=FixTarget.FLASK_CORS,
        place="below",
        lines=("a = 1", ""),
        link="https://example.com/1",
        link_is="a report of the same",
    )
    written = record_to_json(replace(record(CORS_RESPONSE), advice=advice))
    assert json.loads(json.dumps(written["advice"])) == {
        "mistake": "crash",
        "wrong": "The server crashed.",
        "where": "flask-cors",
        "place": "below",
        "lines": ["a = 1", ""],
        "link": "https://example.com/1",
        "link_is": "a report of the same",
    }


def test_names_of_a_cell() -> None:
    written = record_to_json(record(CORS_RESPONSE))
    names = ("cell", "scenario", "server", "engine", "title", "spec", "source")
    assert {name: written[name] for name in names} == {
        "cell": "scenarios/put.yaml::put-json[flask-cors-webkit]",
        "scenario": "put-json",
        "server": "flask-cors",
        "engine": "webkit",
        "title": "PUT",
        "spec": "https://fetch.spec.whatwg.org/#cors-preflight-fetch",
        "source": "scenarios/put.yaml:7",
    }


def test_exchange_keeps_every_byte_and_both_of_a_repeated_header() -> None:
    (written,) = record_to_json(record(CORS_RESPONSE, exchanges=(EXCHANGE,)))["exchanges"]
    assert written == {
        "kind": "request",
        "role": "other",
        "origin": "http://127.0.0.1:5001",
        "method": "POST",
        "target": "/landing?cell=3.1",
        "request_headers": [["X-A", "1"], ["x-a", ""]],
        "request_bytes": 2,
        "request_body": "\xff\x00",
        "status": None,
        "response_headers": [],
        "body_bytes": 0,
        "body": "",
        "complete": False,
        "t_ms": 12.5,
        "protocol": "h2",
        "step": 1,
    }


def test_reason_of_a_blocked_cell() -> None:
    reason = Reason(code=ReasonCode.NETWORK, detail="hop 2", console="Load failed")
    blocked = StepResult(outcome=Outcome.BLOCKED, reason=reason)
    assert record_to_json(record(REJECTED, results=(blocked,)))["reason"] == {
        "code": "network",
        "detail": "hop 2",
        "console": "Load failed",
    }


def test_what_stood_for_unique_is_there_where_a_cell_names_it() -> None:
    plain = record(CORS_RESPONSE)
    assert "unique" not in record_to_json(plain)
    named = replace(plain, unique="k3b9x0a1c2")
    assert record_from_json(record_to_json(named)) == recorded(named)


def test_one_step_has_no_list_of_steps() -> None:
    assert "steps" not in record_to_json(record(CORS_RESPONSE))


def test_several_steps_are_all_there_and_the_last_one_counts() -> None:
    results = (StepResult(outcome=Outcome.ALLOWED), StepResult(outcome=Outcome.FAILED))
    written = record_to_json(record(CORS_RESPONSE, REJECTED, results=results))
    assert [step["observation"]["outcome"] for step in written["steps"]] == ["allowed", "failed"]
    assert written["observation"] == written["steps"][-1]["observation"]


def test_a_skipped_cell_has_no_observation() -> None:
    verdict = Verdict(status=Status.SKIPPED, note="cannot express max_age")
    written = record_to_json(record(verdict=verdict))
    assert written["observation"] is None
    assert written["verdict"] == {
        "status": "skipped",
        "mismatches": [],
        "known": None,
        "note": "cannot express max_age",
    }


def test_an_observation_that_nobody_judged_has_no_outcome() -> None:
    assert record_to_json(record(CORS_RESPONSE))["observation"]["outcome"] is None


def test_verdict_keeps_mismatches_and_the_source_of_a_known_difference() -> None:
    mismatch = Mismatch(aspect=Aspect.STATUS, expected=200, found=204, spec="https://x/")
    verdict = Verdict(status=Status.KNOWN_DIFFERENCE, mismatches=(mismatch,), known="https://bug/")
    written = record_to_json(record(REJECTED, verdict=verdict))["verdict"]
    assert written["known"] == "https://bug/"
    (shown,) = written["mismatches"]
    assert (shown["aspect"], shown["expected"], shown["found"]) == ("status", 200, 204)


def test_a_record_is_json() -> None:
    written = record_to_json(record(CORS_RESPONSE, exchanges=(EXCHANGE,)))
    assert json.loads(json.dumps(written)) == written


def test_header_says_what_ran_on_what() -> None:
    assert header_to_json(["run", "--json"], STARTED) == {
        "schema": SCHEMA,
        "harness": __version__,
        "argv": ["run", "--json"],
        "os": "Linux",
        "engines": [
            {
                "name": "webkit",
                "version": "2.50.6",
                "build": "system MiniBrowser",
                "driver": "minibrowser (no automation)",
                "label": "WebKitGTK 2.50.6, not Safari",
            }
        ],
        "servers": [{"name": "flask-cors", "versions": {"flask": "3.1.3"}}],
    }


def test_header_names_the_frameworks_of_an_app_that_was_looked_into() -> None:
    found = (("Litestar",), ())
    servers = tuple(replace(STARTED.servers[0], frameworks=each) for each in found)
    header = header_to_json([], replace(STARTED, servers=servers))
    assert [server["frameworks"] for server in header["servers"]] == [["Litestar"], []]


ADVICE = Advice(
    mistake=Mistake.CRASH,
    wrong="The server crashed.",
    where=FixTarget.FLASK_CORS,
    lines=("a = 1", ""),
    link="https://example.com/1",
    link_is="a report of the same",
)
BLOCKED_RESULT = StepResult(
    outcome=Outcome.BLOCKED, reason=Reason(code=ReasonCode.NETWORK, console="gone \ud800")
)
UNEXPECTED = Verdict(
    status=Status.UNEXPECTED,
    steps=(BLOCKED_RESULT,),
    mismatches=(
        Mismatch(aspect=Aspect.OUTCOME, expected="allowed", found="blocked", spec="https://a"),
    ),
)
RECORDS = {
    **{
        name: record(seen, results=(StepResult(outcome=outcome),))
        for name, (seen, outcome, _) in ROWS.items()
    },
    "skipped": record(verdict=Verdict(status=Status.SKIPPED, note="no nginx")),
    "decided by errors": record(
        verdict=Verdict(
            status=Status.AS_EXPECTED,
            caveats=(
                Caveat(step=0, outcome=Outcome.BLOCKED, kind=ExchangeKind.PREFLIGHT, status=401),
                Caveat(
                    step=1,
                    outcome=Outcome.ALLOWED,
                    kind=ExchangeKind.REQUEST,
                    status=500,
                    is_open=True,
                ),
            ),
        )
    ),
    "not judged": record(REJECTED),
    "broken off": record(
        CORS_RESPONSE,
        exchanges=(replace(EXCHANGE, status=200, broke_off=ResponsePart.BODY, end_ms=20.25),),
        verdict=replace(UNEXPECTED, no_result=True),
    ),
    "two steps, one judged": record(CORS_RESPONSE, REJECTED, results=(BLOCKED_RESULT,)),
    "everything": replace(
        record(REJECTED, exchanges=(EXCHANGE,), verdict=UNEXPECTED),
        page="null",
        placeholders=(("server", "http://127.0.0.1:5001"),),
        step_values=(("steps.0.json.id", "7"), ("steps.0.cookie.a", "\ud800")),
        step_paths=((1, "/{steps.0.json.id}"), (12, "/{steps.0.cookie.a}")),
        advice=ADVICE,
        app_output=("Traceback", "KeyError: '\ufffd'"),
    ),
}


@pytest.mark.parametrize("finished", RECORDS.values(), ids=RECORDS)
def test_a_cell_that_was_written_is_read_as_it_was(finished: CellRecord) -> None:
    written = json.loads(json.dumps(record_to_json(finished)))
    assert record_from_json(written) == recorded(finished)


def test_lines_of_the_app_and_ends_of_responses_stand_there_only_where_there_are_some() -> None:
    written = record_to_json(record(REJECTED, exchanges=(EXCHANGE,)))
    assert "app_output" not in written
    assert "end_ms" not in written["exchanges"][0]


def test_step_values_stand_there_only_where_a_path_names_some() -> None:
    assert not {"step_values", "step_paths"} & record_to_json(record(REJECTED)).keys()
    paths = ((1, "/{steps.0.json.id}"),)
    found = replace(record(REJECTED), step_values=(("steps.0.json.id", "7"),), step_paths=paths)
    written = record_to_json(found)
    assert written["step_values"] == {"steps.0.json.id": "7"}
    assert written["step_paths"] == {"1": "/{steps.0.json.id}"}


def test_sessions_are_recorded_where_there_were_several() -> None:
    (engine,) = STARTED.engines
    several = replace(STARTED, engines=(replace(engine, sessions=3),))
    (alone,) = header_to_json([], STARTED)["engines"]
    assert "sessions" not in alone
    assert header_to_json([], several)["engines"] == [{**alone, "sessions": 3}]


def test_no_password_of_a_command_is_in_the_header() -> None:
    argv = ("run", "--command", "curl -u me:PASSWORD")
    assert header_to_json(argv, STARTED)["argv"][2] == "curl -u me:***"

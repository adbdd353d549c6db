"""The transcript: one recorded cell as text."""

from dataclasses import replace

import pytest
from tests.reports.advice_builders import ADVICE, ADVICE_TEXT
from tests.reports.record_builders import (
    ALLOWED,
    FULFILLED,
    PREFLIGHT,
    REQUEST,
    SPEC,
    UNEXPECTED,
    blocked,
    cell,
    record,
    skipped,
)

from cors_harness.model.cell import CellRecord, recorded
from cors_harness.model.exchange import ResponsePart
from cors_harness.model.observation import Crashed, Fulfilled, TimedOut
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, Mismatch, Reason, Status, StepResult, Verdict
from cors_harness.reports.transcript import rerun_command, transcript
from cors_harness.terms.reasons import ReasonCode

BLOCKED_TEXT = """\
scenarios/preflight.yaml:4: put-json-allowed[flask-cors-webkit]
  PUT with JSON is allowed after a preflight

  preflight OPTIONS http://127.0.0.1:5001/api/data?cell=p.7
            Origin: http://127.0.0.1:5000
>           Access-Control-Request-Method: PUT
            Access-Control-Request-Headers: content-type
            (1 more that CORS does not look at)
  response  200
            Access-Control-Allow-Origin: http://127.0.0.1:5000
>           Access-Control-Allow-Methods: GET
            (1 more that CORS does not look at)
  page      blocked: TypeError: Load failed
  reason    method-not-allowed (PUT)
  webkit    Method PUT is not allowed by Access-Control-Allow-Methods.

  verdict   unexpected
  expected  outcome: allowed
  found     outcome: blocked
  see       https://fetch.spec.whatwg.org/#http-access-control-allow-methods

  rerun     cors-harness run scenarios/preflight.yaml --cell 'put-json-allowed[flask-cors-webkit]'
"""

ALLOWED_TEXT = """\
  request   PUT http://127.0.0.1:5001/api/data?cell=p.7
            Origin: http://127.0.0.1:5000
            Content-Type: application/json
            (2 more that CORS does not look at)
            body, 8 bytes: {"n": 1}
  response  200
>           access-control-allow-origin: http://127.0.0.1:5000
            X-Odd: \\x1b[2Jé
            body, 17 bytes: {"method": "PUT"}
  page      allowed: status 200, type cors
            can read: content-type
"""


def text(of: CellRecord) -> str:
    return "\n".join(transcript(recorded(of))) + "\n"


def test_transcript_of_a_blocked_cell() -> None:
    assert text(blocked()) == BLOCKED_TEXT


def test_transcript_ends_with_the_fix_and_the_command() -> None:
    shown = text(replace(blocked(), advice=ADVICE))
    assert shown.endswith(f"\n{ADVICE_TEXT}\n  rerun     {BLOCKED_TEXT.partition('rerun     ')[2]}")


def test_fix_without_lines_is_a_sentence_and_a_link() -> None:
    bare = replace(ADVICE, place="", lines=(), wrong="A certificate\x1b[2J expired.")
    shown = text(replace(blocked(), advice=bare))
    assert "\n  fix       A certificate\\x1b[2J expired.\n            a report of" in shown


def test_transcript_of_a_response_without_letting_it_steer_the_terminal() -> None:
    assert ALLOWED_TEXT in text(record())


def test_what_the_app_wrote_is_shown_before_the_verdict_without_steering_the_terminal() -> None:
    shown = text(replace(blocked(), app_output=("KeyError: 7", "\u202eodd")))
    said = "  app       wrote, while calls of this cell, and perhaps of others, were under way:\n"
    assert f"\n\n{said}            KeyError: 7\n            \\u202eodd\n\n  verdict " in shown


def test_a_header_that_was_expected_otherwise_is_shown_although_cors_ignores_it() -> None:
    wrong = Mismatch(aspect=Aspect.SENT, header="Referer", expected=None, found="x", spec=SPEC)
    verdict = Verdict(status=Status.UNEXPECTED, mismatches=(wrong,), steps=(ALLOWED,))
    assert ">           Referer: http://127.0.0.1:5000\n" in text(record(verdict=verdict))


def test_header_that_decided_by_not_being_there_is_shown() -> None:
    bare = replace(REQUEST, status=500, response_headers=())
    missing = Reason(code=ReasonCode.ALLOW_ORIGIN_MISSING)
    result = StepResult(outcome=Outcome.BLOCKED, reason=missing)
    shown = text(
        record(verdict=Verdict(status=Status.UNEXPECTED, steps=(result,)), exchanges=(bare,))
    )
    assert "  response  500\n>           no Access-Control-Allow-Origin\n" in shown


def test_status_that_decided_is_marked() -> None:
    refused = replace(PREFLIGHT, status=400)
    result = StepResult(outcome=Outcome.BLOCKED, reason=Reason(code=ReasonCode.PREFLIGHT_STATUS))
    verdict = Verdict(status=Status.UNEXPECTED, steps=(result,))
    assert "\n> response  400\n" in text(record(verdict=verdict, exchanges=(refused,)))


def test_steps_have_their_own_exchanges_and_observations() -> None:
    verdict = Verdict(status=Status.AS_EXPECTED, steps=(ALLOWED, ALLOWED))
    exchanges = (PREFLIGHT, REQUEST, replace(REQUEST, step=1, method="GET"))
    shown = text(
        record(cell(steps=2), verdict, exchanges=exchanges, observations=(FULFILLED, FULFILLED))
    )
    first, second = shown.split("  step 2 of 2\n")
    assert "  step 1 of 2\n  preflight OPTIONS" in first
    assert second.startswith("  request   GET ")
    assert second.count("  page      allowed") == 1


def with_step(result: StepResult, seen: Crashed | TimedOut | Fulfilled) -> CellRecord:
    verdict = Verdict(status=Status.ERROR, steps=(result,), note="this says nothing about CORS")
    return record(verdict=verdict, observations=(seen,), exchanges=())


TIMED_OUT = with_step(StepResult(outcome=Outcome.TIMEOUT), TimedOut(after_ms=10, detail="stalled"))
SILENT = Verdict(
    status=Status.AS_EXPECTED,
    steps=(StepResult(outcome=Outcome.BLOCKED, reason=Reason(code=ReasonCode.UNKNOWN)),),
)
TORN = replace(REQUEST, complete=False)
DROPPED = replace(REQUEST, status=None, body=b"", body_bytes=0, broke_off=ResponsePart.HEAD)
UNREADABLE = replace(FULFILLED, redirected=True, body=None, body_error="TypeError: torn")
KNOWN = Verdict(status=Status.KNOWN_DIFFERENCE, steps=(ALLOWED,), known="https://bugs.webkit.org/1")

LINES = {
    "nothing on the wire": (TIMED_OUT, "  wire      nothing reached a server"),
    "time out": (TIMED_OUT, "  page      timeout: stalled"),
    "note of an error": (TIMED_OUT, "  verdict   error: this says nothing about CORS"),
    "crash": (
        with_step(StepResult(outcome=Outcome.CRASHED), Crashed(detail="gone")),
        "  page      crashed: gone",
    ),
    "no response": (
        record(exchanges=(replace(REQUEST, status=None, body=b"", body_bytes=0),)),
        "  response  none: the connection ended without one",
    ),
    "no HTTP": (
        record(exchanges=(replace(REQUEST, status=None, body=b"SSH-2.0\r\n", body_bytes=9),)),
        "  response  none: what came is no HTTP",
    ),
    "the beginning of a status line": (
        record(exchanges=(replace(REQUEST, status=None, body=b"HTT", body_bytes=3),)),
        "  response  none: the connection ended without one",
    ),
    "what came instead": (
        record(exchanges=(replace(REQUEST, status=None, body=b"SSH-2.0\r\n", body_bytes=9),)),
        "            body, 9 bytes: SSH-2.0",
    ),
    "response that the server broke off": (
        record(exchanges=(replace(TORN, broke_off=ResponsePart.BODY),)),
        "  response  200 (the server broke off in its body)",
    ),
    "no response in time": (
        replace(TIMED_OUT, exchanges=(replace(REQUEST, status=None, body=b"", body_bytes=0),)),
        "  response  none in time",
    ),
    "connection that the server closed, and no time left": (
        replace(TIMED_OUT, exchanges=(DROPPED,)),
        "  response  none: the connection ended without one",
    ),
    "body without an end": (
        record(observations=(replace(FULFILLED, body_ended=False),)),
        "            the body had no end when reading it was given up",
    ),
    "torn response": (record(exchanges=(TORN,)), "  response  200 (did not arrive whole)"),
    "redirected": (
        record(observations=(UNREADABLE,)),
        "  page      allowed: status 200, type cors, redirected",
    ),
    "unreadable body": (
        record(observations=(UNREADABLE,)),
        "            cannot read the body: TypeError: torn",
    ),
    "silent engine": (record(verdict=SILENT), "  webkit    (it said nothing)"),
    "known difference": (record(verdict=KNOWN), "  known     https://bugs.webkit.org/1"),
    "skipped": (skipped(), "  verdict   skipped: flask-bare cannot express max_age"),
    "not judged": (
        record(verdict=Verdict(status=Status.ERROR)),
        "  page      not judged: status 200, type cors",
    ),
    "long body": (
        record(exchanges=(replace(REQUEST, body=b"x" * 90, body_bytes=90),)),
        f"            body, 90 bytes: {'x' * 60} ...",
    ),
}


@pytest.mark.parametrize(("of", "line"), LINES.values(), ids=LINES.keys())
def test_transcript_has_the_line(of: CellRecord, line: str) -> None:
    assert line in transcript(recorded(of))


def test_rerun_command_quotes_what_a_shell_would_read() -> None:
    odd = record(cell("put", file="my scenarios/a.yaml"), UNEXPECTED)
    assert rerun_command(recorded(odd)) == (
        "cors-harness run 'my scenarios/a.yaml' --cell 'put[flask-cors-webkit]'"
    )


def test_rerun_command_has_the_options_that_make_the_cell_the_same_again() -> None:
    options = ("--app", "shop:create_app()", "--page-origin", "https://app.example.com")
    command = "  rerun     cors-harness run scenarios/preflight.yaml --app 'shop:create_app()' "
    assert transcript(recorded(record()), options)[-1].startswith(
        command + "--page-origin https://app.example.com --cell "
    )

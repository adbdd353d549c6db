"""What a scenario file says arrives in the model as it stands there."""

from collections.abc import Callable

from cors_harness.loading.scenarios import Loaded
from cors_harness.model.answer import Answer, ExchangeKind, Fault
from cors_harness.model.scenario import (
    Call,
    ExchangeExpectation,
    Expectation,
    ExpectationOverride,
    FetchContext,
    Outcome,
    PageSpec,
    Scenario,
    Step,
)
from cors_harness.model.server import CorsPolicy
from cors_harness.terms.modes import CacheMode, CredentialsMode, RedirectMode, RequestMode
from cors_harness.terms.source_span import SourceSpan

Read = Callable[[str], Loaded]
HEAD = "- id: a\n  title: t\n  spec: https://fetch.spec.whatwg.org/#cors-check\n"
TAIL = "  request: {}\n  expect: {outcome: allowed}\n"


def only(loaded: Loaded) -> Scenario:
    scenarios, problems = loaded
    assert [str(problem) for problem in problems] == []
    (scenario,) = scenarios
    return scenario


def test_smallest_scenario_has_the_defaults(read: Read) -> None:
    assert only(read(HEAD + "  policy: {}\n" + TAIL)) == Scenario(
        id="a",
        title="t",
        spec="https://fetch.spec.whatwg.org/#cors-check",
        source=SourceSpan(file="x.yaml", line=1, column=3),
        policy=CorsPolicy(),
        steps=(Step(call=Call(), expect=Expectation(outcome=(Outcome.ALLOWED,))),),
    )


def test_policy_takes_one_value_or_a_list(read: Read) -> None:
    text = """\
  policy:
    allow_origins: "*"
    allow_origin_regex: https?://[a-z]{1,3}
    allow_methods: [GET, PUT]
    allow_headers: Content-Type
    allow_credentials: true
    expose_headers: [X-Total-Count]
    max_age: 0
"""
    assert only(read(HEAD + text + TAIL)).policy == CorsPolicy(
        allow_origins=("*",),
        allow_origin_regex="https?://[a-z]{1,3}",
        allow_methods=("GET", "PUT"),
        allow_headers=("Content-Type",),
        allow_credentials=True,
        expose_headers=("X-Total-Count",),
        max_age=0,
    )


def test_answers_keep_header_order_case_repeats_and_bytes(read: Read) -> None:
    text = """\
  response:
    - {on: preflight, status: 790, headers: {A: [b, "c\\xff"], Origin: null}}
    - {at: other, path: /x, method: GET, times: 1, headers: [[X, 1], [x, ""]], fault: hang}
    - {headers: {Location: "{other}/x?{cell}"}, body: "{anything}", delay_ms: 5}
"""
    assert only(read(HEAD + text + TAIL)).answers == (
        Answer(
            on=ExchangeKind.PREFLIGHT,
            status=790,
            headers=(("A", "b"), ("A", "c\xff"), ("Origin", "null")),
        ),
        Answer(
            role="other",
            path="/x",
            method="GET",
            times=1,
            headers=(("X", "1"), ("x", "")),
            fault=Fault.HANG,
        ),
        Answer(headers=(("Location", "{other}/x?{cell}"),), body="{anything}", delay_ms=5),
    )


def test_answers_may_repeat_what_the_request_said(read: Read) -> None:
    text = """\
  response:
    status: "{request.header.X-Status}"
    headers: {Access-Control-Allow-Origin: "{origin}", X-A: "{request.header.X-A}; {token}"}
    body: '{"a": "{request.header.X-A}", "request": {"header": {}}}'
"""
    assert only(read(HEAD + text + TAIL)).answers == (
        Answer(
            status=500,
            status_from="X-Status",
            headers=(
                ("Access-Control-Allow-Origin", "{origin}"),
                ("X-A", "{request.header.X-A}; {token}"),
            ),
            body='{"a": "{request.header.X-A}", "request": {"header": {}}}',
        ),
    )


def test_an_axis_may_be_called_origin(read: Read) -> None:
    text = """\
  matrix: {origin: {a: https://a.example}}
  response: {headers: {Access-Control-Allow-Origin: "{origin}"}}
"""
    answers = only(read(HEAD + text + TAIL)).answers or ()
    assert answers[0].headers == (("Access-Control-Allow-Origin", "https://a.example"),)


def test_page_is_a_host_a_place_or_both(read: Read) -> None:
    pages = {
        "localhost": PageSpec(host="localhost"),
        "a.b.localhost": PageSpec(host="a.b.localhost"),
        "worker": PageSpec(place=FetchContext.WORKER),
        "{host: localhost, place: sandboxed-frame}": PageSpec(
            host="localhost", place=FetchContext.SANDBOXED_FRAME
        ),
    }
    found = {
        text: only(read(f"{HEAD}  policy: {{}}\n  page: {text}\n{TAIL}")).page for text in pages
    }
    assert found == pages


def test_server_host_is_127_0_0_1_unless_stated(read: Read) -> None:
    stated = {"": "127.0.0.1", "localhost": "localhost", "a.b.localhost": "a.b.localhost"}
    found = {
        text: only(
            read(f"{HEAD}  policy: {{}}\n{f'  server_host: {text}' if text else ''}\n{TAIL}")
        ).server_host
        for text in stated
    }
    assert found == stated


def test_request_words_become_the_standards_words(read: Read) -> None:
    text = """\
  policy: {}
  expect: {outcome: allowed}
  request: {mode: no-cors, credentials: include, redirect: manual, cache: no-store, keepalive: true,
            at: third, path: "/x?a#b", timeout_ms: 3000, headers: [[B, 1], [A, 2]]}
"""
    assert only(read(HEAD + text)).steps[0].call == Call(
        mode=RequestMode.NO_CORS,
        credentials=CredentialsMode.INCLUDE,
        redirect=RedirectMode.MANUAL,
        cache=CacheMode.NO_STORE,
        keepalive=True,
        role="third",
        path="/x?a#b",
        timeout_ms=3000,
        headers=(("B", "1"), ("A", "2")),
    )


def test_absent_and_the_word_null_are_two_expectations(read: Read) -> None:
    text = """\
  policy: {}
  request: {}
  expect:
    outcome: allowed
    sent: {Origin: "null", Cookie: null, A: ~, B: "~", C: }
    reason: []
"""
    expect = only(read(HEAD + text)).steps[0].expect
    assert expect.sent == (
        ("Origin", "null"),
        ("Cookie", None),
        ("A", None),
        ("B", "~"),
        ("C", None),
    )


def test_no_exchange_at_all_is_an_expectation(read: Read) -> None:
    text = "  policy: {}\n  request: {}\n  expect: {outcome: blocked, wire: [], exchanges: []}\n"
    expect = only(read(HEAD + text)).steps[0].expect
    assert (expect.wire, expect.exchanges) == ((), ())


def test_exchanges_are_read_one_by_one(read: Read) -> None:
    text = """\
  policy: {}
  request: {}
  expect:
    outcome: [blocked, failed]
    exchanges:
      - {kind: preflight, method: OPTIONS, at: other, path: /x, status: 204, body_bytes: 0}
      - status: null
        request_headers: {Origin: "{page}", Cookie: null}
        request_body_bytes: 3
      - {response_headers: [ETag, {X-A: "1", X-B: null}]}
      - {}
"""
    expect = only(read(HEAD + text)).steps[0].expect
    assert expect.outcome == (Outcome.BLOCKED, Outcome.FAILED)
    assert expect.exchanges == (
        ExchangeExpectation(
            kind=ExchangeKind.PREFLIGHT,
            method="OPTIONS",
            role="other",
            path="/x",
            status=204,
            body_bytes=0,
        ),
        ExchangeExpectation(
            is_unanswered=True,
            request_headers=(("Origin", "{page}"), ("Cookie", None)),
            request_body_bytes=3,
        ),
        ExchangeExpectation(response_headers=(("ETag", True), ("X-A", "1"), ("X-B", None))),
        ExchangeExpectation(),
    )


def test_headers_of_any_value_are_a_list_and_true_is_a_text(read: Read) -> None:
    text = """\
  policy: {}
  request: {}
  expect:
    outcome: allowed
    readable: [ETag, {X-Flag: true}]
    sent: []
"""
    expect = only(read(HEAD + text)).steps[0].expect
    assert (expect.readable, expect.sent) == ((("ETag", True), ("X-Flag", "true")), ())


def test_exemption_keeps_what_it_overrides_in_file_order(read: Read) -> None:
    text = """\
  policy: {}
  request: {}
  expect: {outcome: allowed, status: 200, preflight: false}
  except:
    - {server: [b, c], engine: webkit, status: null, outcome: blocked, reason: network}
    - {engine: [chromium, firefox], readable: null, known: "measured: Chromium 156"}
"""
    assert only(read(HEAD + text)).steps[0].exemptions == (
        ExpectationOverride(
            servers=("b", "c"),
            engines=("webkit",),
            overrides=("status", "outcome", "reason"),
            expect=Expectation(outcome=(Outcome.BLOCKED,), reason=("network",)),
        ),
        ExpectationOverride(
            engines=("chromium", "firefox"),
            overrides=("readable",),
            expect=Expectation(),
            known="measured: Chromium 156",
        ),
    )


def test_steps_have_their_own_expectations(read: Read) -> None:
    text = """\
  policy: {}
  isolated: true
  servers: a
  note: why
  steps:
    - {request: {method: PUT}, expect: {outcome: allowed, wire: [preflight, request]}}
    - {request: {method: PUT}, expect: {outcome: allowed, wire: [request]}, delay_ms: 10}
"""
    scenario = only(read(HEAD + text))
    assert [len(step.expect.wire or ()) for step in scenario.steps] == [2, 1]
    assert scenario.steps[1].delay_ms == 10
    assert (scenario.isolated, scenario.servers, scenario.note) == (True, ("a",), "why")

"""Failures that look like CORS to the page and are none: what tells them apart."""

import dataclasses

import pytest
from tests.judge.console_message_cases import CHROMIUM_WORDS, FIREFOX_WORDS
from tests.judge.exchange_builders import console, request

from cors_harness.judge.outcomes import outcome_of
from cors_harness.judge.reasons import explain
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Rejected, StepMessages
from cors_harness.model.route import Refusal
from cors_harness.model.scenario import Call, Outcome
from cors_harness.model.verdict import Reason
from cors_harness.terms.reasons import ReasonCode as Code

SILENT = ()
VAGUE = (FIREFOX_WORDS[-1][0],)
EXACT = (CHROMIUM_WORDS[0][0],)
REJECTED = Rejected(error_name="TypeError", error_message="Load failed", duration_ms=1)

REFUSALS = {
    "an expired certificate": ("old.example", "TLS alert certificate_expired", Code.CERTIFICATE),
    "an unknown authority": ("old.example", "TLS alert unknown_ca", Code.CERTIFICATE),
    "a name that is not mapped": ("gone.example", "not mapped", Code.NETWORK),
    "a name with a telling word": ("certificate.example", "not mapped", Code.NETWORK),
}
REDIRECTS = {
    "from https to http": (b"https://app.example.com", b"http://api.example.org/", True),
    "from https to https": (b"https://app.example.com", b"https://api.example.org/", False),
    "from http to http": (b"http://app.example.com", b"http://api.example.org/", False),
    "from https to this machine": (b"https://app.example.com", b"http://127.0.0.1:8000/", False),
    "from https to localhost": (b"https://app.example.com", b"http://app.localhost/", False),
}


@pytest.mark.parametrize("lines", [SILENT, VAGUE], ids=["silent engine", "vague engine"])
@pytest.mark.parametrize(("host", "why", "code"), REFUSALS.values(), ids=REFUSALS)
def test_refusal_at_the_gate_tells_what_the_engine_does_not(
    host: str, why: str, code: Code, lines: tuple[str, ...]
) -> None:
    messages = StepMessages(console=lines, refusals=(refusal(host, why),))
    reason = explain("firefox", Call(), (), messages)
    assert (reason.code, reason.detail) == (code, f"narrowed by the wire: {host}:443: {why}")
    assert reason.console == "".join(lines)


def test_every_refusal_at_the_address_is_told() -> None:
    both = (refusal("old.example", "not mapped"), refusal("old.example", "TLS alert unknown_ca"))
    reason = explain("webkit", Call(), (), StepMessages(refusals=both))
    assert reason.code is Code.CERTIFICATE
    assert reason.detail.endswith("old.example:443: not mapped, TLS alert unknown_ca")


def test_words_of_an_engine_are_never_taken_for_the_gates() -> None:
    line = "the gate: old.example:443: TLS alert unknown_ca"
    reason = explain("webkit", Call(), (), console(line))
    assert reason.code is Code.UNKNOWN


def test_refusal_at_the_gate_does_not_overrule_an_exact_reason() -> None:
    messages = StepMessages(console=EXACT, refusals=(refusal("x.example", "not mapped"),))
    reason = explain("chromium", Call(), (request(200),), messages)
    assert (reason.code, reason.detail) == (Code.ALLOW_ORIGIN_MISSING, "")


@pytest.mark.parametrize(("origin", "location", "mixed"), REDIRECTS.values(), ids=REDIRECTS)
def test_redirect_to_http_is_mixed_content(origin: bytes, location: bytes, mixed: bool) -> None:
    redirect = with_origin(request(307, (b"Location", location)), origin)
    reason = explain("firefox", Call(), (redirect,), console(*VAGUE))
    assert (reason.code is Code.MIXED_CONTENT) == mixed


@pytest.mark.parametrize(("status", "told"), [(500, True), (502, True), (404, False), (200, False)])
def test_error_without_cors_headers_is_told_by_its_status(status: int, told: bool) -> None:
    reason = explain("chromium", Call(), (request(status),), console(*EXACT))
    assert reason.code is Code.ALLOW_ORIGIN_MISSING
    assert reason.detail.startswith(f"the response is an error, {status}:") == told


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (Code.MIXED_CONTENT, Outcome.BLOCKED),
        (Code.LOCAL_NETWORK_ACCESS, Outcome.BLOCKED),
        (Code.CERTIFICATE, Outcome.FAILED),
        (Code.NETWORK, Outcome.FAILED),
    ],
)
def test_browser_blocks_by_its_own_rules_and_fails_for_want_of_a_server(
    code: Code, outcome: Outcome
) -> None:
    assert outcome_of(REJECTED, (), Reason(code=code)) is outcome


def refusal(host: str, why: str) -> Refusal:
    return Refusal(host=host, port=443, client="firefox", why=why, count=1)


def with_origin(exchange: Exchange, origin: bytes) -> Exchange:
    headers = tuple((name, value) for name, value in exchange.request_headers if name != b"Origin")
    return dataclasses.replace(exchange, request_headers=(*headers, (b"Origin", origin)))

"""The caveat of a step: an error decided, and the scenario does not say that it is meant."""

from dataclasses import replace

import pytest

from cors_harness.judge.verdicts import judge
from cors_harness.model.answer import Answer, ExchangeKind
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Observation, Rejected, StepMessages
from cors_harness.model.scenario import (
    Call,
    ExchangeExpectation,
    Expectation,
    ExpectationOverride,
    Outcome,
    Scenario,
    Step,
)
from cors_harness.model.verdict import Caveat
from cors_harness.terms.source_span import SourceSpan

SERVER, PAGE = "https://api.example.org", b"https://evil.example"
REQUEST = Exchange(
    kind=ExchangeKind.REQUEST,
    role="server",
    origin=SERVER,
    method="GET",
    target="/orders?cell=p.1",
    request_headers=((b"Origin", PAGE),),
    status=401,
)
PREFLIGHT = replace(
    REQUEST,
    kind=ExchangeKind.PREFLIGHT,
    method="OPTIONS",
    request_headers=((b"Origin", PAGE), (b"Access-Control-Request-Method", b"PUT")),
)
REJECTED = Rejected(error_name="TypeError", error_message="Failed to fetch")
SAID = StepMessages(
    console=(
        "Access to fetch at 'https://api.example.org/orders' from origin 'https://evil.example' "
        "has been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on "
        "the requested resource.",
    )
)
BLOCKED = Expectation(outcome=(Outcome.BLOCKED,))
ALLOWED = Expectation(outcome=(Outcome.ALLOWED,))
GRANT = (b"Access-Control-Allow-Origin", PAGE)


def caveats(
    exchange: Exchange,
    expect: Expectation = BLOCKED,
    *,
    exemption: Expectation | None = None,
    only: str = "",
    answers: tuple[Answer, ...] | None = None,
) -> tuple[Caveat, ...]:
    exemptions: tuple[ExpectationOverride, ...] = ()
    if exemption is not None:
        servers = (only,) if only else ()
        exemptions = (
            ExpectationOverride(servers=servers, overrides=("outcome",), expect=exemption),
        )
    scenario = Scenario(
        id="a",
        title="a",
        spec="https://fetch.spec.whatwg.org/#cors-check",
        source=SourceSpan(file="a.yaml", line=1),
        answers=answers,
        steps=(Step(call=Call(), expect=expect, exemptions=exemptions),),
    )
    status = exchange.status or 0
    page: Observation = REJECTED
    if GRANT in exchange.response_headers:
        page = Fulfilled(response_type="cors", status=status, url=SERVER, redirected=False)
    cell = Cell(scenario=scenario, server="app", engine="chromium")
    return judge(cell, (page,), (exchange,), (SAID,)).caveats


def error(status: int, *headers: tuple[bytes, bytes], body: bytes = b"") -> Exchange:
    return replace(REQUEST, status=status, response_headers=headers, body=body)


def refusal(status: int, *headers: tuple[bytes, bytes], body: bytes = b"") -> Exchange:
    return replace(PREFLIGHT, status=status, response_headers=headers, body=body)


DOUBTFUL = {
    "a login before CORS": error(401, body=b'{"detail":"no"}'),
    "a proxy's login": error(407),
    "a refusal": error(403, body=b"Forbidden"),
    "a rate limit": error(429),
    "a refused Host": error(400, body=b"Invalid host header"),
    "no such page": error(404, body=b"/cors/orders is not there"),
    "no such method": error(405),
    "not valid": error(422),
    "a failure": error(500),
    "a preflight that must log in": refusal(401),
    "a preflight with a refused Host": refusal(400, body=b"Invalid host header"),
    "a preflight of no page": refusal(404),
}
OF_CORS = {
    "an ok status": error(200),
    "a redirect": error(302),
    "another origin is allowed": error(401, (b"Access-Control-Allow-Origin", b"https://a.example")),
    "credentials are": error(401, (b"Access-Control-Allow-Credentials", b"true")),
    "it varies by origin": error(401, (b"Vary", b"Cookie, origin")),
    "Starlette's refusal": refusal(400, body=b"Disallowed CORS origin"),
    "aiohttp-cors' refusal": refusal(403, body=b"CORS preflight request failed: origin"),
    "Spring's refusal of a request": error(403, body=b"Invalid CORS request"),
    "preflights are not served": refusal(405),
    "no request of another origin": replace(error(401), request_headers=()),
    "a request of its own origin": replace(
        error(401), request_headers=((b"Origin", SERVER.encode()),)
    ),
}


@pytest.mark.parametrize("exchange", DOUBTFUL.values(), ids=DOUBTFUL)
def test_error_without_a_sign_of_cors_is_a_caveat_of_a_block(exchange: Exchange) -> None:
    assert caveats(exchange) == (
        Caveat(step=0, outcome=Outcome.BLOCKED, kind=exchange.kind, status=exchange.status or 0),
    )


@pytest.mark.parametrize("exchange", OF_CORS.values(), ids=OF_CORS)
def test_answer_that_cors_has_made_is_none(exchange: Exchange) -> None:
    assert caveats(exchange) == ()


def test_error_that_the_page_reads_is_a_caveat() -> None:
    assert caveats(error(400, GRANT), ALLOWED) == (
        Caveat(step=0, outcome=Outcome.ALLOWED, kind=ExchangeKind.REQUEST, status=400),
    )


def test_outcome_that_is_left_open_is_told() -> None:
    (caveat,) = caveats(error(401), Expectation())
    assert caveat.is_open


ASSERTED = {
    "status": (error(401, GRANT), replace(ALLOWED, status=401)),
    "body": (error(401, GRANT), replace(ALLOWED, body='{"detail":"no"}')),
    "status on the wire": (
        error(401),
        replace(BLOCKED, exchanges=(ExchangeExpectation(status=401),)),
    ),
    "that the preflight fails": (refusal(401), replace(BLOCKED, reason=("preflight-status",))),
}


@pytest.mark.parametrize(("exchange", "expect"), ASSERTED.values(), ids=ASSERTED)
def test_error_that_the_scenario_asserts_is_none(exchange: Exchange, expect: Expectation) -> None:
    assert caveats(exchange, expect) == ()


def test_status_that_is_asserted_where_an_exception_does_not_hold_is_known() -> None:
    assert caveats(error(404), replace(ALLOWED, status=404), exemption=BLOCKED) == ()


def test_status_that_is_asserted_for_another_server_is_known() -> None:
    assert caveats(error(403), exemption=replace(ALLOWED, status=403), only="other") == ()


def test_other_status_is_not_known_by_that() -> None:
    assert len(caveats(error(500), replace(ALLOWED, status=404), exemption=BLOCKED)) == 1


def test_response_that_the_scenario_sends_itself_is_none() -> None:
    assert caveats(error(401), answers=(Answer(status=401),)) == ()

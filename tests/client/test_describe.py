"""What results answer, and how they describe themselves."""

import pytest

from cors_harness.client.call import FetchCall
from cors_harness.client.result import EngineResult, Result
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled, Rejected
from cors_harness.model.scenario import Outcome, Scenario
from cors_harness.model.verdict import Reason
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.reasons import ReasonCode

SCENARIO: Scenario = FetchCall(method="PUT", path="/orders/7", origin="https://a.test").scenario(
    None
)


def exchange(kind: ExchangeKind, method: str, sent: HeaderList, *response: HeaderList) -> Exchange:
    return Exchange(
        kind=kind,
        role="server",
        origin="https://server.test",
        method=method,
        target="/orders/7?a=b&cell=i0.7",
        request_headers=sent,
        status=200 if response else None,
        response_headers=response[0] if response else (),
    )


PREFLIGHT = exchange(
    ExchangeKind.PREFLIGHT,
    "OPTIONS",
    ((b"origin", b"https://a.test"), (b"accept", b"*/*")),
    ((b"Access-Control-Allow-Origin", b"*"), (b"Date", b"now")),
)
AS_WEBKIT_WRITES = exchange(
    ExchangeKind.PREFLIGHT,
    "OPTIONS",
    ((b"Accept", b"*/*"), (b"Origin", b"https://a.test")),
    ((b"access-control-allow-origin", b"*"),),
)
REQUEST = exchange(ExchangeKind.REQUEST, "PUT", ((b"Origin", b"https://a.test"),))


def allowed(engine: str, *exchanges: Exchange) -> EngineResult:
    seen = Fulfilled(
        response_type="cors",
        status=200,
        status_text="Fine",
        url="https://server.test/",
        redirected=False,
        headers=(("x-total", "3"),),
        body="ok",
    )
    return EngineResult(
        engine=engine, outcome=Outcome.ALLOWED, observation=seen, exchanges=exchanges, why=None
    )


def blocked(engine: str, *exchanges: Exchange, message: str = "") -> EngineResult:
    return EngineResult(
        engine=engine,
        outcome=Outcome.BLOCKED,
        observation=Rejected(error_name="TypeError", error_message="Load failed"),
        exchanges=exchanges,
        why=Reason(code=ReasonCode.METHOD_NOT_ALLOWED, detail="PUT", console=message),
    )


def test_fulfilled_call_answers_what_page_code_reads() -> None:
    seen = allowed("firefox", PREFLIGHT, REQUEST)
    assert (seen.allowed, seen.blocked, seen.status, seen.body) == (True, False, 200, "ok")
    assert seen.status_text == "Fine"
    assert (seen.headers["X-Total"], "x-TOTAL" in seen.headers) == ("3", True)
    assert (seen.preflight, seen.preflighted, seen.reason, seen.message) == (
        PREFLIGHT,
        True,
        None,
        "",
    )


def test_rejected_call_answers_why() -> None:
    seen = blocked("firefox", REQUEST)
    assert (seen.allowed, seen.blocked, seen.status, seen.body) == (False, True, None, None)
    assert seen.status_text is None
    assert dict(seen.headers) == {}
    assert (seen.preflight, seen.reason) == (None, "method-not-allowed")
    assert seen.message == "TypeError: Load failed"
    assert repr(seen) == "<firefox: blocked method-not-allowed (PUT)>"


OVER_ALL = {
    "all allow": ((allowed("chromium"), allowed("webkit")), (True, False, False)),
    "all block": ((blocked("chromium"), blocked("webkit", PREFLIGHT)), (False, True, True)),
    "they differ": ((allowed("chromium"), blocked("webkit")), (False, False, False)),
}


@pytest.mark.parametrize(("engines", "answers"), OVER_ALL.values(), ids=OVER_ALL)
def test_result_answers_over_all_engines(
    engines: tuple[EngineResult, ...], answers: tuple[bool, ...]
) -> None:
    result = Result(SCENARIO, engines)
    assert (result.allowed_in_all, result.blocked_in_all, result.preflighted) == answers
    assert (tuple(result), len(result)) == (engines, len(engines))


def test_engine_that_was_not_asked_is_no_answer() -> None:
    with pytest.raises(KeyError, match="'safari' was not asked; there are chromium"):
        Result(SCENARIO, [allowed("chromium")])["safari"]


def test_description_says_once_what_engines_share() -> None:
    message = "Access to fetch at 'https://server.test/orders/7?a=b&cell=i0.7' (https://a.test/harness/runner.html?session=x-1)"
    engines = (
        blocked("chromium", PREFLIGHT, message=message),
        allowed("firefox", REQUEST),
        blocked("webkit", AS_WEBKIT_WRITES),
    )
    assert repr(Result(SCENARIO, engines)).splitlines() == [
        "PUT /orders/7 from https://a.test: blocked method-not-allowed (PUT) in chromium, webkit;"
        " allowed 200 in firefox",
        "  chromium, webkit",
        "    preflight OPTIONS /orders/7?a=b",
        "      Origin: https://a.test",
        "      -> 200",
        "         Access-Control-Allow-Origin: *",
        "    chromium: Access to fetch at 'https://server.test/orders/7?a=b'",
        "    webkit: TypeError: Load failed",
        "  firefox",
        "    request PUT /orders/7?a=b",
        "      Origin: https://a.test",
        "      -> no response",
        "    firefox: page code reads x-total",
    ]

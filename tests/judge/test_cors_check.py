"""What a CORS check and Cross-Origin-Resource-Policy refuse, read off one exchange."""

import dataclasses

import pytest
from tests.judge.exchange_builders import preflight, request

from cors_harness.judge.cors_check import cors_refusal, policy_refusal
from cors_harness.judge.reasons import (
    NO_CONSOLE,
    NOT_HEARD,
    NOT_SAID,
    SAID_NOTHING,
    explain,
    says_why,
)
from cors_harness.judge.wire_evidence import Surroundings
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import StepMessages
from cors_harness.model.scenario import Call
from cors_harness.terms.modes import CredentialsMode, RedirectMode, RequestMode
from cors_harness.terms.origin import parse_origin
from cors_harness.terms.reasons import ReasonCode as Code

ORIGIN = b"http://a.test"
STAR = (b"Access-Control-Allow-Origin", b"*")
PAGE = (b"Access-Control-Allow-Origin", ORIGIN)
TRUE = (b"Access-Control-Allow-Credentials", b"true")
INCLUDE = Call(credentials=CredentialsMode.INCLUDE)
NO_CORS = Call(mode=RequestMode.NO_CORS)


def asked(exchange: Exchange, *more: tuple[bytes, bytes]) -> Exchange:
    """The exchange as a page on http://a.test causes it."""
    headers = (*exchange.request_headers, (b"Origin", ORIGIN), *more)
    return dataclasses.replace(exchange, request_headers=headers)


def allows(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    return b"Access-Control-Allow-" + name, value


X_A = (b"Access-Control-Request-Headers", b"x-a")
AUTHORIZATION = (b"Access-Control-Request-Headers", b"authorization")
REFUSED = {
    "no header": (Call(), asked(request()), Code.ALLOW_ORIGIN_MISSING),
    "another origin": (
        Call(),
        asked(request(200, allows(b"Origin", b"http://b.test"))),
        Code.ALLOW_ORIGIN_MISMATCH,
    ),
    "twice": (Call(), asked(request(200, PAGE, PAGE)), Code.ALLOW_ORIGIN_MULTIPLE),
    "* with credentials": (
        INCLUDE,
        asked(request(200, STAR, TRUE)),
        Code.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
    ),
    "no credentials": (INCLUDE, asked(request(200, PAGE)), Code.ALLOW_CREDENTIALS_NOT_TRUE),
    "True": (
        INCLUDE,
        asked(request(200, PAGE, allows(b"Credentials", b"True"))),
        Code.ALLOW_CREDENTIALS_NOT_TRUE,
    ),
    "preflight with 404": (Call(), asked(preflight(404, STAR)), Code.PREFLIGHT_STATUS),
    "preflight with 302": (Call(), asked(preflight(302, STAR)), Code.PREFLIGHT_REDIRECT),
    "method": (Call(), asked(preflight(204, STAR)), Code.METHOD_NOT_ALLOWED),
    "* is a name with credentials": (
        INCLUDE,
        asked(preflight(204, PAGE, TRUE, allows(b"Methods", b"*"))),
        Code.METHOD_NOT_ALLOWED,
    ),
    "no methods": (
        Call(),
        asked(preflight(204, STAR, allows(b"Methods", b"PUT, a b"))),
        Code.ALLOW_METHODS_INVALID,
    ),
    "header": (
        Call(),
        asked(preflight(204, STAR, allows(b"Methods", b"PUT")), X_A),
        Code.HEADER_NOT_ALLOWED,
    ),
    "Authorization by *": (
        Call(),
        asked(
            preflight(204, STAR, allows(b"Methods", b"*"), allows(b"Headers", b"*")), AUTHORIZATION
        ),
        Code.HEADER_NOT_ALLOWED,
    ),
    "no headers": (
        Call(),
        asked(preflight(204, STAR, allows(b"Methods", b"PUT"), allows(b"Headers", b"a b")), X_A),
        Code.ALLOW_HEADERS_INVALID,
    ),
}
PASSED = {
    "*": (Call(), asked(request(200, STAR))),
    "the page's origin": (INCLUDE, asked(request(200, PAGE, TRUE))),
    "no CORS request": (Call(), request()),
    "the page's own server": (
        Call(),
        dataclasses.replace(asked(request()), origin=ORIGIN.decode()),
    ),
    "mode no-cors": (NO_CORS, asked(request())),
    "preflight": (
        Call(),
        asked(preflight(204, STAR, allows(b"Methods", b"PUT"), allows(b"Headers", b"X-A")), X_A),
    ),
    "preflight with *": (
        Call(),
        asked(preflight(204, STAR, allows(b"Methods", b"*"), allows(b"Headers", b"*")), X_A),
    ),
}
POLICY = b"Cross-Origin-Resource-Policy"
CROSS_SITE = (b"Sec-Fetch-Site", b"cross-site")


@pytest.mark.parametrize(("call", "exchange", "code"), REFUSED.values(), ids=REFUSED)
def test_check_refuses_with_its_reason(call: Call, exchange: Exchange, code: Code) -> None:
    refused = cors_refusal(call, exchange)
    assert refused is not None
    assert refused[0] is code


@pytest.mark.parametrize(("call", "exchange"), PASSED.values(), ids=PASSED)
def test_check_lets_pass(call: Call, exchange: Exchange) -> None:
    assert cors_refusal(call, exchange) is None


@pytest.mark.parametrize(
    ("call", "exchange", "is_refused"),
    [
        (NO_CORS, request(200, (POLICY, b"same-origin")), True),
        (NO_CORS, asked(request(200, (POLICY, b"same-site")), CROSS_SITE), True),
        (NO_CORS, request(200, (POLICY, b"same-site")), False),
        (NO_CORS, request(200, (POLICY, b"same-origin"), (POLICY, b"same-origin")), False),
        (NO_CORS, request(200, (POLICY, b"Same-Origin")), False),
        (NO_CORS, request(200), False),
        (Call(), request(200, (POLICY, b"same-origin")), False),
        (
            Call(mode=RequestMode.NO_CORS, role="page"),
            request(200, (POLICY, b"same-origin")),
            False,
        ),
    ],
)
def test_resource_policy(call: Call, exchange: Exchange, is_refused: bool) -> None:
    refused = policy_refusal(call, exchange)
    assert (refused is not None and refused[0] is Code.CROSS_ORIGIN_RESOURCE_POLICY) == is_refused


MISSING = asked(request())
SILENT = StepMessages()


def test_heard_engine_that_says_nothing_has_not_refused_by_a_cors_check() -> None:
    reason = explain("webkit", Call(), (MISSING,), SILENT)
    assert (reason.code, reason.detail) == (Code.UNKNOWN, SAID_NOTHING)


@pytest.mark.parametrize(
    ("exchange", "messages", "is_heard", "why"),
    [
        (MISSING, SILENT, False, NOT_HEARD),
        (MISSING, StepMessages(console=("another's",)), False, NOT_HEARD),
        (MISSING, StepMessages(has_console=False), True, NO_CONSOLE),
        (dataclasses.replace(MISSING, target="/login"), SILENT, True, SAID_NOTHING),
    ],
    ids=["worker", "worker, another's words", "no console", "without token"],
)
def test_wire_tells_where_the_engine_cannot_be_heard(
    exchange: Exchange, messages: StepMessages, is_heard: bool, why: str
) -> None:
    around = Surroundings(is_heard=is_heard)
    reason = explain("webkit", Call(), (exchange,), messages, surroundings=around)
    assert reason.code is Code.ALLOW_ORIGIN_MISSING
    assert reason.detail == f"{why}; narrowed by the wire: no Access-Control-Allow-Origin"
    assert reason.console == ""


@pytest.mark.parametrize(
    ("engine", "code", "why"),
    [
        ("firefox", Code.ALLOW_ORIGIN_MISSING, f"{NOT_SAID}; narrowed by the wire: "),
        ("chromium", Code.UNKNOWN, SAID_NOTHING),  # it says why, and did not refuse by a CORS check
    ],
)
def test_wire_tells_of_what_an_engine_never_says(engine: str, code: Code, why: str) -> None:
    call = Call(keepalive=True)
    around = Surroundings(is_heard=says_why(engine, call))
    reason = explain(engine, call, (MISSING,), SILENT, surroundings=around)
    assert (reason.code, reason.detail.startswith(why)) == (code, True)
    assert says_why(engine, Call())


HERE, THERE = parse_origin("http://a.test"), parse_origin("http://b.test")
BAD = parse_origin("http://b.test:6000")
SAME_ORIGIN = Call(mode=RequestMode.SAME_ORIGIN)
MANUAL = Call(mode=RequestMode.NO_CORS, redirect=RedirectMode.MANUAL)


@pytest.mark.parametrize(
    ("call", "around", "code"),
    [
        (SAME_ORIGIN, Surroundings(page=HERE, target=THERE), Code.MODE_SAME_ORIGIN),
        (SAME_ORIGIN, Surroundings(page=HERE), Code.MODE_SAME_ORIGIN),
        (SAME_ORIGIN, Surroundings(page=HERE, target=HERE), Code.UNKNOWN),
        (MANUAL, Surroundings(page=HERE, target=THERE), Code.MODE_NO_CORS_REDIRECT),
        (MANUAL, Surroundings(page=HERE, target=HERE), Code.UNKNOWN),
        (Call(), Surroundings(page=HERE, target=BAD), Code.BAD_PORT),
        (Call(), Surroundings(page=HERE, target=THERE), Code.UNKNOWN),
    ],
)
def test_silence_on_the_wire_proves_what_is_refused_before_anything_is_sent(
    call: Call, around: Surroundings, code: Code
) -> None:
    assert explain("firefox", call, (), SILENT, surroundings=around).code is code


LOCATION = b"Location"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        (b"http://u:p@127.0.0.1:8001/x", Code.UNKNOWN),
        (b"http://u:p@127.0.0.1:8002/x", Code.REDIRECT_CREDENTIALS),
        (b"http://127.0.0.1:6000/x", Code.BAD_PORT),
        (b"http://a%00b/", Code.REDIRECT_INVALID_URL),
        (b"http:///127.0.0.1:8001/x", Code.UNKNOWN),
        (b"http:\\\\127.0.0.1:8001/x", Code.UNKNOWN),
        (b"http://[::1]:8001/x", Code.UNKNOWN),
        (b"http:", Code.REDIRECT_INVALID_URL),
    ],
)
def test_redirect_within_the_pages_origin(location: bytes, code: Code) -> None:
    redirect = request(302, (LOCATION, location))
    assert explain("firefox", Call(), (redirect,), SILENT).code is code

"""deciding_fields(): the headers and statuses by which a browser decided."""

from dataclasses import replace

import pytest
from tests.reports.advice_builders import ADVICE
from tests.reports.record_builders import PAGE, PREFLIGHT, REJECTED, REQUEST, blocked, record

from cors_harness.judge.deciding import STATUS, DecidingField, deciding_fields
from cors_harness.model.advice import Mistake
from cors_harness.model.cell import RecordedCell, RecordedStep, recorded
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Aspect, ExchangePart, Mismatch, Reason, Unseen
from cors_harness.terms.reasons import ReasonCode

SPEC = "https://fetch.spec.whatwg.org/#http-cors-protocol"


def rejected(code: ReasonCode, *exchanges: Exchange) -> RecordedCell:
    reason = Reason(code=code)
    step = RecordedStep(observation=REJECTED, outcome=Outcome.BLOCKED, reason=reason)
    return replace(recorded(blocked()), exchanges=exchanges, steps=(step,), mismatches=())


def field(
    name: str, exchange: int = 0, *, in_request: bool = False, is_there: bool = True
) -> DecidingField:
    return DecidingField(exchange=exchange, name=name, in_request=in_request, is_there=is_there)


def test_method_that_the_preflight_does_not_name_is_decided_by_two_headers() -> None:
    assert deciding_fields(recorded(blocked())) == (
        field("Access-Control-Request-Method", in_request=True),
        field("Access-Control-Allow-Methods"),
    )


def test_header_that_is_not_there_decides_too() -> None:
    bare = replace(REQUEST, response_headers=())
    cell = rejected(ReasonCode.ALLOW_ORIGIN_MISSING, PREFLIGHT, bare)
    assert deciding_fields(cell) == (field("Access-Control-Allow-Origin", 1, is_there=False),)


def test_preflight_decides_though_the_request_was_sent_after_it() -> None:
    cell = rejected(ReasonCode.PREFLIGHT_STATUS, PREFLIGHT, REQUEST)
    assert deciding_fields(cell) == (field(STATUS, 0),)


def test_preflight_that_is_refused_for_its_method_is_so_by_the_methods_too() -> None:
    refused = replace(PREFLIGHT, status=400)
    cell = rejected(ReasonCode.PREFLIGHT_STATUS, refused)
    advice = replace(ADVICE, mistake=Mistake.METHOD)
    assert set(deciding_fields(replace(cell, advice=advice))) == {
        field("Access-Control-Request-Method", in_request=True),
        field(STATUS),
        field("Access-Control-Allow-Methods"),
    }


def test_response_that_a_page_did_not_get_has_no_status_that_decided() -> None:
    bare = replace(REQUEST, status=500, response_headers=())
    cell = rejected(ReasonCode.ALLOW_ORIGIN_MISSING, bare)
    unread = Mismatch(
        aspect=Aspect.STATUS, expected=500, found=None, unseen=Unseen.NO_RESPONSE, spec=SPEC
    )
    assert deciding_fields(replace(cell, mismatches=(unread,))) == deciding_fields(cell)


def test_last_redirect_decides() -> None:
    away = replace(REQUEST, status=302, response_headers=((b"location", b"ftp://x/"),))
    cell = rejected(ReasonCode.REDIRECT_NOT_HTTP, away, away)
    assert deciding_fields(cell) == (field("Location", 1),)


@pytest.mark.parametrize("code", [ReasonCode.NETWORK, ReasonCode.MIXED_CONTENT, ReasonCode.UNKNOWN])
def test_nothing_on_the_wire_decided(code: ReasonCode) -> None:
    assert deciding_fields(rejected(code, REQUEST)) == ()


def test_response_that_never_came_decides_nothing() -> None:
    silent = replace(REQUEST, status=None, response_headers=())
    assert deciding_fields(rejected(ReasonCode.ALLOW_ORIGIN_MISSING, silent)) == ()


def test_call_that_was_let_in_shows_what_let_it_in() -> None:
    assert deciding_fields(recorded(record())) == (field("Access-Control-Allow-Origin", 1),)


def test_call_to_its_own_origin_is_no_matter_of_cors() -> None:
    own = replace(REQUEST, origin=PAGE.decode())
    assert deciding_fields(recorded(record(exchanges=(own,)))) == ()


EXPOSED = field("Access-Control-Expose-Headers", 1, is_there=False)
ODD = field("X-Odd", 1)
NOT_SENT = [field("X-Odd", number, in_request=True, is_there=False) for number in range(2)]


@pytest.mark.parametrize(
    ("aspect", "part", "expected"),
    [
        (Aspect.READABLE, None, (EXPOSED, ODD)),
        (Aspect.SENT, None, (NOT_SENT[1],)),
        (Aspect.PREFLIGHT_SENT, None, (NOT_SENT[0],)),
        (Aspect.EXCHANGES, ExchangePart.RESPONSE_HEADERS, (ODD,)),
        (Aspect.STATUS, None, (field(STATUS, 1),)),
        (Aspect.BODY, None, ()),
    ],
)
def test_what_a_mismatch_is_about_is_named(
    aspect: Aspect, part: ExchangePart | None, expected: tuple[DecidingField, ...]
) -> None:
    mismatch = Mismatch(
        aspect=aspect,
        exchange=1 if part else None,
        part=part,
        header=None if aspect in {Aspect.STATUS, Aspect.BODY} else "X-Odd",
        expected="a",
        found=None,
        spec=SPEC,
    )
    cell = replace(recorded(record()), mismatches=(mismatch,), steps=())
    assert deciding_fields(cell) == expected

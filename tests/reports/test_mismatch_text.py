"""Texts of mismatches: the words that a reader of a transcript sees."""

from dataclasses import replace

import pytest

from cors_harness.model.verdict import Aspect, ExchangePart, Mismatch, MismatchValue, Unseen
from cors_harness.reports.mismatch_text import (
    expected_text,
    field_name,
    found_text,
    mismatch_lines,
)

SPEC = "https://fetch.spec.whatwg.org/#concept-cors-check"


def mismatch(
    aspect: Aspect,
    expected: MismatchValue = None,
    found: MismatchValue = None,
    *,
    step: int | None = None,
    header: str | None = None,
    unseen: Unseen | None = None,
) -> Mismatch:
    return Mismatch(
        step=step,
        aspect=aspect,
        header=header,
        expected=expected,
        found=found,
        unseen=unseen,
        spec=SPEC,
    )


def in_exchange(
    exchange: int,
    part: ExchangePart,
    expected: MismatchValue = None,
    found: MismatchValue = None,
    *,
    step: int | None = None,
    header: str | None = None,
) -> Mismatch:
    made = mismatch(Aspect.EXCHANGES, expected, found, step=step, header=header)
    return replace(made, exchange=exchange, part=part)


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        (mismatch(Aspect.OUTCOME), "outcome"),
        (mismatch(Aspect.STATUS, step=0), "steps[0].status"),
        (mismatch(Aspect.SENT, header="Origin"), "sent.Origin"),
        (mismatch(Aspect.PREFLIGHT_SENT, step=1, header="X-A"), "steps[1].preflight_sent.X-A"),
        (mismatch(Aspect.STEPS), "steps"),
        (mismatch(Aspect.EXCHANGES), "exchanges"),
        (in_exchange(0, ExchangePart.STATUS), "exchanges[0].status"),
        (
            in_exchange(2, ExchangePart.REQUEST_HEADERS, step=1, header="Origin"),
            "steps[1].exchanges[2].request_headers.Origin",
        ),
    ],
)
def test_field_is_named_as_in_the_scenario(shown: Mismatch, name: str) -> None:
    assert field_name(shown) == name


@pytest.mark.parametrize(
    ("shown", "expected", "found"),
    [
        (mismatch(Aspect.OUTCOME, "allowed", "blocked"), "allowed", "blocked"),
        (mismatch(Aspect.PREFLIGHT, True, False), "true", "false"),
        (mismatch(Aspect.STATUS, 200, 204), "200", "204"),
        (mismatch(Aspect.STATUS, 200, unseen=Unseen.NO_RESPONSE), "200", "no response"),
        (mismatch(Aspect.WIRE, ("preflight", "request"), ()), "preflight, request", "nothing"),
        (mismatch(Aspect.REASON, ("network", "unknown")), "network or unknown", "none"),
        (
            mismatch(Aspect.BODY, "ok", "o", unseen=Unseen.NO_BODY_END),
            "ok",
            "no end as long as the call may take; so far: o",
        ),
        (
            mismatch(Aspect.BODY, "ok", "", unseen=Unseen.NO_BODY_END),
            "ok",
            "no end as long as the call may take; so far: nothing",
        ),
        (
            mismatch(Aspect.BODY, "ok", "TypeError: reset", unseen=Unseen.NO_BODY),
            "ok",
            "unreadable: TypeError: reset",
        ),
        (mismatch(Aspect.BODY, "ok", unseen=Unseen.NO_BODY), "ok", "unreadable: no text"),
        (mismatch(Aspect.READABLE, "3", header="X-A"), "3", "not readable"),
        (mismatch(Aspect.READABLE, None, "1, 2", header="X-A"), "not readable", "1, 2"),
        (mismatch(Aspect.SENT, None, "a=1", header="Cookie"), "absent", "a=1"),
        (
            mismatch(Aspect.SENT, header="Cookie", unseen=Unseen.NO_REQUEST),
            "absent",
            "no request on the wire",
        ),
        (
            mismatch(Aspect.PREFLIGHT_SENT, "x", header="X-A", unseen=Unseen.NO_PREFLIGHT),
            "x",
            "no preflight on the wire",
        ),
        (mismatch(Aspect.STEPS, 2, 1), "2 ran", "1 ran"),
        (
            mismatch(Aspect.OUTCOME, ("blocked", "failed"), "allowed"),
            "blocked or failed",
            "allowed",
        ),
        (mismatch(Aspect.READABLE, True, header="ETag"), "any value", "not readable"),
        (mismatch(Aspect.SENT, True, header="Cookie"), "any value", "absent"),
        (mismatch(Aspect.STATUS_TEXT, "OK", ""), "OK", '""'),
        (mismatch(Aspect.EXCHANGES, 1, 0), "1 exchange", "0 exchanges"),
        (in_exchange(0, ExchangePart.STATUS, None, 200), "no response", "200"),
        (in_exchange(0, ExchangePart.STATUS, 200, None), "200", "no response"),
        (in_exchange(0, ExchangePart.BODY_BYTES, 1, 2), "1", "2"),
        (
            in_exchange(0, ExchangePart.RESPONSE_HEADERS, True, None, header="ETag"),
            "any value",
            "absent",
        ),
    ],
)
def test_both_sides_are_said_in_words(shown: Mismatch, expected: str, found: str) -> None:
    assert (expected_text(shown), found_text(shown)) == (expected, found)


def test_lines_name_the_field_on_both_sides_and_the_standard() -> None:
    assert tuple(mismatch_lines(mismatch(Aspect.STATUS, 200, 204, step=1))) == (
        "  expected  steps[1].status: 200",
        "  found     steps[1].status: 204",
        f"  see       {SPEC}",
    )

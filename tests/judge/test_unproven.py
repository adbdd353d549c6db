"""UnprovenSteps: which errors the cells of a run clear of the doubt, and which they do not."""

from dataclasses import replace

import pytest

from cors_harness.judge.unproven import UnprovenSteps
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import RecordedCell, RecordedStep
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Rejected
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Caveat, Status

APP, EVIL = b"https://app.example", b"https://evil.example"
REJECTED = Rejected(error_name="TypeError", error_message="Failed to fetch")
ORDERS = Exchange(
    kind=ExchangeKind.REQUEST,
    role="server",
    origin="https://api.example",
    method="GET",
    target="/orders?cell=p.1",
    request_headers=((b"Origin", EVIL),),
    status=401,
)
PREFLIGHT = replace(
    ORDERS,
    kind=ExchangeKind.PREFLIGHT,
    method="OPTIONS",
    request_headers=((b"Origin", EVIL), (b"Access-Control-Request-Method", b"PUT")),
)


def cell(
    name: str,
    *exchanges: Exchange,
    outcome: Outcome | None = None,
    server: str = "app",
    status: Status = Status.AS_EXPECTED,
) -> RecordedCell:
    last = exchanges[-1]
    caveat = (
        Caveat(step=0, outcome=outcome, kind=last.kind, status=last.status or 0)
        if (outcome)
        else None
    )
    return RecordedCell(
        cell=name,
        scenario=name,
        server=server,
        engine="chromium",
        title=name,
        spec="",
        file="a.yaml",
        line=1,
        page="",
        placeholders=(),
        exchanges=exchanges,
        steps=(RecordedStep(observation=REJECTED, outcome=outcome, reason=None),),
        status=status,
        caveats=(caveat,) if caveat else (),
    )


def granted(exchange: Exchange, status: int, origin: bytes = APP) -> Exchange:
    headers = tuple((n, origin if n == b"Origin" else v) for n, v in exchange.request_headers)
    return replace(
        exchange,
        target="/orders?cell=p.2",
        request_headers=headers,
        status=status,
        response_headers=((b"Access-Control-Allow-Origin", origin),),
    )


def answered(exchange: Exchange, status: int) -> Exchange:
    return replace(exchange, status=status)


def unproven(*cells: RecordedCell) -> list[str]:
    return [step.cell for step in of(*cells).found()]


def of(*cells: RecordedCell) -> UnprovenSteps:
    steps = UnprovenSteps()
    for one in cells:
        steps.add(one)
    return steps


COOKIE = ((b"Cookie", b"sid=1"), (b"Origin", APP))
# id -> the error that blocks, what another page got, whether that shows that CORS decided
OTHERS: dict[str, tuple[Exchange, Exchange, bool]] = {
    "the same error with CORS headers": (ORDERS, granted(ORDERS, 401), True),
    "the same error without them": (ORDERS, answered(ORDERS, 401), False),
    "another error with them": (ORDERS, granted(ORDERS, 404), False),
    "the same error on another path": (
        ORDERS,
        replace(granted(ORDERS, 401), target="/users"),
        False,
    ),
    "success": (answered(ORDERS, 403), granted(ORDERS, 200), True),
    "success with a cookie": (ORDERS, replace(granted(ORDERS, 200), request_headers=COOKIE), False),
    "success that it cannot read": (ORDERS, answered(ORDERS, 200), False),
    "success before a rate limit": (answered(ORDERS, 429), granted(ORDERS, 200), False),
    "success before a failure": (answered(ORDERS, 503), granted(ORDERS, 200), False),
    "a rate limit with CORS headers": (answered(ORDERS, 429), granted(ORDERS, 429), True),
    "a preflight that succeeds": (answered(PREFLIGHT, 400), granted(PREFLIGHT, 200), True),
    "a preflight for another method": (
        answered(PREFLIGHT, 400),
        replace(
            granted(PREFLIGHT, 200),
            request_headers=((b"Origin", APP), (b"Access-Control-Request-Method", b"GET")),
        ),
        False,
    ),
    "itself in another engine": (answered(ORDERS, 403), granted(ORDERS, 200, EVIL), False),
}


def test_calls_that_differ_in_what_stands_for_unique_are_one_call() -> None:
    """Else no other cell could ever show that CORS decided."""
    error = replace(answered(ORDERS, 403), target="/orders/k3b9x0a1c2?cell=p.1")
    other = replace(granted(ORDERS, 200), target="/orders/q8w7e6r5t4?cell=p.2")
    lookalike = replace(cell("lookalike", error, outcome=Outcome.BLOCKED), unique="k3b9x0a1c2")
    assert unproven(lookalike, cell("page", other)) == ["lookalike"]
    assert unproven(lookalike, replace(cell("page", other), unique="q8w7e6r5t4")) == []


@pytest.mark.parametrize(("error", "other", "is_shown"), OTHERS.values(), ids=OTHERS)
def test_block_is_of_cors_where_another_page_gets(
    error: Exchange, other: Exchange, is_shown: bool
) -> None:
    lookalike = cell("lookalike", error, outcome=Outcome.BLOCKED)
    expected = [] if is_shown else ["lookalike"]
    assert unproven(lookalike, cell("page", other)) == expected
    assert unproven(cell("page", other), lookalike) == expected


def test_another_server_shows_nothing() -> None:
    lookalike = cell("lookalike", ORDERS, outcome=Outcome.BLOCKED)
    other = cell("page", granted(ORDERS, 401), server="other")
    assert unproven(lookalike, other) == ["lookalike"]


def test_error_that_is_read_is_nothing_to_tell_where_the_call_succeeds_too() -> None:
    reads = cell("reads", granted(ORDERS, 400), outcome=Outcome.ALLOWED)
    assert unproven(reads) == ["reads"]
    assert unproven(reads, cell("too", granted(ORDERS, 200))) == []


def test_call_is_named_by_what_the_page_asked_for() -> None:
    (step,) = of(cell("a", answered(PREFLIGHT, 401), outcome=Outcome.BLOCKED)).found()
    assert step.call == "PUT /orders"


LOOKALIKE = cell("lookalike", ORDERS, outcome=Outcome.BLOCKED)
WRONG = replace(LOOKALIKE, cell="wrong", status=Status.UNEXPECTED)


def test_run_shows_nothing_where_errors_decided_all_that_is_as_expected() -> None:
    assert of(LOOKALIKE, WRONG).is_all


@pytest.mark.parametrize(
    "cells",
    [(), (WRONG,), (LOOKALIKE, cell("fine", granted(ORDERS, 200)))],
    ids=["no cell", "nothing is as expected", "one that reads"],
)
def test_run_shows_something_or_has_failed(cells: tuple[RecordedCell, ...]) -> None:
    assert not of(*cells).is_all


def test_cell_with_a_step_that_shows_something_is_not_for_nothing() -> None:
    first = replace(granted(ORDERS, 204), step=0)
    second = replace(ORDERS, step=1)
    both = replace(LOOKALIKE, exchanges=(first, second), steps=LOOKALIKE.steps * 2)
    caveat = replace(LOOKALIKE.caveats[0], step=1)
    assert not of(replace(both, caveats=(caveat,))).is_all

"""caveat_of(): whether an error status, and not CORS, may have decided how a step came out.

A page that is answered 401 without a CORS header reads nothing, whatever the app allows: "may not
read" holds. A page that reads the 400 of a refused Host reads: "may read" holds. Neither says
anything of the answer that was meant.

It is no caveat where

* the scenario says what status or body comes (`status`, `body`, `exchanges`), or names this very
  status for other servers or engines (where `except` has it blocked, the page reads no status), or
  sends the response itself (`response`);
* the response was made by, or went through, something that knows CORS: it has an
  `Access-Control-*` header, or `Vary: Origin`, or says so in its body (Starlette's "Disallowed CORS
  origin", aiohttp-cors' "CORS preflight request failed");
* a preflight was refused because OPTIONS is not served there: without CORS that is the answer.
"""

import re

from cors_harness.judge.mismatches import JudgedStep
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Expectation, Outcome, Scenario, Step
from cors_harness.model.verdict import Caveat
from cors_harness.terms.headers import get, get_list
from cors_harness.terms.reasons import ReasonCode

FIRST_ERROR = 400
NO_OPTIONS = frozenset((405, 501))
CORS_HEADER = b"access-control-"
REFUSALS = frozenset((400, 403))  # with which servers refuse an origin
SAYS_CORS = re.compile(rb"\bcors\b", re.IGNORECASE)


def caveat_of(
    scenario: Scenario, expect: Expectation, judged: JudgedStep, number: int
) -> Caveat | None:
    """The caveat of step `number` by itself; None: there is none.

    `expect` is what holds in this cell.
    """
    last = judged.exchanges[-1] if judged.exchanges else None
    if last is None or last.status is None or last.status < FIRST_ERROR or not is_cors(last):
        return None
    if scenario.answers is not None or _is_asserted(scenario.steps[number], expect, last):
        return None
    match judged.outcome:
        case Outcome.ALLOWED:
            is_doubtful = True
        case Outcome.BLOCKED:
            is_doubtful = not (_is_of_cors(last) or _serves_no_options(last))
        case _:
            is_doubtful = False
    if not is_doubtful:
        return None
    return Caveat(
        step=number,
        outcome=judged.outcome,
        kind=last.kind,
        status=last.status,
        is_open=not expect.outcome,
    )


def is_cors(exchange: Exchange) -> bool:
    """Whether the request crosses origins, as far as it says so itself."""
    origin = get(exchange.request_headers, "Origin")
    return origin is not None and origin.decode("latin-1") != exchange.origin


def _is_asserted(step: Step, expect: Expectation, last: Exchange) -> bool:
    """Whether the scenario says that this is what is answered."""
    is_preflight = last.kind is ExchangeKind.PREFLIGHT
    by_reason = is_preflight and ReasonCode.PREFLIGHT_STATUS.value in expect.reason
    elsewhere = (step.expect, *(exemption.expect for exemption in step.exemptions))
    return (
        by_reason
        or expect.body is not None
        or any(status is not None for status in _statuses(expect))
        or any(last.status in _statuses(each) for each in elsewhere)
    )


def _statuses(expect: Expectation) -> tuple[int | None, ...]:
    """What it says of the last response, as the page reads it and as it was on the wire."""
    return expect.status, expect.exchanges[-1].status if expect.exchanges else None


def _is_of_cors(exchange: Exchange) -> bool:
    names = (name.lower() for name, _ in exchange.response_headers)
    varies = (member.lower() for member in get_list(exchange.response_headers, "Vary"))
    return (
        any(name.startswith(CORS_HEADER) for name in names)
        or "origin" in varies
        or (exchange.status in REFUSALS and SAYS_CORS.search(exchange.body) is not None)
    )


def _serves_no_options(exchange: Exchange) -> bool:
    return exchange.kind is ExchangeKind.PREFLIGHT and exchange.status in NO_OPTIONS

"""Blocked: one call that was meant to be allowed, with the facts that advice is decided by."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from cors_harness.advice.neighbourhood import NOTHING_KNOWN, Neighbourhood
from cors_harness.advice.neighbours import CallIntent, Grants, grants_of, intent_of
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Fulfilled
from cors_harness.model.scenario import Call, Outcome
from cors_harness.model.verdict import (
    Aspect,
    Mismatch,
    MismatchValue,
    Reason,
    StepResult,
    Unseen,
)
from cors_harness.terms.headers import get, get_all, get_list
from cors_harness.terms.modes import CredentialsMode
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.step_value import StepSource

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
NULL = "null"


@dataclass(frozen=True, kw_only=True)
class Blocked:
    """One call that the page was meant to get the response of, or a header of it.

    Attributes:
        page: the page's origin, serialized; of a call that a frame makes the frame's.
        is_on_run_port: whether that origin is on a port that this run chose, another in every run.
        reason: why it was blocked; None where it was read, with headers or the status otherwise.
        wire: the call's exchanges in wire order; may be empty.
        made_of: distributions and programs that the server is made of.
        hidden: response headers that the page was meant to read and could not.
        expected_status: what the page was meant to read as status and did not; None: not said.
        neighbours: the other calls of the run to the same server, this one perhaps among them.
    """

    page: str
    is_on_run_port: bool
    call: Call
    reason: Reason | None
    wire: tuple[Exchange, ...]
    made_of: frozenset[str]
    hidden: tuple[str, ...] = ()
    expected_status: MismatchValue = None
    neighbours: Neighbourhood = NOTHING_KNOWN

    @property
    def path(self) -> str:
        """Of the last request, without its query; of the call where nothing was sent."""
        target = self.last.target if self.last else self.call.path
        return target.partition("?")[0]

    @property
    def let_in_at(self) -> str:
        """A call of the run that shows this origin let in by the same server; empty: none does."""
        return self.neighbours.read_by.get(self.origin, "")

    @cached_property
    def grants(self) -> Grants:
        """What the responses to the call grant."""
        return grants_of(self.wire)

    @property
    def last(self) -> Exchange | None:
        """The exchange at which the browser stopped."""
        return self.wire[-1] if self.wire else None

    @property
    def at_preflight(self) -> bool:
        """Whether it stopped at a preflight."""
        return self.last is not None and self.last.kind is ExchangeKind.PREFLIGHT

    @property
    def preflight(self) -> Exchange | None:
        """The last preflight of the call."""
        preflights = [exchange for exchange in self.wire if exchange.kind is ExchangeKind.PREFLIGHT]
        return preflights[-1] if preflights else None

    @property
    def origin(self) -> str:
        """The `Origin` that the server saw at last, else the page's."""
        sent = get(self.last.request_headers, "Origin") if self.last else None
        return sent.decode("latin-1") if sent else self.page

    @property
    def allow_origin(self) -> tuple[str, ...]:
        """Every value of Access-Control-Allow-Origin in the last response."""
        values = get_all(self.last.response_headers, ALLOW_ORIGIN) if self.last else ()
        return tuple(value.decode("latin-1") for value in values)

    @property
    def with_credentials(self) -> bool:
        """Whether the call includes credentials."""
        return self.call.credentials is CredentialsMode.INCLUDE

    @property
    def speaks_cors(self) -> bool:
        """Whether what sets CORS headers had a hand in the last response, though not for us."""
        headers = self.last.response_headers if self.last else ()
        names = {name.lower() for name, _ in headers}
        varies = {name.lower() for name in get_list(headers, "Vary")}
        return "origin" in varies or any(name.startswith(b"access-control-") for name in names)

    @property
    def lets_page_in(self) -> bool:
        """Whether the last response passes the CORS check, whatever its status.

        https://fetch.spec.whatwg.org/#concept-cors-check
        """
        headers = self.last.response_headers if self.last else ()
        if not self.with_credentials:
            return self.allow_origin in {("*",), (self.origin,)}
        credentials = get(headers, "Access-Control-Allow-Credentials")
        return self.allow_origin == (self.origin,) and credentials == b"true"


def blocked_calls(
    record: CellRecord,
    made_of: frozenset[str],
    *,
    only: int | None = None,
    neighbours: Neighbourhood = NOTHING_KNOWN,
) -> Iterator[Blocked]:
    """The steps of a cell in which the page did not get what it was meant to get.

    A step that may be blocked is none, whatever else of it came out otherwise.

    `only`: index of the one step to look at; it counts as meant to be allowed, unless the scenario
    says that it may be blocked.
    """
    steps = zip(record.cell.scenario.steps, record.observations, record.verdict.steps, strict=False)
    for index, (step, observation, result) in enumerate(steps):
        intent = intent_of(record.cell, step)
        if only not in {None, index} or intent in {CallIntent.BLOCKED, CallIntent.EITHER}:
            continue
        mismatches = _mismatches_of(record, index)
        is_read = isinstance(observation, Fulfilled)
        hidden = (*_hidden_headers(mismatches), *_needed(record, index)) if is_read else ()
        is_meant = only == index or _was_meant_to_be_allowed(mismatches)
        is_open = intent is CallIntent.OPEN
        is_blocked = _is_refused(result) and (is_meant or (is_open and _is_needed(record, index)))
        is_other = is_read and _expected(mismatches, Aspect.STATUS) is not None
        if is_blocked or hidden or is_other:
            wire = tuple(exchange for exchange in record.exchanges if exchange.step == index)
            page = str(step.call.frame or record.page)
            yield Blocked(
                page=page,
                is_on_run_port=page in dict(record.placeholders).values(),
                call=step.call,
                reason=result.reason if is_blocked else None,
                wire=wire,
                made_of=made_of,
                hidden=hidden,
                expected_status=_expected(mismatches, Aspect.STATUS),
                neighbours=neighbours.near(wire[-1].origin if wire else None),
            )


def _is_refused(result: StepResult) -> bool:
    """Whether the browser refused; a certificate that it does not trust is no matter of CORS."""
    by_certificate = result.reason is not None and result.reason.code is ReasonCode.CERTIFICATE
    return result.outcome is Outcome.BLOCKED or by_certificate


def _mismatches_of(record: CellRecord, step: int) -> tuple[Mismatch, ...]:
    """What did not come out as expected in one step; a single step is not numbered."""
    number = step if len(record.cell.scenario.steps) > 1 else None
    return tuple(m for m in record.verdict.mismatches if m.step == number)


def _expected(mismatches: tuple[Mismatch, ...], aspect: Aspect) -> MismatchValue:
    values = (mismatch.expected for mismatch in mismatches if mismatch.aspect is aspect)
    return next(values, None)


def _was_meant_to_be_allowed(mismatches: tuple[Mismatch, ...]) -> bool:
    """Whether a blocked step, which is not meant to be blocked, was meant to be allowed."""
    return any(
        mismatch.aspect is Aspect.OUTCOME or mismatch.unseen is Unseen.NO_RESPONSE
        for mismatch in mismatches
    )


def _is_needed(record: CellRecord, step: int) -> bool:
    """Whether a later step needs what page code reads of a step, and did not get it."""
    values = (missing.value for missing in record.verdict.missing)
    return any(v.step == step and v.source is not StepSource.COOKIE for v in values)


def _needed(record: CellRecord, step: int) -> tuple[str, ...]:
    """Headers of a step's response that a later step needs, on the wire and not readable."""
    names = (
        missing.value.name
        for missing in record.verdict.missing
        if missing.value.step == step and missing.value.source is StepSource.HEADER
    )
    wire = [exchange for exchange in record.exchanges if exchange.step == step]
    return tuple(name for name in names if wire and get_all(wire[-1].response_headers, name))


def _hidden_headers(mismatches: tuple[Mismatch, ...]) -> tuple[str, ...]:
    """Headers of a response that page code was meant to read and could not."""
    return tuple(
        mismatch.header
        for mismatch in mismatches
        if mismatch.aspect is Aspect.READABLE
        and mismatch.header is not None
        and mismatch.found is None
        and mismatch.expected is not None
    )

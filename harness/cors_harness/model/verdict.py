"""Verdict: whether a cell came out as its scenario says, and every Mismatch where it did not."""

from dataclasses import dataclass
from enum import StrEnum

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.scenario import Outcome
from cors_harness.terms.reasons import ReasonCode
from cors_harness.terms.step_value import StepValue


class Status(StrEnum):
    """What the verdict on a cell is, in one word."""

    AS_EXPECTED = "as-expected"
    UNEXPECTED = "unexpected"
    KNOWN_DIFFERENCE = "known-difference"
    SKIPPED = "skipped"
    ERROR = "error"  # the harness, a server or an engine failed; says nothing about CORS


class Aspect(StrEnum):
    """What of a step was compared; the values are the keys of `expect:` in a scenario."""

    OUTCOME = "outcome"
    REASON = "reason"
    PREFLIGHT = "preflight"
    WIRE = "wire"
    EXCHANGES = "exchanges"  # how many there were, or one part of one of them
    STATUS = "status"
    STATUS_TEXT = "status_text"
    RESPONSE_TYPE = "response_type"
    REDIRECTED = "redirected"
    URL = "url"
    BODY = "body"
    READABLE = "readable"  # one response header, as page code reads it
    SENT = "sent"  # one header of the last request
    PREFLIGHT_SENT = "preflight_sent"  # one header of the first preflight
    STEPS = "steps"  # how many ran; no key of a scenario


class ExchangePart(StrEnum):
    """What of one exchange was compared; the values are the keys of an entry of `exchanges:`."""

    KIND = "kind"
    METHOD = "method"
    AT = "at"
    PATH = "path"
    STATUS = "status"
    REQUEST_HEADERS = "request_headers"  # one header
    RESPONSE_HEADERS = "response_headers"  # one header
    REQUEST_BODY_BYTES = "request_body_bytes"
    BODY_BYTES = "body_bytes"


class Unseen(StrEnum):
    """Why there was nothing to compare with."""

    NO_RESPONSE = "no-response"
    NO_BODY = "no-body"  # there is a response, and its body could not be read
    NO_BODY_END = "no-body-end"  # the body did not end, as long as the call may take
    NO_REQUEST = "no-request"
    NO_PREFLIGHT = "no-preflight"


MismatchValue = str | int | bool | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that is not as expected; `reports.mismatch_text` has the words for it.

    Attributes:
        step: index of the step, as in `Exchange.step`; None where the scenario has but one, and
            where it is about the cell as a whole.
        exchange: index of the exchange in its step, from 0, of a part of an exchange; else None.
        part: which part of that exchange; else None.
        header: name as the scenario writes it, of aspects that are about one header; else None.
        expected: for the reason every code that would do, for the outcome too where several would,
            for the wire the kinds of exchanges, for steps and for exchanges without a part how many
            there are; of a header None where it must not be there and True where any value would
            do; of an exchange's status None where no response may come.
        found: the same kind of value; None where a header or a response is not there or nothing
            gives a reason, and where `unseen` says why; of a body that could not be read the
            browser's error, and of one that did not end what had come of it.
        spec: the scenario's link to the standard.
    """

    step: int | None = None
    aspect: Aspect
    exchange: int | None = None
    part: ExchangePart | None = None
    header: str | None = None
    expected: MismatchValue
    found: MismatchValue
    unseen: Unseen | None = None
    spec: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the browser blocked.

    Attributes:
        code: from the closed list.
        detail: the method, header or hop it is about, or how the wire narrowed the code down.
        console: the engine's own words, unchanged; empty where it said nothing.
    """

    code: ReasonCode
    detail: str = ""
    console: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What one step came to."""

    outcome: Outcome
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """An error status decided a step, and the scenario does not say that it is meant.

    By the cell alone: `judge.unproven` tells whether another cell of the run shows that CORS
    decided nevertheless.

    Attributes:
        step: index of the step, as in `Exchange.step`.
        outcome: ALLOWED: the page reads the error; BLOCKED: it has no CORS header at all.
        kind: of the exchange that has the status, the last one of the step.
        is_open: whether the scenario leaves the outcome open, so that nothing was claimed.
    """

    step: int
    outcome: Outcome
    kind: ExchangeKind
    status: int
    is_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBackCookie:
    """A cookie that a response set, and that a later call which may carry cookies did not carry.

    Attributes:
        step: index of the step whose call lacks it, as in `Exchange.step`.
        why: a sentence without its full stop; by the standard's rules, else what the engine does.
    """

    step: int
    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingValue:
    """A value of an earlier step without which a step cannot make its call.

    Attributes:
        step: index of the step that needs it.
        why: what it needs, and what came instead; the rest of a sentence about that step.
    """

    step: int
    value: StepValue
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement on a cell.

    Attributes:
        steps: one for each step that ran.
        caveats: of steps that an error status decided.
        held_back: cookies that calls lack.
        known: source of the known difference where status says so.
        note: why a cell was skipped or is an error, what came of a call that has no result, or why
            a step did not run.
        missing: what the step after those needed, and no earlier one brought.
        no_result: whether a step came to no result, and the scenario names none such: of an error,
            and of a mismatch where the server left a call without a whole response.
    """

    status: Status
    mismatches: tuple[Mismatch, ...] = ()
    steps: tuple[StepResult, ...] = ()
    known: str | None = None
    note: str = ""
    caveats: tuple[Caveat, ...] = ()
    held_back: tuple[HeldBackCookie, ...] = ()
    missing: tuple[MissingValue, ...] = ()
    no_result: bool = False

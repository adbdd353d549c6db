"""Verdict: whether a cell came out as its scenario says, and every field in which it did not."""

from dataclasses import dataclass
from enum import StrEnum

from cors_harness.model.scenario import Outcome
from cors_harness.terms.reasons import ReasonCode


class Status(StrEnum):
    """How a cell came out."""

    AS_EXPECTED = "as-expected"
    UNEXPECTED = "unexpected"
    KNOWN_DIFFERENCE = "known-difference"
    SKIPPED = "skipped"
    ERROR = "error"  # the harness, a server or an engine failed; says nothing about CORS


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One field that is not as expected, both sides as a reader sees them."""

    field: str
    expected: str
    found: str
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
class Verdict:
    """The judgement on a cell.

    Attributes:
        steps: one for each step that ran.
        known: source of the known difference where status says so.
        note: why a cell was skipped or is an error.
    """

    status: Status
    mismatches: tuple[Mismatch, ...] = ()
    steps: tuple[StepResult, ...] = ()
    known: str | None = None
    note: str = ""

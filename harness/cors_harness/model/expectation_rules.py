"""Which parts of an Expectation can be true together, and what an `except:` entry makes of one."""

import functools
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Expectation, ExpectationOverride, Outcome, Step
from cors_harness.terms.modes import ResponseType

PAGE_READS = ("status", "status_text", "response_type", "redirected", "url", "body", "readable")
"""Fields of an Expectation that page code reads of a response."""

_NOTHING = Expectation()
_OF_OUTCOME = (*PAGE_READS, "reason")
_OPAQUE = frozenset((Outcome.OPAQUE, Outcome.OPAQUE_REDIRECT))
_REJECTED = frozenset((Outcome.BLOCKED, Outcome.FAILED))
_TYPES = {
    Outcome.ALLOWED: (ResponseType.BASIC, ResponseType.CORS, ResponseType.DEFAULT),
    Outcome.OPAQUE: (ResponseType.OPAQUE,),
    Outcome.OPAQUE_REDIRECT: (ResponseType.OPAQUE_REDIRECT,),
}
# https://fetch.spec.whatwg.org/#concept-filtered-response-opaque
_OF_OPAQUE = {"status": 0, "status_text": "", "body": ""}


def can_hold(expect: Expectation, name: str, outcome: Outcome) -> bool:
    """Whether what is expected of one field can be true where the outcome is this one.

    A field that is not asserted can; so can a response header that must not be readable, where
    there is no response.
    """
    value: Any = getattr(expect, name)
    if value == getattr(_NOTHING, name):
        return True
    if name == "reason":
        return outcome in _REJECTED
    return name not in PAGE_READS or _can_be_read(name, value, outcome)


def _can_be_read(name: str, value: Any, outcome: Outcome) -> bool:
    if outcome is Outcome.FAILED:  # perhaps a response whose body broke off
        return True
    if name == "readable":
        return outcome is Outcome.ALLOWED or all(text is None for _, text in value)
    if name == "response_type":
        return value in _TYPES.get(outcome, ())
    if outcome in _OPAQUE:
        return bool(value == _OF_OPAQUE.get(name, value))
    return outcome is Outcome.ALLOWED


def seen_with(
    expect: Expectation, outcome: Outcome, *, failed_before: Collection[str] = ()
) -> Expectation:
    """`expect` as far as it can be true with this one of its several outcomes.

    `failed_before`: what a page could not read any more when it FAILED, of PAGE_READS.
    """
    if len(expect.outcome) < 2 or outcome not in expect.outcome:
        return expect
    lost = failed_before if outcome is Outcome.FAILED else ()
    beyond = (n for n in _OF_OUTCOME if n in lost or not can_hold(expect, n, outcome))
    return replace(expect, **{name: getattr(_NOTHING, name) for name in beyond})


def overridden(expect: Expectation, entry: ExpectationOverride) -> Expectation:
    """`expect` with the named fields of an entry put over it.

    An entry with another outcome starts afresh on what the page sees: a blocked fetch has no status
    to compare. What is on the wire stays expected.
    """
    values = {name: getattr(entry.expect, name) for name in entry.overrides}
    if {*values.get("outcome", expect.outcome)} != {*expect.outcome}:
        expect = replace(expect, **{name: getattr(_NOTHING, name) for name in _OF_OUTCOME})
    return replace(expect, **values)


def exemptions_of(cell: Cell, step: Step) -> tuple[ExpectationOverride, ...]:
    """The step's exemptions that hold for this cell, in file order."""
    names = (cell.server, cell.acts_as)
    return tuple(entry for entry in step.exemptions if entry.covers(names, cell.engine))


def expectation_for(step: Step, exemptions: Iterable[ExpectationOverride]) -> Expectation:
    """`expect` with the named fields of every exemption put over it; later ones win."""
    return functools.reduce(overridden, exemptions, step.expect)


def keeps_out(cell: Cell, step: Step) -> bool:
    """Whether a step of a cell is meant to be blocked.

    What an engine is known to do otherwise (`known:` of an `except:` entry) changes no intent.
    """
    held = exemptions_of(cell, step)
    intended = tuple(entry for entry in held if not entry.known)
    outcomes = (expectation_for(step, entries).outcome for entries in (held, intended))
    return any(Outcome.BLOCKED in o and Outcome.ALLOWED not in o for o in outcomes)

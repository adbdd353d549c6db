"""Expectation of one step for one server and engine, with its exemptions applied."""

from collections.abc import Iterable
from dataclasses import replace

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Exemption, Expectation, Step

_NOTHING = Expectation()


def exemptions_of(cell: Cell, step: Step) -> tuple[Exemption, ...]:
    """The step's exemptions that hold for this cell, in file order."""
    names = (cell.server, cell.acts_as)
    return tuple(e for e in step.exemptions if e.covers(names, cell.engine))


# What page code can only see of the outcome that the field was written for.
_OF_OUTCOME = ("status", "response_type", "redirected", "url", "body", "readable", "reason")


def expectation_for(step: Step, exemptions: Iterable[Exemption]) -> Expectation:
    """`expect` with the named fields of every exemption put over it; later ones win.

    An exemption with another outcome starts afresh on what the page sees: a blocked fetch has no
    status to compare. What is on the wire stays expected.
    """
    expect = step.expect
    for exemption in exemptions:
        values = {name: getattr(exemption.expect, name) for name in exemption.overrides}
        if values.get("outcome", expect.outcome) != expect.outcome:
            expect = replace(expect, **{name: getattr(_NOTHING, name) for name in _OF_OUTCOME})
        expect = replace(expect, **values)
    return expect


def known_sources(exemptions: Iterable[Exemption]) -> tuple[str, ...]:
    """The `known:` of each exemption that has one, without repeats, in file order."""
    return tuple(dict.fromkeys(e.known for e in exemptions if e.known))

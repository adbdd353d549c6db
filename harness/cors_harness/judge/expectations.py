"""Expectation of one step for one server and engine, with its exemptions applied."""

from collections.abc import Iterable
from dataclasses import replace

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Exemption, Expectation, Step


def exemptions_of(cell: Cell, step: Step) -> tuple[Exemption, ...]:
    """The step's exemptions that hold for this cell, in file order."""
    return tuple(e for e in step.exemptions if e.covers(cell.server, cell.engine))


def expectation_for(step: Step, exemptions: Iterable[Exemption]) -> Expectation:
    """`expect` with the named fields of every exemption put over it; later ones win."""
    expect = step.expect
    for exemption in exemptions:
        values = {name: getattr(exemption.expect, name) for name in exemption.overrides}
        expect = replace(expect, **values)
    return expect


def known_sources(exemptions: Iterable[Exemption]) -> tuple[str, ...]:
    """The `known:` of each exemption that has one, without repeats, in file order."""
    return tuple(dict.fromkeys(e.known for e in exemptions if e.known))

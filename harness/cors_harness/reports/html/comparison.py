"""comparison_of(): what two sides have come to otherwise, as the page tells it."""

from collections.abc import Iterator, Mapping

from cors_harness.changes.assessment import Assessment, ChangeGroup
from cors_harness.model.advice import SHUTS_OUT, Advice
from cors_harness.model.change import ChangeClass
from cors_harness.reports.changes_text import (
    MEANINGS,
    OPEN,
    changed_versions,
    counts,
    differences,
    headline,
    named,
    telling,
    verdict,
)
from cors_harness.reports.html.cells import CellPlace
from cors_harness.reports.html.tables import Table
from cors_harness.store.codec import Json


def comparison_of(
    assessment: Assessment,
    cells: Mapping[CellPlace, int],
    advised: Mapping[CellPlace, Advice],
    advice: Table[Advice],
) -> Json:
    """The changes, the groups of one kind together, and what else a check finds.

    Args:
        assessment: the comparison.
        cells: where the cells of the page are in it.
        advised: what mends the cells that are not as expected now.
        advice: every advice of the page.
    """
    groups = [
        _group(group, assessment, cells, _advice(group, assessment, advised), advice)
        for group in assessment.groups
    ]
    return {
        "verdict": verdict(assessment),
        "fails": assessment.status != 0,
        "counts": "".join(text for text, _ in counts(assessment)),
        "classes": [[each.value, named(each), MEANINGS[each]] for each in ChangeClass],
        "groups": groups,
        "open": [
            {"kind": kind, "meaning": OPEN[kind], "names": [list(name) for name in names]}
            for kind in OPEN
            if (names := getattr(assessment.comparison, kind))
        ],
        "versions": list(changed_versions(assessment.comparison)),
        "troubles": [[each.cell, each.why] for each in assessment.troubles],
        "accept": assessment.acceptance_of_all,
    }


def class_by_place(assessment: Assessment) -> Mapping[CellPlace, ChangeClass]:
    """The first class of changes of each cell, in the order of reports."""
    classes: dict[CellPlace, ChangeClass] = {}
    for class_ in ChangeClass:
        for change in assessment.comparison.changes:
            if change.class_ is class_:
                for engine in change.engines:
                    classes.setdefault((change.scenario, change.server, engine), class_)
    return classes


def _advice(
    group: ChangeGroup, assessment: Assessment, advised: Mapping[CellPlace, Advice]
) -> Advice | None:
    """What mends it; journals do not tell of every cell how it would be, but of what failed."""
    if found := assessment.advice_for(group):
        return found
    if group.class_ not in {ChangeClass.WIDENED, ChangeClass.NARROWED}:
        return None
    shuts_out = group.class_ is ChangeClass.WIDENED  # the other way about it would widen more
    of_cells = (advised[place] for place in _places(group) if place in advised)
    return next((each for each in of_cells if (each.mistake in SHUTS_OUT) is shuts_out), None)


def _group(
    group: ChangeGroup,
    assessment: Assessment,
    cells: Mapping[CellPlace, int],
    fix: Advice | None,
    advice: Table[Advice],
) -> Json:
    return {
        "class": list(ChangeClass).index(group.class_),
        "headline": headline(group),
        "server": group.server,
        "engines": list(group.engines),
        "origins": list(group.origins),
        "fails": assessment.fails(group),
        "differences": [
            [each.place, each.what, each.before, each.after] for each in differences(group)
        ],
        "cells": [cells[place] for place in _places(group) if place in cells],
        "scenarios": len(group.members),
        "accept": assessment.acceptance.command(group.names, group.engines),
        "also": [named(each) for each in assessment.also_accepted(group)],
        "advice": -1 if fix is None else advice.index(fix),
    }


def _places(group: ChangeGroup) -> Iterator[CellPlace]:
    for member in telling(group.members):
        yield from ((*member.name, engine) for engine in member.engines)

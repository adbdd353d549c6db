"""Cells: the changes of one cell over its steps, and whether they are the engine's own."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from cors_harness.changes.blame import is_the_engines
from cors_harness.changes.cosmetics import cosmetic_between, step_alone
from cors_harness.changes.rules import Found, changes_between
from cors_harness.model.baseline import Entry, Facts
from cors_harness.model.change import ChangeClass


def cell_changes(
    before: Entry, after: Entry, engine: str, *, other: bool
) -> Iterator[tuple[int, Found]]:
    """(step, change) of what an entry has otherwise in one engine, which is in both.

    `other`: the engine's version differs.
    """
    had, has = dict(before.engines)[engine], dict(after.engines)[engine]
    if before.origin != after.origin:
        found = [*_alone(had, before.origin, new=False), *_alone(has, after.origin, new=True)]
    else:
        found = list(_of_steps(had, has, engine, after.origin))
    other_than_cosmetic = [each for each in found if each[1].class_ is not ChangeClass.COSMETIC]
    for step, each in other_than_cosmetic or found:
        comparable = other and before.origin == after.origin
        by_engine = comparable and is_the_engines(had, has, step, each.facet)
        yield step, replace(each, class_=ChangeClass.ENGINE_CHANGED) if by_engine else each


def _of_steps(had: Facts, has: Facts, engine: str, origin: str) -> Iterator[tuple[int, Found]]:
    for number, (one, other) in enumerate(zip_longest(had, has)):
        if one is None:
            yield number, step_alone(other, origin, new=True)
        elif other is None:
            yield number, step_alone(one, origin, new=False)
        elif one != other:
            for found in changes_between(one, other, engine=engine, origin=origin):
                yield number, found
            for found in cosmetic_between(one, other):
                yield number, found


def _alone(facts: Facts, origin: str, *, new: bool) -> Iterator[tuple[int, Found]]:
    for number, step in enumerate(facts):
        yield number, step_alone(step, origin, new=new)

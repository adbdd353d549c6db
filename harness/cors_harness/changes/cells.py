"""Cells: the changes of one cell over its steps, and whether they are the engine's own."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from cors_harness.changes.cosmetics import cosmetic_between, step_alone
from cors_harness.changes.rules import Found, changes_between
from cors_harness.model.baseline import Entry, ExchangeFacts, Facts, StepFacts
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
        by_engine = other and before.origin == after.origin and _answered_alike(had, has, step)
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


def _answered_alike(had: Facts, has: Facts, step: int) -> bool:
    """Whether the server gave the same to whatever both sides asked, up to `step`."""
    if step >= min(len(had), len(has)):
        return False
    return all(
        _answers(one, other) == _answers(other, one)
        for one, other in zip(had[: step + 1], has[: step + 1], strict=True)
    )


def _answers(step: StepFacts, other: StepFacts) -> list[tuple[object, ...]]:
    """What `step` was answered, as far as `other` asked for it as often."""
    asked = [_asked(each) for each in step.wire]
    others = [_asked(each) for each in other.wire]
    found: defaultdict[object, int] = defaultdict(int)
    answers = []
    for each, question in zip(step.wire, asked, strict=True):
        found[question] += 1
        if found[question] <= min(asked.count(question), others.count(question)):
            answers.append((question, each.status, each.answers))
    return sorted(answers, key=repr)


def _asked(each: ExchangeFacts) -> tuple[object, ...]:
    return each.kind, each.at, each.method, each.target, each.asks, each.credentialed

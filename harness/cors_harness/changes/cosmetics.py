"""Cosmetics: what differs and gives nobody more or less; and steps that only one side has."""

from cors_harness.changes.rules import Found
from cors_harness.changes.steps import gets, result
from cors_harness.changes.wording import NONE, call, differences, title
from cors_harness.model.baseline import StepFacts
from cors_harness.model.change import ChangeClass


def cosmetic_between(before: StepFacts, after: StepFacts) -> tuple[Found, ...]:
    """Whatever is recorded otherwise, one for each facet; at least one where anything is."""
    by_facet: dict[str, list[str]] = {}
    for each in differences(before, after):
        by_facet.setdefault(each.facet, []).append(each.text)
    found = [_cosmetic(facet, "; ".join(texts)) for facet, texts in by_facet.items()]
    if before.outcome is not after.outcome:
        found.append(_cosmetic("outcome", f"{result(before)} -> {result(after)}"))
    elif before.reason is not after.reason:
        text = f"{before.outcome} for another reason: {before.reason} -> {after.reason}"
        found.append(_cosmetic("reason", text))
    if before.readable != after.readable:
        had, has = (", ".join(map(title, step.readable)) or NONE for step in (before, after))
        found.append(_cosmetic("response headers read", f"page reads {had} -> {has}"))
    if before.status != after.status and "status" not in by_facet:
        had, has = (str(step.status or NONE) for step in (before, after))
        found.append(_cosmetic("status", f"page reads status {had} -> {has}"))
    if not found and before != after:
        found.append(_cosmetic("requests", "the same requests in another order"))
    return tuple(found)


def step_alone(step: StepFacts, origin: str, *, new: bool) -> Found:
    """A step that only one side has: nothing can be compared, and nothing was accepted."""
    words = (
        f"{'now also' if new else 'no longer'} asked: {call(step)} from {origin}, {result(step)}"
    )
    if not gets(step):
        class_ = ChangeClass.COSMETIC
    else:
        class_ = ChangeClass.WIDENED if new else ChangeClass.NARROWED
    return Found(class_=class_, facet="steps", headline=words)


def _cosmetic(facet: str, text: str) -> Found:
    return Found(class_=ChangeClass.COSMETIC, facet=facet, headline=text)

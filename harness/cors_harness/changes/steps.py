"""Steps: what a step's facts say about the page, and about what the browser sent."""

from collections import Counter
from collections.abc import Iterator

from cors_harness.changes.alignment import aligned
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, StepFacts
from cors_harness.model.scenario import Outcome
from cors_harness.terms.statuses import REDIRECT_STATUSES

# How much the page gets: nothing, a response that it cannot look into, the response.
_GETS = {Outcome.ALLOWED: 2, Outcome.OPAQUE: 1, Outcome.OPAQUE_REDIRECT: 1}


def gets(step: StepFacts) -> int:
    """How much the page gets, to be compared with another's."""
    return _GETS.get(step.outcome, 0)


def result(step: StepFacts) -> str:
    """`allowed`, `blocked: allow-origin-missing`."""
    return f"{step.outcome}: {step.reason}" if step.reason else str(step.outcome)


def is_stopped(step: StepFacts) -> bool:
    """Whether the browser went no further: sent nothing, or nothing after preflight or redirect."""
    if gets(step):
        return False
    last = step.wire[-1] if step.wire else None
    return last is None or last.kind is ExchangeKind.PREFLIGHT or last.status in REDIRECT_STATUSES


def requests(step: StepFacts) -> int:
    """How many requests were sent, preflights aside."""
    return sum(map(_is_request, step.wire))


def preflights(step: StepFacts) -> int:
    """How many preflights were sent."""
    return len(step.wire) - requests(step)


def passed(step: StepFacts) -> Iterator[ExchangeFacts]:
    """The preflights that a request came after."""
    for each, following in zip(step.wire, step.wire[1:], strict=False):
        if each.kind is ExchangeKind.PREFLIGHT and following.kind is ExchangeKind.REQUEST:
            yield each


def places(step: StepFacts) -> set[str]:
    """The origin roles that got a request, preflights aside."""
    return {each.at for each in step.wire if _is_request(each)}


def credentials_gained(before: StepFacts, after: StepFacts) -> set[str]:
    """The places where a request carries credentials that carried none, or the first one does."""
    had, has = (
        {each.at for each in step.wire if _is_request(each) and each.credentialed}
        for step in (before, after)
    )
    pairs = aligned(before.wire, after.wire)
    both = ((one, other) for one, other in pairs if one and other and _is_request(other))
    gained = {other.at for one, other in both if other.credentialed and not one.credentialed}
    return (has - had) | gained


def methods_gained(before: StepFacts, after: StepFacts) -> set[tuple[str, str]]:
    """(place, method) that newly reaches a server, or does in the place of another method."""
    had, has = (
        Counter((each.at, each.method) for each in step.wire if _is_request(each))
        for step in (before, after)
    )
    replaced = {at for at, _ in had - has}
    return {each for each in has - had if each not in had or each[0] in replaced}


def _is_request(each: ExchangeFacts) -> bool:
    return each.kind is ExchangeKind.REQUEST

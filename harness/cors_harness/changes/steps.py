"""Steps: what a step's facts say about the page, and about what the browser sent."""

from collections.abc import Iterator

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, StepFacts
from cors_harness.model.scenario import Outcome

# https://fetch.spec.whatwg.org/#redirect-status
REDIRECTS = frozenset({301, 302, 303, 307, 308})
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
    return last is None or last.kind is ExchangeKind.PREFLIGHT or last.status in REDIRECTS


def requests(step: StepFacts) -> int:
    """How many requests were sent, preflights aside."""
    return sum(each.kind is ExchangeKind.REQUEST for each in step.wire)


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
    return {each.at for each in step.wire if each.kind is ExchangeKind.REQUEST}


def credentialed(step: StepFacts) -> set[str]:
    """Those of them that got one with credentials."""
    return {e.at for e in step.wire if e.kind is ExchangeKind.REQUEST and e.credentialed}

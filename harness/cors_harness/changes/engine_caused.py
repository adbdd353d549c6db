"""Blame: whether a difference can only be the engine's own, as the server gave the same.

In doubt it is not: a server that gives more must never pass for another browser. So

* the steps before, whose cookies and remembered preflights count, are the same on the wire;
* in the step, one side's exchanges, at least one, are all among the other's: asked the same and
  answered the same. Where one side gets less, it is that side, so that what stopped it is there;
* for what a browser sends, `sent HEADER`, what is asked may differ, and nothing else;
* it is not about which response headers the page can read: whether the server sent one that
  browsers do not decide by is not recorded.
"""

from collections import Counter

from cors_harness.changes.rules import gets
from cors_harness.model.baseline import ExchangeFacts, Facts, StepFacts
from cors_harness.model.change import Facet, FacetKind

READ_HEADERS = frozenset({FacetKind.HEADERS_READABLE, FacetKind.HEADERS_READ})
ServerResponses = Counter[tuple[object, ...]]


def is_the_engines(had: Facts, has: Facts, step: int, facet: Facet) -> bool:
    """Whether nothing that the server may have done explains the difference in `facet`."""
    if step >= min(len(had), len(has)) or facet.kind in READ_HEADERS:
        return False
    before = zip(had[:step], has[:step], strict=True)
    same_so_far = all(_answers(one) == _answers(other) for one, other in before)
    return same_so_far and _is_alike(had[step], has[step], facet)


def _is_alike(had: StepFacts, has: StepFacts, facet: Facet) -> bool:
    if facet.kind is FacetKind.REQUEST_HEADER:
        return bool(had.wire) and _answers(had, asks=False) == _answers(has, asks=False)
    less, more = sorted((had, has), key=lambda step: (gets(step), len(step.wire)))
    return bool(less.wire) and _answers(less) <= _answers(more)


def _answers(step: StepFacts, *, asks: bool = True) -> ServerResponses:
    """What was asked and what it was answered, how often."""
    return Counter((*_asked(each, asks=asks), each.status, each.answers) for each in step.wire)


def _asked(each: ExchangeFacts, *, asks: bool) -> tuple[object, ...]:
    sent = each.asks if asks else ()
    return each.kind, each.role, each.method, each.target, sent, each.credentialed

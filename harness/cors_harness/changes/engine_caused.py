"""is_the_engines(): whether a difference can only be the engine's own, as the server gave the same.

In doubt it is not: a server that gives more must never pass for another browser. So

* the steps before, whose cookies and remembered preflights count, are the same on the wire;
* in the step, one side's exchanges, at least one, are all among the other's: the same request and
  the same response. Where one side gets less, it is that side, so that what stopped it is there;
* for a request header that a browser sends, request headers may differ, and nothing else;
* it is not about which response headers the page can read: whether the server sent one that
  browsers do not decide by is not recorded.
"""

from collections import Counter

from cors_harness.changes.rules import gets
from cors_harness.model.baseline import Facts, StepFacts
from cors_harness.model.change import Facet, FacetKind

READ_HEADERS = frozenset({FacetKind.HEADERS_READABLE, FacetKind.HEADERS_READ})
CountedExchanges = Counter[tuple[object, ...]]


def is_the_engines(before: Facts, after: Facts, step: int, facet: Facet) -> bool:
    """Whether nothing that the server may have done explains the difference in `facet`."""
    if step >= min(len(before), len(after)) or facet.kind in READ_HEADERS:
        return False
    earlier = zip(before[:step], after[:step], strict=True)
    same_so_far = all(_exchanges(one) == _exchanges(other) for one, other in earlier)
    return same_so_far and _is_alike(before[step], after[step], facet)


def _is_alike(before: StepFacts, after: StepFacts, facet: Facet) -> bool:
    if facet.kind is FacetKind.REQUEST_HEADER:
        exchanges = (_exchanges(step, with_request_headers=False) for step in (before, after))
        return bool(before.wire) and next(exchanges) == next(exchanges)
    less, more = sorted((before, after), key=lambda step: (gets(step), len(step.wire)))
    return bool(less.wire) and _exchanges(less) <= _exchanges(more)


def _exchanges(step: StepFacts, *, with_request_headers: bool = True) -> CountedExchanges:
    """Each request with its response, and how often there is one such."""
    return Counter(
        (
            *(exchange.kind, exchange.role, exchange.method, exchange.target),
            exchange.request_headers if with_request_headers else (),
            *(exchange.with_credentials, exchange.status, exchange.response_headers),
        )
        for exchange in step.wire
    )

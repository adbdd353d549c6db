"""What a step sent: how many requests, where they went, and whether a server carried one out.

A CORS check decides who may read a response. It comes when the server has answered: what a request
without a preflight asks for is done by then (https://fetch.spec.whatwg.org/#concept-http-fetch).
Whether it was done, nobody but the server knows. Here the answer to the last unsafe request of a
step is taken at its word:

carried out
    An ok status. 303, and 302 for POST: how apps answer a form that they took (RFC 9110, 15.4.4).
    A redirect to a login is answered so, too, and is not told apart: the report shows Location.
refused
    Any 4xx but those of UP_TO_THE_RESOURCE.
unknown
    301, 307, 308, and 302 for other methods: the request has to be made elsewhere, and what comes
    of that decides. A 5xx, no response at all: it may have been done before that, or not.

Safe methods ask for nothing to be done (RFC 9110, 9.2.1); an app that does something for a GET is
not found out. Credentials count for nothing: what refuses a page does so with or without them, and
where they are missing only the cell had none. Without any, a server in the user's own network is
reached by the page, and not by whoever wrote it.
"""

from collections import Counter
from collections.abc import Iterator

from cors_harness.changes.wire_diff import aligned
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.baseline import ExchangeFacts, StepFacts
from cors_harness.terms.headers import is_ok
from cors_harness.terms.modes import SAFE_METHODS

# They speak of what the request is about, or of when it came: what a run before has left behind, or
# another cell beside it, turns a 200 into one of them, and nobody was refused.
UP_TO_THE_RESOURCE = frozenset({404, 408, 409, 410, 412, 423, 424, 425, 429})


def newly_carried_out(
    before: StepFacts, after: StepFacts
) -> tuple[ExchangeFacts, ExchangeFacts] | None:
    """The unsafe request that was refused, and the one that is carried out; None without both."""
    refused, done = _unsafe_request(before), _unsafe_request(after)
    if refused and done and _is_refused(refused) and _is_done(done):
        return refused, done
    return None


def is_carried_out(step: StepFacts) -> bool:
    """Whether an unsafe request of the step was carried out."""
    request = _unsafe_request(step)
    return request is not None and _is_done(request)


def is_carried_out_with_credentials(step: StepFacts) -> bool:
    """Whether it was, in the name of somebody."""
    request = _unsafe_request(step)
    return request is not None and _is_done(request) and request.with_credentials


def _unsafe_request(step: StepFacts) -> ExchangeFacts | None:
    """The last one, which comes after all redirects that did not end it."""
    unsafe = (
        exchange
        for exchange in reversed(step.wire)
        if is_request(exchange) and exchange.method not in SAFE_METHODS
    )
    return next(unsafe, None)


def _is_done(request: ExchangeFacts) -> bool:
    is_see_other = request.status == 303 or (request.status == 302 and request.method == "POST")
    return is_ok(request.status) or is_see_other


def _is_refused(request: ExchangeFacts) -> bool:
    status = request.status
    return status is not None and 400 <= status <= 499 and status not in UP_TO_THE_RESOURCE


def requests(step: StepFacts) -> int:
    """How many requests were sent, preflights aside."""
    return sum(map(is_request, step.wire))


def preflights(step: StepFacts) -> int:
    """How many preflights were sent."""
    return len(step.wire) - requests(step)


def passed(step: StepFacts) -> Iterator[ExchangeFacts]:
    """The preflights that a request came after."""
    for exchange, following in zip(step.wire, step.wire[1:], strict=False):
        if exchange.kind is ExchangeKind.PREFLIGHT and following.kind is ExchangeKind.REQUEST:
            yield exchange


def places(step: StepFacts) -> set[str]:
    """The origin roles that got a request, preflights aside."""
    return {exchange.role for exchange in step.wire if is_request(exchange)}


def credentials_gained(before: StepFacts, after: StepFacts) -> set[str]:
    """The places where a request carries credentials that carried none, or the first one does."""
    roles_before, roles_after = (
        {
            exchange.role
            for exchange in step.wire
            if is_request(exchange) and exchange.with_credentials
        }
        for step in (before, after)
    )
    pairs = aligned(before.wire, after.wire)
    both = ((one, other) for one, other in pairs if one and other and is_request(other))
    gained = {
        other.role for one, other in both if other.with_credentials and not one.with_credentials
    }
    return (roles_after - roles_before) | gained


def methods_gained(before: StepFacts, after: StepFacts) -> set[tuple[str, str]]:
    """(place, method) that newly reaches a server, or does in the place of another method."""
    methods_before, methods_after = (
        Counter((exchange.role, exchange.method) for exchange in step.wire if is_request(exchange))
        for step in (before, after)
    )
    replaced = {role for role, _ in methods_before - methods_after}
    return {
        sent
        for sent in methods_after - methods_before
        if sent not in methods_before or sent[0] in replaced
    }


def is_request(exchange: ExchangeFacts) -> bool:
    """Whether it is what page code asked for, and no preflight."""
    return exchange.kind is ExchangeKind.REQUEST

"""outcome_of(): the Outcome of one step, once page, wire and the engine's words agree.

A rejected promise alone proves nothing: a dead server looks the same to the page. It counts as
BLOCKED in two cases only:

* The engine names a reason of the standard, or is silent and the wire proves one; and the last
  exchange has a status (a browser that refuses at the head does not wait for the body) or nothing
  was sent (refused arguments, mode `same-origin`, a response from the cache).
* The engine says something that gives no reason, and servers answered everything that was sent,
  whole. Words about network trouble speak against it: a redirect may lead to a port where nobody
  listens.

A response is ALLOWED as soon as `fetch()` gives it: with its head the CORS check has passed, and a
stream may have no end. But for one that the server breaks off. Engines disagree on those: Firefox
rejects before the first byte of the body, WebKit takes the end of the connection for the end of a
chunked body. So the wire decides, and they are FAILED.

Everything else is FAILED. In particular, an engine that is silent has not blocked, whatever the
scenario expects, unless the wire proves why: it is as silent when it refuses a response that is
broken HTTP, and about a dead server. No duration counts.
"""

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Reason
from cors_harness.terms.modes import ResponseType
from cors_harness.terms.reasons import ReasonCode

_BY_TYPE = {
    ResponseType.OPAQUE: Outcome.OPAQUE,
    ResponseType.OPAQUE_REDIRECT: Outcome.OPAQUE_REDIRECT,
    ResponseType.ERROR: Outcome.FAILED,
}


def outcome_of(
    observation: Observation, exchanges: tuple[Exchange, ...], reason: Reason | None
) -> Outcome:
    """The outcome of one step; `exchanges` are that step's, `reason` is that of a rejection."""
    match observation:
        case Fulfilled():
            return _fulfilled(observation, exchanges)
        case Rejected():
            return Outcome.BLOCKED if _blocked(exchanges, reason) else Outcome.FAILED
        case TimedOut():
            return Outcome.TIMEOUT
        case Crashed():
            return Outcome.CRASHED


def has_broken_off(exchanges: tuple[Exchange, ...]) -> bool:
    """Whether the server ended the last response early, once it had begun, and nobody else did."""
    last = exchanges[-1] if exchanges else None
    return last is not None and last.broke_off is not None and _has_begun(last)


def _fulfilled(observation: Fulfilled, exchanges: tuple[Exchange, ...]) -> Outcome:
    outcome = _BY_TYPE.get(ResponseType(observation.response_type), Outcome.ALLOWED)
    if outcome is Outcome.ALLOWED and has_broken_off(exchanges):
        return Outcome.FAILED
    cut = any(
        exchange.kind is ExchangeKind.REQUEST and not exchange.complete for exchange in exchanges
    )
    if outcome is Outcome.ALLOWED and observation.body_error is not None and cut:
        return Outcome.FAILED
    return outcome


def _blocked(exchanges: tuple[Exchange, ...], reason: Reason | None) -> bool:
    if reason is None or reason.code in {ReasonCode.NETWORK, ReasonCode.CERTIFICATE}:
        return False
    if reason.code is not ReasonCode.UNKNOWN:
        return not exchanges or _has_head(exchanges[-1])
    answered = [each for at, each in enumerate(exchanges) if not _is_asked_again(exchanges, at)]
    return bool(reason.console and answered) and all(
        exchange.complete and exchange.status is not None for exchange in answered
    )


def _has_head(exchange: Exchange) -> bool:
    return exchange.status is not None and exchange.broke_off is not ResponsePart.HEAD


def _has_begun(exchange: Exchange) -> bool:
    return exchange.status is not None or exchange.is_no_http


def _is_asked_again(exchanges: tuple[Exchange, ...], at: int) -> bool:
    """Whether the browser itself repeated a request, as a kept connection had ended under it."""
    exchange = exchanges[at]
    return exchange.status is None and any(
        (later.kind, later.method, later.origin, later.target)
        == (exchange.kind, exchange.method, exchange.origin, exchange.target)
        for later in exchanges[at + 1 :]
    )

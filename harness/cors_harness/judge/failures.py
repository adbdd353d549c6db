"""Failures: what came of a call that has no result, in words, and whether it was the server.

The harness says nothing of a server that the wire does not show.
"""

from cors_harness.judge.mismatches import JudgedStep
from cors_harness.judge.outcomes import has_broken_off
from cors_harness.model.exchange import Exchange, ResponsePart
from cors_harness.model.observation import Crashed, Rejected, TimedOut
from cors_harness.model.scenario import Outcome
from cors_harness.terms.role import ELSEWHERE

BROKE_OFF = "the response broke off"


def is_of_the_server(judged: JudgedStep) -> bool:
    """Whether the wire shows that it is the server which has not answered, or not to the end.

    It has kept the call waiting until the call's own deadline, or broken its response off. A
    connection that ends without a byte of a response shows nothing: a server that is well closes
    the one that it has kept for long, too.
    """
    if isinstance(judged.observation, TimedOut):
        waits = bool(judged.exchanges) and not judged.exchanges[-1].complete
        return judged.observation.by_deadline and waits
    return judged.outcome is Outcome.FAILED and has_broken_off(judged.exchanges)


def is_of_the_engine(judged: JudgedStep) -> bool:
    """Whether the engine crashed or stalled, or was lost with a server: nobody saw an outcome.

    A scenario that expects a timeout means the call's own deadline.
    """
    match judged.observation:
        case TimedOut(by_deadline=by_deadline):
            return not by_deadline
        case Crashed():
            return True
        case _:
            return False


def failure_text(judged: JudgedStep) -> str:
    """What came of a call without a result, the wire included."""
    match judged.observation:
        case Crashed(detail=detail):
            return f"the engine crashed: {detail}"
        case TimedOut(after_ms=after_ms, detail=detail, by_deadline=by_deadline):
            wire = f", and {_waited_for(judged.exchanges)}" if by_deadline else ""
            return f"no result after {after_ms:.0f} ms" + (f": {detail}" if detail else "") + wire
        case Rejected(error_message=message) if not has_broken_off(judged.exchanges):
            return f"fetch() rejected ({message}), and {_last_on_wire(judged.exchanges)}"
        case _:
            return f"{BROKE_OFF}, and {_last_on_wire(judged.exchanges)}"


def _waited_for(exchanges: tuple[Exchange, ...]) -> str:
    """What the server had sent of a response when the deadline passed."""
    if not exchanges or exchanges[-1].status is None or exchanges[-1].complete:
        return _last_on_wire(exchanges)
    last = exchanges[-1]
    part = f"{last.body_bytes} bytes of a body without an end" if last.body_bytes else "no body"
    return f"{last.method} {last.target} got {last.status} and {part}"


def _last_on_wire(exchanges: tuple[Exchange, ...]) -> str:
    if not exchanges:
        return "nothing reached a server"
    last = exchanges[-1]
    request = f"{last.method} {last.target}"
    if last.role == ELSEWHERE:
        return f"{last.method} {last.origin} got no response, as no scenario names that origin"
    if last.status is None:
        return f"{request} got " + ("what is no HTTP" if last.is_no_http else "no response")
    if last.broke_off is ResponsePart.HEAD:
        return f"{request} got half a head"
    return f"{request} got {last.status}" + ("" if last.complete else ", cut off")

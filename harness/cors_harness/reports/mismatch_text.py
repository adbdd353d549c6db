"""Texts of a Mismatch: its name as in the scenario, and both values as a reader sees them."""

from collections.abc import Iterator

from cors_harness.model.verdict import Aspect, ExchangePart, Mismatch, MismatchValue, Unseen

_NOT_SEEN = {
    Unseen.NO_RESPONSE: "no response",
    Unseen.NO_REQUEST: "no request on the wire",
    Unseen.NO_PREFLIGHT: "no preflight on the wire",
}
_ONE_OF = {Aspect.OUTCOME, Aspect.REASON}
_NO_VALUE = {Aspect.READABLE: "not readable", Aspect.REASON: "none"}


def mismatch_lines(mismatch: Mismatch) -> Iterator[str]:
    """Three lines of a transcript, without line ends; values are not yet safe for a terminal."""
    name = field_name(mismatch)
    yield f"  expected  {name}: {expected_text(mismatch)}"
    yield f"  found     {name}: {found_text(mismatch)}"
    yield f"  see       {mismatch.spec}"


def field_name(mismatch: Mismatch) -> str:
    """Where the scenario says it, such as `readable.ETag` or `steps[1].exchanges[0].status`."""
    step = "" if mismatch.step is None else f"steps[{mismatch.step}]."
    exchange = "" if mismatch.exchange is None else f"[{mismatch.exchange}]"
    part = "" if mismatch.part is None else f".{mismatch.part}"
    header = "" if mismatch.header is None else f".{mismatch.header}"
    return f"{step}{mismatch.aspect}{exchange}{part}{header}"


def expected_text(mismatch: Mismatch) -> str:
    """What was expected."""
    return _text(mismatch, mismatch.expected)


def found_text(mismatch: Mismatch) -> str:
    """What was found, or why nothing could be."""
    if mismatch.unseen is Unseen.NO_BODY:
        return f"unreadable: {mismatch.found or 'no text'}"
    if mismatch.unseen is Unseen.NO_BODY_END:
        return f"no end as long as the call may take; so far: {mismatch.found or 'nothing'}"
    if mismatch.unseen is not None:
        return _NOT_SEEN[mismatch.unseen]
    return _text(mismatch, mismatch.found)


def _text(mismatch: Mismatch, value: MismatchValue) -> str:
    match value:
        case None:
            unanswered = mismatch.part is ExchangePart.STATUS
            return "no response" if unanswered else _NO_VALUE.get(mismatch.aspect, "absent")
        case bool():
            anything = value and mismatch.header is not None
            return "any value" if anything else str(value).lower()
        case int():
            return _number(mismatch, value)
        case tuple():
            is_choice = mismatch.aspect in _ONE_OF
            return " or ".join(value) if is_choice else ", ".join(value) or "nothing"
        case str():
            return value or '""'


def _number(mismatch: Mismatch, value: int) -> str:
    if mismatch.aspect is Aspect.STEPS:
        return f"{value} ran"
    if mismatch.aspect is Aspect.EXCHANGES and mismatch.part is None:
        return "1 exchange" if value == 1 else f"{value} exchanges"
    return str(value)

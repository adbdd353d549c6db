"""Texts of a Mismatch: its name as in the scenario, and both values as a reader sees them."""

from collections.abc import Iterator

from cors_harness.model.verdict import Aspect, Mismatch, MismatchValue, Unseen

_NOT_SEEN = {
    Unseen.NO_RESPONSE: "no response",
    Unseen.NO_REQUEST: "no request on the wire",
    Unseen.NO_PREFLIGHT: "no preflight on the wire",
}
_NO_VALUE = {Aspect.READABLE: "not readable", Aspect.REASON: "none"}


def mismatch_lines(mismatch: Mismatch) -> Iterator[str]:
    """Three lines of a transcript, without line ends; values are not yet safe for a terminal."""
    name = field_name(mismatch)
    yield f"  expected  {name}: {expected_text(mismatch)}"
    yield f"  found     {name}: {found_text(mismatch)}"
    yield f"  see       {mismatch.spec}"


def field_name(mismatch: Mismatch) -> str:
    """Where the scenario says it: `outcome`, `readable.X-Total-Count`, `steps[1].status`."""
    step = "" if mismatch.step is None else f"steps[{mismatch.step}]."
    header = "" if mismatch.header is None else f".{mismatch.header}"
    return f"{step}{mismatch.aspect}{header}"


def expected_text(mismatch: Mismatch) -> str:
    """What was expected."""
    return _text(mismatch.aspect, mismatch.expected)


def found_text(mismatch: Mismatch) -> str:
    """What was found, or why nothing could be."""
    if mismatch.unseen is Unseen.NO_BODY:
        return f"unreadable: {mismatch.found or 'no text'}"
    if mismatch.unseen is Unseen.NO_BODY_END:
        return f"no end as long as the call may take; so far: {mismatch.found or 'nothing'}"
    if mismatch.unseen is not None:
        return _NOT_SEEN[mismatch.unseen]
    return _text(mismatch.aspect, mismatch.found)


def _text(aspect: Aspect, value: MismatchValue) -> str:
    match value:
        case None:
            return _NO_VALUE.get(aspect, "absent")
        case bool():
            return "true" if value else "false"
        case int():
            return f"{value} ran" if aspect is Aspect.STEPS else str(value)
        case tuple():
            return " or ".join(value) if aspect is Aspect.REASON else ", ".join(value) or "nothing"
        case str():
            return value

"""Texts of changes: what differs on the wire, in the words that all reports use.

A status is `no response` where none came, a header `missing` where it is absent and `(empty)` where
it has no value; one that is there twice is followed by `(2 headers)`.
"""

from collections.abc import Sequence

from cors_harness.changes.wire_diff import title
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.change import Change, SentRequest, WireDifference, WirePart
from cors_harness.terms.role import Role

MISSING, EMPTY, NO_RESPONSE = "missing", "(empty)", "no response"
ABSENT = {  # what no value at all means, where it is not MISSING
    WirePart.SENT: "not sent",
    WirePart.CREDENTIALS: "not sent",
    WirePart.STATUS: NO_RESPONSE,
    WirePart.RESULT: "not asked",
    WirePart.REASON: "none",
    WirePart.READS: "no",
}
# Only the response to a preflight has these, so that nobody asks which response is meant.
ON_PREFLIGHTS = frozenset(
    {
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-private-network",
        "access-control-max-age",
    }
)


def values_text(part: WirePart, values: Sequence[str]) -> str:
    """What one side has: `no response`, `missing`, `*, * (2 headers)`."""
    if not values:
        return ABSENT.get(part, MISSING)
    if part in {WirePart.SENT, WirePart.CREDENTIALS}:
        return "sent"
    headers = f" ({len(values)} headers)" if len(values) > 1 else ""
    return ", ".join(value or EMPTY for value in values) + headers


def place_text(difference: WireDifference) -> str:
    """`preflight`, `request at other`, `page`."""
    if difference.kind is None:
        return "page"
    return difference.kind.value + _at(difference.role)


def part_text(difference: WireDifference) -> str:
    """`status`, the name of a header, `reads x-total`."""
    match difference.part:
        case WirePart.REQUEST_HEADER | WirePart.RESPONSE_HEADER:
            return difference.header
        case WirePart.READS:
            return f"reads {difference.header}"
        case part:
            return part.value


def arrow_text(difference: WireDifference) -> str:
    """`200 -> no response`."""
    part = difference.part
    return f"{values_text(part, difference.before)} -> {values_text(part, difference.after)}"


def difference_text(difference: WireDifference) -> str:
    """One difference in a sentence of a change: `preflight status: 200 -> 204`."""
    request = difference.request
    match difference.part:
        case WirePart.SENT if request and difference.after:
            status = NO_RESPONSE if request.status is None else f"answered {request.status}"
            return f"now sent: {_request(difference, request)}, {status}"
        case WirePart.SENT if request:
            return f"no longer sent: {_request(difference, request)}"
        case WirePart.CREDENTIALS if request:
            way = "with" if difference.after else "without"
            return f"{_request(difference, request)} {way} credentials"
        case WirePart.REQUEST_HEADER:
            return f"{_place(difference)}sent {title(difference.header)}: {arrow_text(difference)}"
        case WirePart.RESPONSE_HEADER:
            return f"{_place(difference)}{title(difference.header)}: {arrow_text(difference)}"
        case _:
            return f"{_place(difference)}{part_text(difference)}: {arrow_text(difference)}"


def _place(difference: WireDifference) -> str:
    """Where it is, with a space behind; empty for a request to the server, as most are."""
    is_request = difference.kind is ExchangeKind.REQUEST and difference.role == Role.SERVER
    only_preflights = difference.header in ON_PREFLIGHTS or difference.part is (
        WirePart.REQUEST_HEADER
    )
    if is_request or (only_preflights and difference.role == Role.SERVER):
        return ""
    return f"{place_text(difference)} "


def _request(difference: WireDifference, request: SentRequest) -> str:
    preflight = "preflight " if difference.kind is ExchangeKind.PREFLIGHT else ""
    return f"{preflight}{request.method} {request.target}{_at(difference.role)}"


def _at(role: str) -> str:
    return "" if role == Role.SERVER else f" at {role}"


def claim(change: Change) -> str:
    """What a change means, with its step and its reason; what differs where that says it all."""
    step = f"step {change.step + 1}: " if change.has_more_steps else ""
    because = f" ({change.because})" if change.because else ""
    return f"{step}{change.headline or _wire(change)}{because}"


def summary(change: Change) -> str:
    """A sentence for people: what exactly changed, on the wire too."""
    return "; ".join(text for text in (claim(change), change.headline and _wire(change)) if text)


def _wire(change: Change) -> str:
    return "; ".join(map(difference_text, change.wire))

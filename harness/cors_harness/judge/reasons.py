"""explain(): the Reason of a rejected call, by the engine's own words and by the wire."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cors_harness.engine_kinds.kind import ConsolePattern, WireEvidence
from cors_harness.engine_kinds.table import engine_kinds, kind_of
from cors_harness.judge.response_faults import fault_of
from cors_harness.judge.wire_evidence import (
    SOMEWHERE,
    RefinedReason,
    Surroundings,
    refine,
)
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import StepMessages
from cors_harness.model.route import Refusal
from cors_harness.model.scenario import Call
from cors_harness.model.verdict import Reason
from cors_harness.terms.reasons import ReasonCode

CALL_REFUSED = re.compile(
    "|".join(f"^{start}" for kind in engine_kinds().values() for start in kind.call_refused)
)
"""The error message where an engine refused the arguments of `fetch()`: there is no request."""


def matches(
    engine: str, lines: tuple[str, ...]
) -> Iterator[tuple[ConsolePattern, str, re.Match[str]]]:
    """The lines that say why, exact words first; none for an engine that nobody knows."""
    kind = kind_of(engine)
    for console_pattern in kind.console_patterns if kind else ():
        for line in lines:
            if match := console_pattern.pattern.search(line):
                yield console_pattern, line, match


def says_why(engine: str, call: Call) -> bool:
    """Whether the engine's console says why it refuses such a call of a window."""
    kind = kind_of(engine)
    return not (call.keepalive and kind and kind.is_silent_of_keepalive)


# TLS alerts of https://www.rfc-editor.org/rfc/rfc8446#section-6.2 about the server's certificate
CERTIFICATE_ALERT = re.compile(r"certificate|unknown[_ ]ca")
SERVER_ERROR = 500
SAID_NOTHING = "the engine said nothing"
NO_CONSOLE = "this engine has no console that can be read"
NOT_HEARD = "what an engine says of a worker's request is not heard"
NOT_SAID = "this engine says nothing of a request with keepalive"
ARGUMENTS_REFUSED = "fetch() refused its arguments: there was no request"
# They are what a browser finds in a response, so without one they are not why it failed.
OF_A_RESPONSE = frozenset(
    (
        ReasonCode.ALLOW_ORIGIN_MISSING,
        ReasonCode.ALLOW_ORIGIN_MISMATCH,
        ReasonCode.ALLOW_ORIGIN_MULTIPLE,
        ReasonCode.ALLOW_ORIGIN_WILDCARD_CREDENTIALS,
        ReasonCode.ALLOW_ORIGIN_REFUSED,
        ReasonCode.ALLOW_CREDENTIALS_NOT_TRUE,
        ReasonCode.PREFLIGHT_STATUS,
        ReasonCode.METHOD_NOT_ALLOWED,
        ReasonCode.HEADER_NOT_ALLOWED,
        ReasonCode.CROSS_ORIGIN_RESOURCE_POLICY,
    )
)


def explain(
    engine: str,
    call: Call,
    exchanges: tuple[Exchange, ...],
    messages: StepMessages,
    error_message: str = "",
    surroundings: Surroundings = SOMEWHERE,
) -> Reason:
    """Why `fetch()` rejected, as far as the engine's words and the step's exchanges tell.

    Of several lines on the console the one whose words stand first in the engine's table counts, so
    an exact reason wins over "it did not succeed". Where the engine is silent, the reason is what
    the wire proves by the Fetch standard. Words that fit no row give UNKNOWN, never a guess.
    `error_message` is that of the rejection; it tells only where the arguments were refused.
    """
    if CALL_REFUSED.search(error_message):
        code = ReasonCode.ARGUMENTS_REFUSED
        return Reason(code=code, detail=ARGUMENTS_REFUSED, console=error_message)
    is_heard = messages.has_console and surroundings.is_heard
    if is_heard and any(line.strip() for line in messages.console):
        reason = _by_console(engine, call, exchanges, messages.console, surroundings)
    else:
        reason = _by_wire(call, exchanges, replace(surroundings, is_heard=is_heard), messages)
    return _with_refusals(reason, messages.refusals)


def _by_wire(
    call: Call,
    exchanges: tuple[Exchange, ...],
    surroundings: Surroundings,
    messages: StepMessages,
) -> Reason:
    """The reason of a call of which the engine said nothing that is heard."""
    silence = NO_CONSOLE
    if messages.has_console:
        silence = (
            SAID_NOTHING if surroundings.is_heard else NOT_SAID if call.keepalive else NOT_HEARD
        )
    refined = refine(WireEvidence.ANYTHING, call, exchanges, surroundings)
    if refined is None:
        return Reason(code=ReasonCode.UNKNOWN, detail=silence)
    return Reason(code=refined[0], detail=f"{silence}; {refined[1]}")


def _with_refusals(reason: Reason, refusals: tuple[Refusal, ...]) -> Reason:
    """The reason, where it says too little refined by what the gate refused at the address.

    Words that nobody mapped stay unknown: the gate may have refused a spare connection.
    """
    is_silent = reason.code is ReasonCode.UNKNOWN and not reason.console
    if not refusals or not (is_silent or reason.code is ReasonCode.NETWORK):
        return reason
    is_certificate = any(CERTIFICATE_ALERT.search(refusal.why) for refusal in refusals)
    address = f"{refusals[0].host}:{refusals[0].port}"
    causes = ", ".join(refusal.why for refusal in refusals)
    return replace(
        reason,
        code=ReasonCode.CERTIFICATE if is_certificate else ReasonCode.NETWORK,
        detail=f"narrowed by the wire: {address}: {causes}",
    )


def _by_console(
    engine: str,
    call: Call,
    exchanges: tuple[Exchange, ...],
    lines: tuple[str, ...],
    surroundings: Surroundings,
) -> Reason:
    for pattern, line, match in matches(engine, lines):
        refined = None
        if pattern.evidence:
            refined = refine(pattern.evidence, call, exchanges, surroundings)
        return _reason(pattern, line, match, refined, exchanges)
    return Reason(code=ReasonCode.UNKNOWN, console="\n".join(lines))


def _reason(
    pattern: ConsolePattern,
    line: str,
    match: re.Match[str],
    refined: RefinedReason | None,
    exchanges: tuple[Exchange, ...],
) -> Reason:
    named = match.groupdict().get("detail") or ""
    code, detail = _settle(pattern.code, named, refined)
    if code in OF_A_RESPONSE and exchanges and exchanges[-1].status is None:
        # Some engines read as a response what is none, and look for the headers in it.
        code, detail = ReasonCode.NETWORK, f"narrowed by the wire: {fault_of(exchanges[-1])}"
    if code is ReasonCode.ALLOW_ORIGIN_MISSING:
        detail = "; ".join(filter(None, (detail, _failure(exchanges))))
    return Reason(code=code, detail=detail, console=line)


def _failure(exchanges: tuple[Exchange, ...]) -> str:
    """The reason that the server failed, where it did: a missing header is then but the symptom."""
    status = exchanges[-1].status if exchanges else None
    if status is None or status < SERVER_ERROR:
        return ""
    return f"the response is an error, {status}: whatever made it sends no CORS headers"


def _settle(code: ReasonCode, named: str, refined: RefinedReason | None) -> RefinedReason:
    """The reason that the engine's words name, unless the wire proves another one."""
    if refined is None or (named and refined[0] is code):
        return code, named
    return refined

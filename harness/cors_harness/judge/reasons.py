"""explain(): the Reason of a rejected call, by the engine's own words and by the wire."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cors_harness.engine_kinds.kind import ConsolePattern
from cors_harness.engine_kinds.table import engine_kinds
from cors_harness.judge.wire_evidence import RefinedReason, refine
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
    kind = engine_kinds().get(engine)
    for console_pattern in kind.console_patterns if kind else ():
        for line in lines:
            if match := console_pattern.pattern.search(line):
                yield console_pattern, line, match


# TLS alerts of https://www.rfc-editor.org/rfc/rfc8446#section-6.2 about the server's certificate
CERTIFICATE_ALERT = re.compile(r"certificate|unknown[_ ]ca")
SERVER_ERROR = 500
SAID_NOTHING = "the engine said nothing"
NO_CONSOLE = "this engine has no console that can be read"
ARGUMENTS_REFUSED = "fetch() refused its arguments: there was no request"


def explain(
    engine: str,
    call: Call,
    exchanges: tuple[Exchange, ...],
    messages: StepMessages,
    error_message: str = "",
) -> Reason:
    """Why `fetch()` rejected, as far as the engine's words and the step's exchanges tell.

    Of several lines on the console the one whose words stand first in the engine's table counts, so
    an exact reason wins over "it did not succeed". Words that fit no row give UNKNOWN, never a
    guess. `error_message` is that of the rejection; it tells only where the arguments were refused.
    """
    if CALL_REFUSED.search(error_message):
        return Reason(code=ReasonCode.UNKNOWN, detail=ARGUMENTS_REFUSED, console=error_message)
    if not messages.has_console:
        reason = Reason(code=ReasonCode.UNKNOWN, detail=NO_CONSOLE)
    else:
        reason = _by_console(engine, call, exchanges, messages.console)
    return _with_refusals(reason, messages.refusals)


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
    engine: str, call: Call, exchanges: tuple[Exchange, ...], lines: tuple[str, ...]
) -> Reason:
    if not any(line.strip() for line in lines):
        return Reason(code=ReasonCode.UNKNOWN, detail=SAID_NOTHING)
    for pattern, line, match in matches(engine, lines):
        return _reason(pattern, line, match, call, exchanges)
    return Reason(code=ReasonCode.UNKNOWN, console="\n".join(lines))


def _reason(
    pattern: ConsolePattern,
    line: str,
    match: re.Match[str],
    call: Call,
    exchanges: tuple[Exchange, ...],
) -> Reason:
    named = match.groupdict().get("detail") or ""
    refined = refine(pattern.evidence, call, exchanges) if pattern.evidence else None
    code, detail = _settle(pattern.code, named, refined)
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

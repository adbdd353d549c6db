"""explain(): an engine's own words, and what the wire adds to them, as one Reason."""

import re
from dataclasses import replace

from cors_harness.engine_kinds.kind import ConsolePattern
from cors_harness.judge.console_patterns import CALL_REFUSED, matches
from cors_harness.judge.wire_evidence import RefinedReason, narrow
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call
from cors_harness.model.verdict import Reason
from cors_harness.terms.reasons import ReasonCode

GATE = "the gate: "
# TLS alerts of https://www.rfc-editor.org/rfc/rfc8446#section-6.2 about the server's certificate
CERTIFICATE_ALERT = re.compile(r"certificate|unknown[_ ]ca")
SERVER_ERROR = 500
SAID_NOTHING = "the engine said nothing"
ARGUMENTS_REFUSED = "fetch() refused its arguments: there was no request"


def explain(
    engine: str,
    call: Call,
    exchanges: tuple[Exchange, ...],
    lines: tuple[str, ...],
    message: str = "",
) -> Reason:
    """Why `fetch()` rejected, as far as the engine's words and the step's exchanges tell.

    Of several lines the one whose words stand first in the engine's table counts, so an exact
    reason wins over "it did not succeed". Words that fit no row give UNKNOWN, never a guess.
    `message` is that of the rejection; it tells only where the arguments were refused. A line that
    begins with GATE is not the engine's: it says why the gate let the connection come to nothing.
    """
    if CALL_REFUSED.search(message):
        return Reason(code=ReasonCode.UNKNOWN, detail=ARGUMENTS_REFUSED, console=message)
    gate = "".join(line.removeprefix(GATE) for line in lines if line.startswith(GATE))
    said = tuple(line for line in lines if not line.startswith(GATE))
    return _at_the_gate(_said(engine, call, exchanges, said), gate)


def _at_the_gate(reason: Reason, gate: str) -> Reason:
    """Words that say too little, together with what the gate refused this engine at the address.

    Words that nobody mapped stay unknown: the gate may have refused a spare connection.
    """
    silent = reason.code is ReasonCode.UNKNOWN and not reason.console
    if not gate or not (silent or reason.code is ReasonCode.NETWORK):
        return reason
    code = ReasonCode.CERTIFICATE if CERTIFICATE_ALERT.search(gate) else ReasonCode.NETWORK
    return replace(reason, code=code, detail=f"narrowed by the wire: {gate}")


def _said(
    engine: str, call: Call, exchanges: tuple[Exchange, ...], lines: tuple[str, ...]
) -> Reason:
    if not any(line.strip() for line in lines):
        return Reason(code=ReasonCode.UNKNOWN, detail=SAID_NOTHING)
    for saying, line, match in matches(engine, lines):
        return _reason(saying, line, match, call, exchanges)
    return Reason(code=ReasonCode.UNKNOWN, console="\n".join(lines))


def _reason(
    saying: ConsolePattern,
    line: str,
    match: re.Match[str],
    call: Call,
    exchanges: tuple[Exchange, ...],
) -> Reason:
    named = match.groupdict().get("detail") or ""
    narrowed = narrow(saying.narrowing, call, exchanges) if saying.narrowing else None
    code, detail = _settle(saying.code, named, narrowed)
    if code is ReasonCode.ALLOW_ORIGIN_MISSING:
        detail = "; ".join(filter(None, (detail, _failure(exchanges))))
    return Reason(code=code, detail=detail, console=line)


def _failure(exchanges: tuple[Exchange, ...]) -> str:
    """That the server failed, where it did: the missing header is then but the symptom."""
    status = exchanges[-1].status if exchanges else None
    if status is None or status < SERVER_ERROR:
        return ""
    return f"the response is an error, {status}: whatever made it sends no CORS headers"


def _settle(code: ReasonCode, named: str, narrowed: RefinedReason | None) -> RefinedReason:
    """What the words name stays, unless the wire says that it is another case."""
    if narrowed is None or (named and narrowed[0] is code):
        return code, named
    return narrowed

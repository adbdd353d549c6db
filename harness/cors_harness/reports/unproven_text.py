"""unproven_lines(): what a run does not show, as an error decided and CORS did not, in words."""

from collections.abc import Iterator, Sequence
from itertools import chain

from cors_harness.judge.unproven import UnprovenStep
from cors_harness.model.answer import ExchangeKind
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Outcome
from cors_harness.reports.base import Line
from cors_harness.reports.fitting import UNBROKEN, wrapped
from cors_harness.reports.summary import counted
from cors_harness.terms.headers import get
from cors_harness.terms.token import without_token
from cors_harness.text.printable import printable

CALLS_SHOWN = 3
BODY_CHARACTERS = 60
UNWRAPPED = 1_000_000
INDENT, WIRE_INDENT = 8, 20  # columns before the text of a line
STYLE = "bold yellow"
LOG_IN = "let the page log in, in a step before or by a header"
SERVER_FAILED = "see what the server, or a proxy before it, says of it"
HINTS = {
    400: "does the server take this Host, path and body?",
    401: LOG_IN,
    403: "let the page send what the server asks for, such as a login or a token",
    404: "is the path right?",
    405: "is the method right?",
    407: LOG_IN,
    429: "let the server have no rate limit while it is tested",
}
OTHER = "let the page send what the server takes"
FIRST_FAILURE = 500
NOTHING_SHOWN = "nothing was shown: every cell that is as expected is so by such an error"

Group = tuple[UnprovenStep, ...]


def unproven_lines(
    steps: Sequence[UnprovenStep], *, is_all: bool, whole: bool = True, width: int = UNWRAPPED
) -> Iterator[Line]:
    """The paragraph for the end of a run; none where nothing was claimed by an error alone.

    Wider than `width` are only names of cells, what is to be written, and what the app wrote.

    Args:
        steps: of all cells.
        is_all: whether the run shows nothing else; then all is told.
        whole: whether the wire is shown, and what helps.
        width: columns.
    """
    groups = _groups([step for step in steps if step.is_green and not step.caveat.is_open])
    if not groups:
        return
    cells = f"as expected by an error: {_cells(tuple(chain.from_iterable(groups)))}"
    if not (whole or is_all):
        for group in groups:
            yield from (((line, STYLE),) for line in wrapped("", _brief(group), width, 0))
        return
    yield ((cells, STYLE),)
    for group in groups:
        yield from (((line, ""),) for line in _paragraph(group, width))
    if is_all:
        yield from (((line, STYLE),) for line in wrapped("", NOTHING_SHOWN, width, 0))
    yield ()


def unproven_sentences(steps: Sequence[UnprovenStep], run: str) -> tuple[str, ...]:
    """A sentence for each outcome and status, for what is recorded and compared.

    `run`: as the user calls it.
    """
    return tuple(
        f"{_cells(group)} of {run} {_by_error(group)}: {_meaning(group[0])}"
        for group in _groups(steps)
    )


def _groups(steps: Sequence[UnprovenStep]) -> tuple[Group, ...]:
    """The steps by outcome, kind and status, the commonest first."""
    groups: dict[tuple[Outcome, ExchangeKind, int], list[UnprovenStep]] = {}
    for step in steps:
        caveat = step.caveat
        groups.setdefault((caveat.outcome, caveat.kind, caveat.status), []).append(step)
    return tuple(sorted(map(tuple, groups.values()), key=len, reverse=True))


def _paragraph(group: Group, width: int) -> Iterator[str]:
    first, status = _shown(group), group[0].caveat.status
    count = f"{len({step.cell for step in group}):>6}"
    yield from wrapped(count, _by_error(group), width, INDENT)
    yield f"        such as {first.cell.split('::', 1)[-1]}"
    for label, text in _on_wire(first.exchange):
        yield from wrapped(f"          {label}", text, width, WIRE_INDENT)
    for number, line in enumerate(first.app_output):
        yield f"          {'' if number else 'app':<9} {printable(line)}"
    yield from wrapped("", _meaning(first), width, INDENT)
    yield from wrapped("", _hint(status), width, INDENT)
    yield f"        if it is meant, say so: {_assertion(first)}"


def _brief(group: Group) -> str:
    count = len({step.cell for step in group})
    return f"{count} as expected by an error alone: {_by_error(group)} (-v)"


def _shown(group: Group) -> UnprovenStep:
    """The first whose body came: a browser that refuses at the head may leave before it does."""
    return next((step for step in group if step.exchange.body), group[0])


def _on_wire(exchange: Exchange) -> Iterator[tuple[str, str]]:
    origin = _text(get(exchange.request_headers, "Origin"))
    target = f"{exchange.origin}{without_token(exchange.target)}"
    sent = printable(f"{exchange.method} {target}")
    by = printable(f"(Origin: {origin})").replace(" ", UNBROKEN)
    yield exchange.kind, f"{sent} {by}"
    allowed = get(exchange.response_headers, "Access-Control-Allow-Origin")
    header = "no CORS headers" if allowed is None else f"allows {_text(allowed)}"
    yield "response", printable(f"{exchange.status}, {header}{_body(exchange)}")


def _body(exchange: Exchange) -> str:
    if not exchange.body or get(exchange.response_headers, "Content-Encoding"):
        return ""
    text = " ".join(_text(exchange.body).split())
    return f": {text[:BODY_CHARACTERS]}{' ...' if len(text) > BODY_CHARACTERS else ''}"


def _text(value: bytes | None) -> str:
    return (value or b"").decode("latin-1")


def _by_error(group: Group) -> str:
    """How it came out: `blocked by a 401 to GET /orders, PUT /orders/1`."""
    caveat = group[0].caveat
    came_out = "allowed to read" if caveat.outcome is Outcome.ALLOWED else "blocked by"
    return f"{came_out} a {caveat.status} to {_calls(group)}"


def _calls(group: Group) -> str:
    calls = list(dict.fromkeys(printable(_call(step)) for step in group))
    more = len(calls) - CALLS_SHOWN
    return ", ".join(calls[:CALLS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _call(step: UnprovenStep) -> str:
    is_preflight = step.caveat.kind is ExchangeKind.PREFLIGHT
    return f"the preflight of {step.call}" if is_preflight else step.call


def _meaning(step: UnprovenStep) -> str:
    """What the cells of the run bear out, and no more."""
    if step.caveat.outcome is Outcome.ALLOWED:
        return (
            "no page got an ok status by this call: that an error can be read is all that is shown"
        )
    status = step.caveat.status
    return f"no other page got this {status} with CORS headers, so it says nothing about CORS"


def _hint(status: int) -> str:
    return HINTS.get(status, SERVER_FAILED if status >= FIRST_FAILURE else OTHER)


def _assertion(step: UnprovenStep) -> str:
    status = step.caveat.status
    if step.caveat.outcome is Outcome.ALLOWED:
        return f"status: {status}"
    before = (f"{{kind: {kind}}}" for kind in step.before)
    return f"exchanges: [{', '.join((*before, f'{{kind: {step.caveat.kind}, status: {status}}}'))}]"


def _cells(group: Group) -> str:
    return counted(len({step.cell for step in group}), "cell")

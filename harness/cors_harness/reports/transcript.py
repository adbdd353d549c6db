"""Transcript: one recorded cell as text: what went over the wire, what was seen, what was wrong.

Pure text without colour; used by the terminal report and by the pytest plugin.
"""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence

from cors_harness.judge.deciding import STATUS, DecidingField, deciding_fields
from cors_harness.model.advice import Advice
from cors_harness.model.cell import RecordedCell, RecordedStep
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Crashed, Fulfilled, Observation, Rejected, TimedOut
from cors_harness.model.verdict import HeldBackCookie, Mismatch, Reason
from cors_harness.reports.mismatch_text import mismatch_lines
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.role import ELSEWHERE
from cors_harness.terms.secrets import redacted
from cors_harness.text.printable import printable

# Headers that the Fetch standard's CORS protocol never looks at; a transcript only counts them,
# the journal has them all.
UNSHOWN_REQUEST_HEADERS = frozenset(
    {
        *("host", "connection", "keep-alive", "user-agent", "referer", "content-length"),
        *("accept", "accept-encoding", "accept-language", "cache-control", "pragma"),
        *("dnt", "priority", "te", "upgrade-insecure-requests", "sec-gpc"),
        *("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform"),
        *("sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site"),
    }
)
UNSHOWN_RESPONSE_HEADERS = frozenset(
    {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}
)
MARK = ">"  # stands in the margin of what decided, so that it reads without colour
BODY_CHARACTERS = 60
LATE = "none in time"
GARBAGE, NOTHING = "none: what came is no HTTP", "none: the connection ended without one"
NOBODY = "none: no scenario names this origin, so nobody answers there"

Fields = Sequence[DecidingField]


def transcript(
    record: RecordedCell, options: Sequence[str] = (), *, same_fix: str = ""
) -> tuple[str, ...]:
    """The lines for one cell of the journal, without line ends; never empty.

    Args:
        record: the cell.
        options: what `cors-harness run` has to be told so that the cell is the same again.
        same_fix: the cell whose transcript has the same advice, which is only named then.
    """
    rerun = (rerun_line(record, options),)
    fix = _fix(record.advice, same_fix) if record.advice else ()
    output = tuple(_app_output(record.app_output))
    blocks = [_heading(record), *_steps(record), output, _verdict(record), fix, rerun]
    lines: list[str] = []
    for block in blocks:
        lines += [*([""] if lines and block else []), *block]
    return tuple(lines)


def rerun_command(record: RecordedCell, options: Sequence[str] = ()) -> str:
    """What to type to run this one cell again; `options` as in `transcript`."""
    file, cell = record.cell.split("::", 1)
    words = ("cors-harness", "run", file, *options, "--cell", cell)
    return shlex.join(map(redacted, words))


def rerun_line(record: RecordedCell, options: Sequence[str] = ()) -> str:
    """The last line of every transcript."""
    return f"  rerun     {rerun_command(record, options)}"


def _fix(advice: Advice, same_fix: str) -> tuple[str, ...]:
    if same_fix:
        return advice_lines(advice)[0], f"            as shown at {same_fix}"
    return advice_lines(advice)


def advice_lines(advice: Advice, indent: int = 12) -> tuple[str, ...]:
    """How a cell is mended; the code stands alone on its lines, at one indent, to be copied."""
    pad = " " * indent
    lines = [f"{'  fix':<{indent}}{printable(advice.wrong)}"]
    if advice.keep:
        lines += [f"{pad}{printable(advice.keep)}"]
    if advice.lines:
        lines += [f"{pad}{advice.where}, {printable(advice.place)}:", ""]
        lines += [f"{pad}    {printable(line)}".rstrip() for line in advice.lines]
        lines += [""]
    return *lines, f"{pad}{advice.link_is}: {advice.link}"


def _heading(record: RecordedCell) -> tuple[str, ...]:
    cell = record.cell.split("::", 1)[1]
    return printable(f"{record.file}:{record.line}: {cell}"), f"  {printable(record.title)}"


def _steps(record: RecordedCell) -> Iterator[tuple[str, ...]]:
    deciding = deciding_fields(record)
    steps = record.steps or (None,)  # what reached a server is told of a cell without a result too
    for number, step in enumerate(steps):
        exchanges = [
            (exchange, fields_of(deciding, index))
            for index, exchange in enumerate(record.exchanges)
            if exchange.step == number
        ]
        title = [f"  step {number + 1} of {len(steps)}"] if len(steps) > 1 else []
        page = _page(step, record.engine) if step else ()
        is_late = step is not None and isinstance(step.observation, TimedOut)
        named = _named_headers(record.mismatches)
        cookies = _cookies([cookie for cookie in record.held_back if cookie.step == number])
        wire = _wire(exchanges, named, nothing=LATE if is_late else NOTHING)
        yield (*title, *wire, *page, *cookies)


def _named_headers(mismatches: Sequence[Mismatch]) -> frozenset[str]:
    headers = (mismatch.header for mismatch in mismatches)
    return frozenset(header.lower() for header in headers if header is not None)


def fields_of(deciding: Iterable[DecidingField], index: int) -> Fields:
    """The fields of the exchange at `index`."""
    return tuple(field for field in deciding if field.exchange == index)


def _wire(
    exchanges: Sequence[tuple[Exchange, Fields]], named: frozenset[str], *, nothing: str
) -> Iterator[str]:
    """The exchanges, each with what decided of it; `nothing` is said of a missing response."""
    if not exchanges:
        yield "  wire      nothing reached a server"
    for exchange, deciding in exchanges:
        yield from _request(exchange, named, [each for each in deciding if each.in_request])
        answered = [each for each in deciding if not each.in_request]
        yield from _response(exchange, named, answered, nothing)


def _request(exchange: Exchange, named: frozenset[str], deciding: Fields) -> Iterator[str]:
    yield request_line(exchange)
    unshown = UNSHOWN_REQUEST_HEADERS - named
    yield from header_lines(exchange.request_headers, deciding, lambda name: name not in unshown)
    yield from body_line(exchange.request_body, exchange.request_bytes)


def request_line(exchange: Exchange) -> str:
    """The line that names an exchange."""
    line = f"{exchange.method} {exchange.origin}{exchange.target}"
    return f"  {exchange.kind:<9} {printable(line)}"


def _response(
    exchange: Exchange, named: frozenset[str], deciding: Fields, nothing: str
) -> Iterator[str]:
    yield response_line(exchange, deciding, nothing)
    if exchange.status is not None:
        unshown = UNSHOWN_RESPONSE_HEADERS - named
        yield from header_lines(
            exchange.response_headers, deciding, lambda name: name not in unshown
        )
    yield from body_line(exchange.body, exchange.body_bytes)


def response_line(
    exchange: Exchange, deciding: Iterable[DecidingField], nothing: str = NOTHING
) -> str:
    """The line with a response's status, marked where that decided."""
    if exchange.status is None:
        return f"  response  {missing_response(exchange, nothing)}"
    mark = MARK if any(each.name == STATUS for each in deciding) else " "
    return f"{mark} response  {exchange.status}{_incomplete(exchange)}"


def missing_response(exchange: Exchange, nothing: str) -> str:
    """What is said of an exchange without a status; `nothing` where it does not say itself why."""
    if exchange.is_no_http:
        return GARBAGE
    if exchange.role == ELSEWHERE:
        return NOBODY
    return NOTHING if exchange.broke_off else nothing


def _incomplete(exchange: Exchange) -> str:
    if exchange.broke_off:
        return f" (the server broke off in its {exchange.broke_off})"
    return "" if exchange.complete else " (did not arrive whole)"


def header_lines(
    headers: HeaderList,
    deciding: Iterable[DecidingField],
    is_shown: Callable[[str], bool],
    *,
    counts_others: bool = True,
) -> Iterator[str]:
    """A line for each header that decided, there or not, and for others that are shown.

    `is_shown` is asked with names in lower case; `counts_others`: whether a line counts the rest.
    """
    absent = [each.name for each in deciding if not each.is_there and each.name != STATUS]
    marked = {each.name.lower() for each in deciding}
    hidden = 0
    for name, value in headers:
        name_text = name.decode("latin-1")
        if name_text.lower() in marked or is_shown(name_text.lower()):
            mark = MARK if name_text.lower() in marked else " "
            yield f"{mark:<12}{printable(name_text)}: {printable(value.decode('latin-1'))}"
        else:
            hidden += 1
    yield from (f"{MARK:<12}no {printable(name)}" for name in absent)
    if hidden and counts_others:
        yield f"            ({hidden} more that CORS does not look at)"


def body_line(body: bytes, size: int) -> Iterator[str]:
    """The beginning of a body; nothing where there is none."""
    if size:
        start = printable(body[:BODY_CHARACTERS].decode("latin-1").strip())
        more = " ..." if size > BODY_CHARACTERS else ""
        yield f"            body, {size} bytes: {start}{more}"


def _page(step: RecordedStep, engine: str) -> Iterator[str]:
    text = seen_text(step.observation)
    yield f"  page      {step.outcome or 'not judged'}{f': {text}' if text else ''}"
    if isinstance(step.observation, Fulfilled):
        yield from _readable(step.observation)
    if step.reason is not None:
        yield from _reason(step.reason, engine)


def _cookies(held_back: Sequence[HeldBackCookie]) -> Iterator[str]:
    """The cookies that one step lacks."""
    for cookie in held_back:
        yield f"  cookie    {printable(cookie.name)} was held back: {printable(cookie.why)}"


def seen_text(observation: Observation) -> str:
    """What page code saw, in a few words that are safe for a terminal; empty: nothing to say."""
    match observation:
        case Fulfilled(status=status, response_type=response_type, redirected=redirected):
            moved = ", redirected" if redirected else ""
            return f"status {status}, type {response_type}{moved}"
        case Rejected(error_name=name, error_message=message):
            return ": ".join(printable(text) for text in (name, message) if text)
        case TimedOut(detail=detail) | Crashed(detail=detail):
            return printable(detail)


def _readable(response: Fulfilled) -> Iterator[str]:
    if response.headers:
        names = ", ".join(printable(name) for name, _ in response.headers)
        yield f"            can read: {names}"
    if not response.body_ended:
        yield "            the body had no end when reading it was given up"
    if response.body_error:
        yield f"            cannot read the body: {printable(response.body_error)}"


def _reason(reason: Reason, engine: str) -> Iterator[str]:
    detail = f" ({printable(reason.detail)})" if reason.detail else ""
    yield f"  reason    {reason.code}{detail}"
    for line in reason.console.splitlines() or ["(it said nothing)"]:
        yield f"  {engine:<9} {printable(line)}"


def _app_output(lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield "  app       wrote, while calls of this cell, and perhaps of others, were under way:"
    yield from (f"            {printable(line)}" for line in lines)


def _verdict(record: RecordedCell) -> tuple[str, ...]:
    note = f": {printable(record.note)}" if record.note else ""
    lines = [f"  alone     {printable(record.isolated)}"] if record.isolated else []
    lines.append(f"  verdict   {record.status}{note}")
    if record.known:
        lines.append(f"  known     {printable(record.known)}")
    for mismatch in record.mismatches:
        lines += map(printable, mismatch_lines(mismatch))
    return tuple(lines)

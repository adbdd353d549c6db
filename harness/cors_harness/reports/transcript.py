"""Transcript: one recorded cell as text: what went over the wire, what was seen, what was wrong.

Pure text without colour; used by the terminal report and by the pytest plugin.
"""

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from cors_harness.reports.mismatch_text import mismatch_lines
from cors_harness.store.codec import mismatch_from_json
from cors_harness.terms.secrets import redacted

Json = dict[str, Any]
JsonPairs = Sequence[Sequence[str]]

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
BODY_CHARACTERS = 60
GARBAGE, NOTHING = "what came is no HTTP", "the connection ended without one"


def transcript(record: Json, options: Sequence[str] = (), *, same_fix: str = "") -> tuple[str, ...]:
    """The lines for one record of the journal, without line ends; never empty.

    Args:
        record: as `store.codec.record_to_json` gives it.
        options: what `cors-harness run` has to be told so that the cell is the same again.
        same_fix: the cell whose transcript has the same advice, which is only named then.
    """
    rerun = (rerun_line(record, options),)
    fix = _fix(record["advice"], same_fix) if record["advice"] else ()
    blocks = [_heading(record), *_steps(record), _verdict(record), fix, rerun]
    lines: list[str] = []
    for block in blocks:
        lines += [*([""] if lines and block else []), *block]
    return tuple(lines)


def rerun_command(record: Json, options: Sequence[str] = ()) -> str:
    """What to type to run this one cell again; `options` as in `transcript`."""
    file, cell = record["cell"].split("::", 1)
    words = ("cors-harness", "run", file, *options, "--cell", cell)
    return shlex.join(map(redacted, words))


def rerun_line(record: Json, options: Sequence[str] = ()) -> str:
    """The last line of every transcript."""
    return f"  rerun     {rerun_command(record, options)}"


def printable(text: str) -> str:
    r"""`text` with control characters as `\x1b`: a header value must not steer the terminal."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _fix(advice: Json, same_fix: str) -> tuple[str, ...]:
    if same_fix:
        return advice_lines(advice)[0], f"            as shown at {same_fix}"
    return advice_lines(advice)


def advice_lines(advice: Json, indent: int = 12) -> tuple[str, ...]:
    """How a cell is mended; the code stands alone on its lines, at one indent, to be copied."""
    pad = " " * indent
    lines = [f"{'  fix':<{indent}}{printable(advice['wrong'])}"]
    if advice["lines"]:
        lines += [f"{pad}{advice['where']}, {printable(advice['place'])}:", ""]
        lines += [f"{pad}    {printable(line)}".rstrip() for line in advice["lines"]]
        lines += [""]
    return *lines, f"{pad}{advice['link_is']}: {advice['link']}"


def _heading(record: Json) -> tuple[str, ...]:
    cell = record["cell"].split("::", 1)[1]
    return f"{record['source']}: {cell}", f"  {record['title']}"


def _steps(record: Json) -> Iterator[tuple[str, ...]]:
    steps = record.get("steps", [record])
    for number, step in enumerate(steps):
        exchanges = [each for each in record["exchanges"] if each["step"] == number]
        title = [f"  step {number + 1} of {len(steps)}"] if len(steps) > 1 else []
        yield (*title, *_wire(exchanges, _named_headers(record)), *_page(step, record["engine"]))


def _named_headers(record: Json) -> frozenset[str]:
    mismatches = map(mismatch_from_json, record["verdict"]["mismatches"])
    return frozenset(each.header.lower() for each in mismatches if each.header is not None)


def _wire(exchanges: Sequence[Json], named: frozenset[str]) -> Iterator[str]:
    if not exchanges:
        yield "  wire      nothing reached a server"
    for exchange in exchanges:
        yield from _request(exchange, named)
        yield from _response(exchange, named)


def _request(exchange: Json, named: frozenset[str]) -> Iterator[str]:
    line = f"{exchange['method']} {exchange['origin']}{exchange['target']}"
    yield f"  {exchange['kind']:<9} {printable(line)}"
    yield from _headers(exchange["request_headers"], UNSHOWN_REQUEST_HEADERS, named)
    yield from _body(exchange["request_body"], exchange["request_bytes"])


def _response(exchange: Json, named: frozenset[str]) -> Iterator[str]:
    if exchange["status"] is None:
        yield f"  response  none: {GARBAGE if exchange['body'] else NOTHING}"
        yield from _body(exchange["body"], exchange["body_bytes"])
        return
    torn = "" if exchange["complete"] else " (did not arrive whole)"
    yield f"  response  {exchange['status']}{torn}"
    yield from _headers(exchange["response_headers"], UNSHOWN_RESPONSE_HEADERS, named)
    yield from _body(exchange["body"], exchange["body_bytes"])


def _headers(headers: JsonPairs, unshown: frozenset[str], named: frozenset[str]) -> Iterator[str]:
    hidden = 0
    for name, value in headers:
        if name.lower() in unshown - named:
            hidden += 1
        else:
            yield f"            {printable(name)}: {printable(value)}"
    if hidden:
        yield f"            ({hidden} more that CORS does not look at)"


def _body(text: str, size: int) -> Iterator[str]:
    if size:
        start = printable(text[:BODY_CHARACTERS].strip())
        more = " ..." if size > BODY_CHARACTERS else ""
        yield f"            body, {size} bytes: {start}{more}"


def _page(step: Json, engine: str) -> Iterator[str]:
    seen, reason = step["observation"], step["reason"]
    if seen is not None:
        yield f"  page      {_seen(seen)}"
        yield from _readable(seen)
    if reason is not None:
        yield from _reason(reason, engine)


def _seen(seen: Json) -> str:
    outcome = seen["outcome"] or "not judged"
    if seen["response_type"] is not None:
        moved = ", redirected" if seen["redirected"] else ""
        return f"{outcome}: status {seen['status']}, type {seen['response_type']}{moved}"
    told = ": ".join(printable(seen[k]) for k in ("error_name", "error_message") if seen[k])
    return f"{outcome}: {told}" if told else outcome


def _readable(seen: Json) -> Iterator[str]:
    if seen["readable_headers"]:
        names = ", ".join(printable(name) for name, _ in seen["readable_headers"])
        yield f"            can read: {names}"
    if seen["body_error"]:
        yield f"            cannot read the body: {printable(seen['body_error'])}"


def _reason(reason: Json, engine: str) -> Iterator[str]:
    detail = f" ({printable(reason['detail'])})" if reason["detail"] else ""
    yield f"  reason    {reason['code']}{detail}"
    for line in reason["console"].splitlines() or ["(it said nothing)"]:
        yield f"  {engine:<9} {printable(line)}"


def _verdict(record: Json) -> tuple[str, ...]:
    verdict = record["verdict"]
    note = f": {printable(verdict['note'])}" if verdict["note"] else ""
    lines = [f"  verdict   {verdict['status']}{note}"]
    if verdict["known"]:
        lines.append(f"  known     {verdict['known']}")
    for mismatch in verdict["mismatches"]:
        lines += map(printable, mismatch_lines(mismatch_from_json(mismatch)))
    return tuple(lines)

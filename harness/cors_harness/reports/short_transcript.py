"""short_transcript(): of one recorded cell what decided, and what the page and its browser said."""

import re
from collections.abc import Iterator

from cors_harness.judge.deciding import deciding_fields
from cors_harness.model.cell import RecordedCell, RecordedStep
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import TimedOut
from cors_harness.reports.fitting import cut, wrapped
from cors_harness.reports.transcript import (
    LATE,
    NOTHING,
    Fields,
    body_line,
    fields_of,
    header_lines,
    request_line,
    response_line,
    seen_text,
)
from cors_harness.terms.headers import HeaderList
from cors_harness.terms.token import without_token
from cors_harness.text.printable import printable

ALLOW_ORIGIN = "access-control-allow-origin"
# What is compared with it. https://fetch.spec.whatwg.org/#cors-check
CHECKED = frozenset({"origin", ALLOW_ORIGIN, "access-control-allow-credentials"})
FIRST_FAILURE = 500
# What browsers write before and behind the reason: it stands in the lines above.
_BEFORE = re.compile(
    r".*has been blocked by CORS policy: "
    r"(Response to preflight request doesn't pass access control check: )?"
    r"|.*\(Reason: |CONSOLE [A-Z ]*ERROR "
)
_BEHIND = re.compile(r" \(https?://\S+/harness/runner\.html\S*\)$")


def short_transcript(record: RecordedCell, width: int) -> tuple[str, ...]:
    """Lines of at most `width` columns, without line ends; never empty.

    Exchanges that decided have the headers that decided, and those that the CORS check compares
    where it decided; the others are a line each. Of several steps those are shown that decided,
    else the last one.
    """
    lines: list[str] = []
    for step in deciding_steps(record):
        if len(record.steps) > 1:
            lines.append(f"  step {step + 1} of {len(record.steps)}")
        lines += _step(record, step)
        lines += _cookies(record, step, width)
    lines += _app_output(record)
    return tuple(cut(line, width) for line in lines)


def deciding_steps(record: RecordedCell) -> tuple[int, ...]:
    """Indices of the steps in which something on the wire decided; else that of the last one."""
    decided = {record.exchanges[field.exchange].step for field in deciding_fields(record)}
    wrong = {each.step for each in record.mismatches if each.step is not None}
    steps = (decided & wrong) or wrong or decided or {max(len(record.steps) - 1, 0)}
    return tuple(sorted(steps))


def _step(record: RecordedCell, number: int) -> Iterator[str]:
    step = record.steps[number] if number < len(record.steps) else None
    deciding = deciding_fields(record)
    is_late = step is not None and isinstance(step.observation, TimedOut)
    is_empty = True
    for index, exchange in enumerate(record.exchanges):
        if exchange.step == number:
            is_empty = False
            yield from _exchange(exchange, fields_of(deciding, index), LATE if is_late else NOTHING)
    if is_empty:
        yield "  wire      nothing reached a server"
    if step is not None:
        yield from _page(step, record.engine)


def _cookies(record: RecordedCell, step: int, width: int) -> Iterator[str]:
    """The cookies that a step lacks, each with the whole reason."""
    for cookie in record.held_back:
        if cookie.step == step:
            text = printable(f"{cookie.name} was held back: {cookie.why}")
            yield from wrapped("  cookie", text, width)


def _exchange(exchange: Exchange, deciding: Fields, nothing: str) -> Iterator[str]:
    request = without_token(request_line(exchange))
    if not deciding:
        answer = response_line(exchange, (), nothing).partition("response  ")[2]
        yield f"{request} -> {answer}"
        if exchange.status is None:  # what came instead
            yield from body_line(exchange.body, exchange.body_bytes)
        return
    is_checked = any(field.name.lower() == ALLOW_ORIGIN for field in deciding)
    shown = CHECKED if is_checked else frozenset()
    yield request
    yield from _headers(exchange.request_headers, [f for f in deciding if f.in_request], shown)
    answered = [field for field in deciding if not field.in_request]
    yield response_line(exchange, answered, nothing)
    yield from _headers(exchange.response_headers, answered, shown)


def _headers(headers: HeaderList, deciding: Fields, shown: frozenset[str]) -> Iterator[str]:
    return header_lines(headers, deciding, lambda name: name in shown, counts_others=False)


def _page(step: RecordedStep, engine: str) -> Iterator[str]:
    text = seen_text(step.observation)
    yield f"  page      {step.outcome or 'not judged'}{f': {text}' if text else ''}"
    if step.reason is not None and step.reason.console:
        yield f"  {engine:<9} {printable(_reason(step.reason.console))}"


def _reason(console: str) -> str:
    """The part of a browser's message that says why, in its own words."""
    text = " ".join(console.split())
    return _BEHIND.sub("", _BEFORE.sub(MORE_BEFORE, text, count=1))


MORE_BEFORE = "… "


def _app_output(record: RecordedCell) -> Iterator[str]:
    """The last line that the server wrote, where it answered with a failure of its own."""
    failed = any((exchange.status or 0) >= FIRST_FAILURE for exchange in record.exchanges)
    if failed and record.app_output:
        yield f"  app       {printable(record.app_output[-1].strip())}"

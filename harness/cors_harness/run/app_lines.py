"""added(): a cell's record with what the user's server wrote while its calls were under way.

By time alone: other calls may have been under way as well. Only where something is to be explained:
a call that the server answered by an error of its own, or a cell that is not as it should be.
"""

import asyncio
import dataclasses
import time
from collections.abc import Iterator, Sequence

from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.server import APP_RAISING, APPS
from cors_harness.model.verdict import Status
from cors_harness.serving.user.app_output import AppOutput
from cors_harness.terms.role import Role

FIRST_FAILURE = 500
AFTER_S = 0.2  # servers answer first, and then write a traceback
LOOK_S = 0.02
MOST_LINES = 40
SURPRISES = frozenset((Status.UNEXPECTED, Status.ERROR))

Span = tuple[float, float]  # from, to; seconds of the monotonic clock


async def added(record: CellRecord, output: AppOutput, clock: float) -> CellRecord:
    """The record with these lines; waits a little for those of an error, where there are none yet.

    `clock`: what the times of exchanges count from, in seconds of the monotonic clock.
    """
    spans = [_span(exchange, clock) for exchange in _explained(record)]
    lines = _lines(record.cell.server, output, spans)
    failed = any(_has_failed(exchange) for exchange in record.exchanges)
    while failed and spans and not lines and time.monotonic() < spans[-1][1]:
        await asyncio.sleep(LOOK_S)
        lines = _lines(record.cell.server, output, spans)
    return dataclasses.replace(record, app_output=_bounded(lines)) if lines else record


def _explained(record: CellRecord) -> Iterator[Exchange]:
    """The exchanges whose lines are of interest."""
    server, is_surprise = record.cell.server, record.verdict.status in SURPRISES
    if server not in APPS or (server == APP_RAISING and not is_surprise):
        return
    exchanges = [exchange for exchange in record.exchanges if exchange.role == Role.SERVER]
    failed = [exchange for exchange in exchanges if _has_failed(exchange)]
    yield from failed or (exchanges if is_surprise else ())


def _has_failed(exchange: Exchange) -> bool:
    return exchange.status is not None and exchange.status >= FIRST_FAILURE


def _span(exchange: Exchange, clock: float) -> Span:
    """When the server may have written about it: until now, where its response did not end."""
    start = clock + exchange.t_ms / 1000
    if exchange.end_ms is None:
        return start, max(start, time.monotonic())
    return start, clock + exchange.end_ms / 1000 + AFTER_S


def _lines(server: str, output: AppOutput, spans: Sequence[Span]) -> list[str]:
    """The lines of all these spans, each once."""
    lines: list[str] = []
    done = 0.0
    for start, end in sorted(spans):
        lines += output.between(server, max(start, done), end)
        done = max(done, end)
    return lines


def _bounded(lines: list[str]) -> tuple[str, ...]:
    more = len(lines) - MOST_LINES
    return (f"({more} lines before)", *lines[-MOST_LINES:]) if more > 0 else tuple(lines)

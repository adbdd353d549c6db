"""added(): a cell's record with what the user's server wrote while its calls were under way.

By time alone: other calls may have been under way as well. Only where something is to be explained:
a call that the server answered by an error of its own, or a cell that is not as it should be.
"""

import dataclasses
import time
from collections.abc import Iterator

from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.server import APP
from cors_harness.model.verdict import Status
from cors_harness.serving.user.app_output import (
    AFTER_S,
    FIRST_FAILURE,
    AppOutput,
    Span,
    lines_between,
)
from cors_harness.terms.role import Role

SURPRISES = frozenset((Status.UNEXPECTED, Status.ERROR))


async def added(record: CellRecord, output: AppOutput, clock: float) -> CellRecord:
    """The record with these lines; waits a little for those of an error, where there are none yet.

    `clock`: what the times of exchanges count from, in seconds of the monotonic clock.
    """
    exchanges = tuple(_explained(record))
    spans = [_span(exchange, clock) for exchange in exchanges]
    awaited = any(map(_has_failed, exchanges))
    server = output.name_of(record.cell.server, record.cell.engine)
    lines = await lines_between(output, server, spans, awaited=awaited)
    return dataclasses.replace(record, app_output=lines) if lines else record


def _explained(record: CellRecord) -> Iterator[Exchange]:
    """The exchanges whose lines are of interest: none where every view raises by our own doing."""
    is_surprise = record.verdict.status in SURPRISES
    if record.cell.server != APP:
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

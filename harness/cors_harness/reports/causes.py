"""causes_of(): cells that failed by the same mistake, together."""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from cors_harness.model.advice import Advice
from cors_harness.model.cell import RecordedCell
from cors_harness.model.server import APP, APPS
from cors_harness.model.verdict import Status
from cors_harness.reports.mismatch_text import expected_text, field_name, found_text
from cors_harness.terms.token import with_unique_named, without_token


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason for which cells are unexpected, or errors.

    Attributes:
        advice: what the mistake is and how it is mended, for the call that needs the most lines;
            None: no known mistake fits.
        status: of the cells, UNEXPECTED or ERROR.
        cells: never none, in the order given; without advice they are alike on the wire.
    """

    advice: Advice | None
    status: Status
    cells: tuple[RecordedCell, ...]


def causes_of(cells: Iterable[RecordedCell]) -> tuple[Cause, ...]:
    """The causes of those that are unexpected or errors, in the order of their first cells."""
    by_cause: dict[Hashable, list[RecordedCell]] = {}
    for cell in cells:
        if cell.status in {Status.UNEXPECTED, Status.ERROR}:
            by_cause.setdefault(cause_key(cell, cell.advice), []).append(cell)
    return tuple(
        Cause(advice=telling(some).advice, status=some[0].status, cells=tuple(some))
        for some in by_cause.values()
    )


def telling(cells: Sequence[RecordedCell]) -> RecordedCell:
    """Of cells of one cause the one to show: the first of those whose fix has the most lines."""
    return max(cells, key=lambda cell: len(cell.advice.lines) if cell.advice else 0)


def cause_key(cell: RecordedCell, advice: Advice | None) -> Hashable:
    """Equal for cells of one cause.

    The server and what the advice says is wrong tell it; lines differ from call to call, as a PUT
    needs more of them than a GET. Without advice nothing says that it is one mistake, so what
    is unexpected, the wire and the reasons have to be alike too.
    """
    server = APP if cell.server in APPS else cell.server
    if advice is not None:
        return server, cell.status, advice.mistake, advice.wrong
    mismatches = tuple(
        (field_name(each), expected_text(each), found_text(each)) for each in cell.mismatches
    )
    wire = tuple((each.kind, each.method, each.status) for each in cell.exchanges)
    reasons = tuple(step.reason.code for step in cell.steps if step.reason)
    return server, cell.status, mismatches, wire, reasons, _alike(cell)


def _alike(cell: RecordedCell) -> str:
    """The note without what is another one in each cell: times, ports, tokens, `{unique}`."""
    return re.sub(r"\d+", "0", without_token(with_unique_named(cell.note, cell.unique)))

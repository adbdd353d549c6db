"""causes_of(): cells that failed by the same mistake, together."""

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from cors_harness.model.advice import SHUTS_OUT, Advice
from cors_harness.model.cell import RecordedCell
from cors_harness.model.server import APP, APPS
from cors_harness.model.verdict import Status
from cors_harness.reports.mismatch_text import expected_text, field_name, found_text
from cors_harness.terms.token import with_unique_named, without_token

# A line that has nothing but a list of texts without commas: `    methods=["GET", "PUT"],`.
_LIST = re.compile(
    r"(?P<name>\s*\w+\s*=\s*\[)(?P<items>\"[^\",]*\"(?:, \"[^\",]*\")*)(?P<end>\],?)$"
)


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


def mends(fix: Advice, advice: Advice) -> bool:
    """Whether the lines of one are among those of another that go to the same place."""
    is_there = (fix.where, fix.place) == (advice.where, advice.place)
    has_lines = all(any(_has_line(own, line) for own in fix.lines) for line in advice.lines)
    return bool(advice.lines) and is_there and has_lines


def _has_line(own: str, line: str) -> bool:
    """Whether they are alike, or lists of one name of which the first has all of the second."""
    return own == line or (_name(own) == _name(line) != "" and _both(own, line) == own)


def united(first: Advice, second: Advice) -> Advice | None:
    """The first with lines that do what both do; None where that is not plain.

    It is where the lines are alike but for lists in them, as in `allow_methods=["PUT"],`.
    """
    if (first.where, first.place) != (second.where, second.place):
        return None
    if SHUTS_OUT & {first.mistake, second.mistake}:  # these lists have to be short
        return None
    lines, others = list(first.lines), [line for line in second.lines if line not in first.lines]
    if [line for line in (*lines, *others) if not _LIST.match(line)] != [
        line for line in first.lines if not _LIST.match(line)
    ]:
        return None
    for line in others:
        at = next((n for n, each in enumerate(lines) if _name(each) == _name(line)), None)
        if at is None:
            last = max((n for n, each in enumerate(lines) if _LIST.match(each)), default=None)
            if last is None:
                return None
            lines.insert(last + 1, line)
        elif (both := _both(lines[at], line)) is not None:
            lines[at] = both
        else:
            return None
    return replace(first, lines=tuple(lines))


def _name(line: str) -> str:
    match = _LIST.match(line)
    return match["name"] if match else ""


def _both(first: str, second: str) -> str | None:
    """The line with the items of both lists; None where one is no list of plain texts."""
    one, two = _LIST.fullmatch(first), _LIST.fullmatch(second)
    if one is None or two is None:
        return None
    items = dict.fromkeys((*one["items"].split(", "), *two["items"].split(", ")))
    return f"{one['name']}{', '.join(items)}{one['end']}"


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

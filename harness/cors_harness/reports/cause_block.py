"""cause_block(): what one mistake did, in however many cells, and how it is mended."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cors_harness.model.advice import Advice
from cors_harness.model.cell import RecordedCell
from cors_harness.model.server import APP_RAISING, APPS
from cors_harness.model.verdict import Aspect, Mismatch, Status
from cors_harness.reports.base import Line
from cors_harness.reports.fitting import LABEL, UNBROKEN, listed, wrapped
from cors_harness.reports.mismatch_text import expected_text, field_name, found_text
from cors_harness.reports.short_transcript import short_transcript
from cors_harness.reports.summary import counted
from cors_harness.reports.transcript import MARK, printable, rerun_command
from cors_harness.terms.token import without_token

STYLES = {Status.UNEXPECTED: "bold red", Status.ERROR: "bold magenta"}
PAGES_SHOWN, CALLS_SHOWN, MISMATCHES_SHOWN = 3, 5, 3
PAD = " " * LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCells:
    """Cells of one cause.

    Attributes:
        cells: without what went over the wire, in the order of the files; never none.
        calls: (server, method and path), as often as they were made.
    """

    cells: tuple[RecordedCell, ...]
    calls: tuple[tuple[str, str], ...]

    @property
    def first(self) -> RecordedCell:
        """The one that is shown."""
        return self.cells[0]


def cause_block(
    cause: FailedCells,
    first: RecordedCell,
    options: Sequence[str],
    width: int,
    *,
    is_whole: bool = True,
) -> Iterator[Line]:
    """The mistake, where it was met, what decided, the fix, and the command for one cell.

    Args:
        cause: the cells.
        first: all of the first of them.
        options: what `cors-harness run` has to be told so that the cell is the same again.
        width: columns; code, commands and links are longer where they have to be.
        is_whole: whether what decided and the fix are shown.
    """
    yield from cause_heading(cause, first, width)
    if is_whole:
        yield from map(_marked, short_transcript(first, width))
        yield from _plain(_others(first, width))
        yield from _plain(_fix(first.advice, width) if first.advice else _rule(first))
    yield from _plain(_rerun(first, options, width))


def cause_heading(cause: FailedCells, first: RecordedCell, width: int) -> Iterator[Line]:
    """The mistake, and where it was met; arguments as of `cause_block`."""
    for line in wrapped("", _heading(first), width, indent=0):
        yield ((line, STYLES[first.status]),)
    yield from _plain(_where(cause, width))


def _plain(lines: Iterator[str]) -> Iterator[Line]:
    return (((line, ""),) for line in lines)


def _marked(line: str) -> Line:
    return ((line, "bold" if line.startswith(MARK) else ""),)


def _heading(cell: RecordedCell) -> str:
    said = without_token(cell.note)
    if cell.status is Status.ERROR:
        return printable(f"error: {said or 'no result'}")
    if cell.advice is not None:
        return printable(cell.advice.wrong)
    note = f"; {said}" if said else ""
    found = f"{_mismatch(cell.mismatches[0])}{_reasons(cell)}" if cell.mismatches else ""
    return printable(f"{found}{note}" or "unexpected")


def _reasons(cell: RecordedCell) -> str:
    codes = dict.fromkeys(str(step.reason.code) for step in cell.steps if step.reason)
    is_outcome = cell.mismatches[0].aspect is Aspect.OUTCOME
    return f" ({', '.join(codes)})" if codes and is_outcome else ""


def _mismatch(mismatch: Mismatch) -> str:
    sides = f"expected {expected_text(mismatch)}, found {found_text(mismatch)}"
    return f"{field_name(mismatch)}: {sides}"


def _where(cause: FailedCells, width: int) -> Iterator[str]:
    """Engines, pages and calls; the scenarios where nothing was called."""
    cells = cause.cells
    engines = ", ".join(sorted({cell.engine for cell in cells}))
    pages = _distinct(cell.page for cell in cells if cell.page)
    servers = sorted({cell.server for cell in cells if cell.server not in APPS})
    on = f"on {', '.join(servers)} " if servers else ""
    from_pages = f", from {listed(pages, PAGES_SHOWN)}" if pages else ""
    count = f"  {counted(len(cells), 'cell')}"
    label = f"{count:<{LABEL - 1}} "
    yield from wrapped(label, f"{on}in {engines}{from_pages}", width, max(len(label), LABEL))
    if cause.calls:
        yield from wrapped("  calls", _calls(cause), width)
    else:
        scenarios = _distinct(cell.scenario for cell in cells)
        yield from wrapped("  scenario", printable(listed(scenarios, CALLS_SHOWN)), width)


def _calls(cause: FailedCells) -> str:
    """Each once; apart those that failed only where the app was made to raise."""
    shown = [(server, printable(call).replace(" ", UNBROKEN)) for server, call in cause.calls]
    calls = _distinct(call for server, call in shown if server != APP_RAISING)
    raised = _distinct(call for _, call in shown if call not in calls)
    parts = [listed(calls, CALLS_SHOWN)] if calls else []
    parts += [f"where the app raises: {listed(raised, CALLS_SHOWN)}"] if raised else []
    return "; ".join(parts)


def _distinct(names: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _others(cell: RecordedCell, width: int) -> Iterator[str]:
    """What else was not as expected, where no advice says what all of it comes from."""
    if cell.advice is not None:
        return
    others = cell.mismatches[1 if cell.status is Status.UNEXPECTED else 0 :]
    for mismatch in others[:MISMATCHES_SHOWN]:
        yield from wrapped("  also", printable(_mismatch(mismatch)), width)
    if more := len(others[MISMATCHES_SHOWN:]):
        yield f"{PAD}and {more} more"


def _fix(advice: Advice, width: int) -> Iterator[str]:
    """How it is mended; the code stands at one indent, to be copied."""
    if advice.lines:
        place = printable(f"{advice.where}, {advice.place}:")
        yield from wrapped("  fix", place, width)
        yield from (f"{PAD}  {printable(line)}" for line in advice.lines if line)
    if advice.keep:
        yield from wrapped("" if advice.lines else "  fix", printable(advice.keep), width)
    if not advice.lines:
        yield f"  see       {advice.link}"


def _rule(cell: RecordedCell) -> Iterator[str]:
    for mismatch in cell.mismatches[:1]:
        yield f"  see       {mismatch.spec}"


def _rerun(cell: RecordedCell, options: Sequence[str], width: int) -> Iterator[str]:
    """The command, on two lines where it is too long for one."""
    command = rerun_command(cell, options)
    if LABEL + len(command) <= width:
        yield f"  rerun     {command}"
        return
    *words, option, name = shlex.split(command)
    yield f"  rerun     {shlex.join(words)} \\"
    yield f"{PAD}  {shlex.join((option, name))}"

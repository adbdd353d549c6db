"""CauseBlocks: what one mistake did, in however many cells, and how it is mended.

What one fix mends is one block: an app without CORS fails in as many ways as it has routes.
"""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

from cors_harness.model.advice import Advice
from cors_harness.model.cell import RecordedCell
from cors_harness.model.server import APP, APP_RAISING, APPS
from cors_harness.model.verdict import Aspect, Mismatch, Status
from cors_harness.reports.base import Line
from cors_harness.reports.causes import mends, telling, united
from cors_harness.reports.fitting import LABEL, MORE, UNBROKEN, listed, wrapped
from cors_harness.reports.mismatch_text import expected_text, field_name, found_text
from cors_harness.reports.short_transcript import short_transcript
from cors_harness.reports.summary import counted
from cors_harness.reports.transcript import MARK, rerun_command
from cors_harness.terms.token import without_token
from cors_harness.text.printable import printable

STYLES = {Status.UNEXPECTED: "bold red", Status.ERROR: "bold magenta"}
PAGES_SHOWN, CALLS_SHOWN, MISMATCHES_SHOWN, OTHERS_SHOWN = 3, 5, 3, 10
HEADING_LINES = 4
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
    def shown(self) -> RecordedCell:
        """The one that is shown."""
        return telling(self.cells)

    @property
    def advice(self) -> tuple[Advice, ...]:
        """Of all the cells, each once."""
        return tuple(dict.fromkeys(cell.advice for cell in self.cells if cell.advice))


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseGroup:
    """Causes on one server that the same lines of code mend.

    Attributes:
        first: the cause that is shown.
        others: in the order of the files.
        fix: whose lines mend all of them; None: no known mistake fits the one cause that it is.
    """

    first: FailedCells
    others: tuple[FailedCells, ...] = ()
    fix: Advice | None

    @classmethod
    def of(cls, cause: FailedCells) -> Self:
        """A group of one cause; its fix is for the call that needs the most lines, at least."""
        fix = cause.shown.advice
        for each in cause.advice:
            fix = (fix and united(fix, each)) or fix
        return cls(first=cause, fix=fix)

    @property
    def advice(self) -> tuple[Advice, ...]:
        """Of all the cells, each once."""
        causes = (self.first, *self.others)
        return tuple(dict.fromkeys(each for cause in causes for each in cause.advice))

    def with_cause(self, cause: FailedCells) -> "CauseGroup | None":
        """The group with one cause more; None: other lines mend that."""
        advice, shown = CauseGroup.of(cause).fix, self.first.shown
        here = (_named(shown.server), shown.status)
        if (_named(cause.shown.server), cause.shown.status) != here or not (self.fix and advice):
            return None
        if mends(self.fix, advice):
            return replace(self, others=(*self.others, cause))
        if mends(advice, self.fix):
            return CauseGroup(first=cause, others=(self.first, *self.others), fix=advice)
        is_known = any(advice.mistake is each.mistake for each in self.advice)
        both = united(self.fix, advice) if is_known else None
        return replace(self, others=(*self.others, cause), fix=both) if both else None


def grouped(causes: Sequence[FailedCells]) -> tuple[CauseGroup, ...]:
    """All causes, together where one fix mends them; in the order of the first of each."""
    groups: list[CauseGroup] = []
    for cause in causes:
        joined = ((n, group.with_cause(cause)) for n, group in enumerate(groups))
        number, group = next(((n, group) for n, group in joined if group), (len(groups), None))
        groups[number:] = [group or CauseGroup.of(cause), *groups[number + 1 :]]
    return tuple(groups)


class CauseBlocks:
    """Makes the blocks of a report one after the other, each fix once."""

    def __init__(self, options: Sequence[str], width: int) -> None:
        """How they are printed.

        Args:
            options: what `cors-harness run` has to be told so that a cell is the same again.
            width: columns; code, commands and links are longer where they have to be.
        """
        self._options, self._width = options, width

    def block(self, group: CauseGroup, shown: RecordedCell, *, is_whole: bool) -> Iterator[Line]:
        """The mistake, where it was met, what decided, the fix, and the command for one cell.

        Args:
            group: the cells.
            shown: all of `group.first.shown`.
            is_whole: whether what decided and the fix are among it.
        """
        yield from cause_heading(group.first, shown, self._width)
        if is_whole:
            yield from map(_marked, short_transcript(shown, self._width))
            yield from _plain(_others(shown, self._width))
            yield from _plain(self._fix(group, group.fix) if group.fix else _rule(shown))
        yield from _plain(_rerun(shown, self._options, self._width))
        for cause in group.others[:OTHERS_SHOWN]:
            yield from _plain(_too(cause, self._width))
        if more := len(group.others[OTHERS_SHOWN:]):
            yield ((f"{PAD}and {more} more, which -v has", ""),)

    def _fix(self, group: CauseGroup, fix: Advice) -> Iterator[str]:
        yield from _fix_lines(fix, self._width)
        if not all(mends(fix, other) for other in group.advice if other.lines):
            yield f"{PAD}for this call; -v has the lines for the others"


def _named(server: str) -> str:
    return APP if server in APPS else server


def _too(cause: FailedCells, width: int) -> Iterator[str]:
    """What the same fix mends, in short."""
    count = counted(len(cause.cells), "cell").replace(" ", UNBROKEN)
    calls = f", {_calls(cause)}" if cause.calls else ""
    yield from wrapped("  also", f"{count}{calls}: {_heading(cause.shown)}", width)


def cause_heading(cause: FailedCells, shown: RecordedCell, width: int) -> Iterator[Line]:
    """The mistake, and where it was met; `shown` is all of `cause.shown`."""
    lines = wrapped("", _heading(shown), width - len(MORE), indent=0)
    for line in lines[: HEADING_LINES - 1]:
        yield ((line, STYLES[shown.status]),)
    for line in lines[HEADING_LINES - 1 : HEADING_LINES]:
        is_all = len(lines) == HEADING_LINES
        yield ((line if is_all else f"{line}{MORE}", STYLES[shown.status]),)
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


def _fix_lines(advice: Advice, width: int) -> Iterator[str]:
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

"""Surprises: what did not come out as expected in a run: like cells together, fixes once."""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord, RecordedCell, recorded
from cors_harness.model.verdict import Status
from cors_harness.reports.base import Line
from cors_harness.reports.mismatch_text import expected_text, field_name, found_text
from cors_harness.reports.summary import counted
from cors_harness.reports.transcript import advice_lines, printable, transcript

SCENARIOS_NAMED = 30  # of the cells that are like one; the journal has them all
STYLES = {Status.UNEXPECTED: "bold red", Status.ERROR: "bold magenta"}


@dataclass(slots=True, kw_only=True)
class _Surprise:
    """One cell: who it is, what it is like, and all of it as far as that is kept."""

    id: str
    node_id: str
    scenario: str
    engine: str
    status: Status
    likeness: Hashable
    advice: Advice | None
    ends: tuple[str, str]  # the first and the last line of its transcript
    whole: RecordedCell | None


class Surprises:
    """Collects cells as they finish; prints them when the run has ended."""

    def __init__(self, whole_transcripts: int, options: Sequence[str] = ()) -> None:
        """What to print.

        Args:
            whole_transcripts: how many blocks of like cells get one; others are only named.
            options: of the command line, without which a cell would not be the same again.
        """
        self._most, self._options = whole_transcripts, options
        self._cells: list[_Surprise] = []
        self._likenesses: set[Hashable] = set()
        self._kept = 0

    def add(self, record: CellRecord) -> None:
        """Takes a cell that did not come out as expected."""
        cell = recorded(record)
        likeness = _likeness(cell)
        is_kept = self._kept < self._most or (
            likeness not in self._likenesses and self._kept < 2 * self._most
        )
        self._kept += is_kept
        self._likenesses.add(likeness)
        lines = transcript(cell, self._options)
        self._cells.append(
            _Surprise(
                id=record.cell.id,
                node_id=cell.cell,
                scenario=cell.scenario,
                engine=cell.engine,
                status=cell.status,
                likeness=likeness,
                advice=cell.advice,
                ends=(lines[0], lines[-1]),
                whole=cell if is_kept else None,
            )
        )

    def advise(self, advice: Mapping[str, Advice | None]) -> None:
        """Gives cells, by `Cell.node_id`, the advice that the whole run gives."""
        for each in self._cells:
            if each.node_id in advice:
                each.advice = advice[each.node_id]

    def lines(self) -> Iterator[Line]:
        """A block for cells of one cause, then the fixes that are for several, or not shown yet."""
        shown: dict[Advice, str] = {}  # to the cell that it is shown at
        whole = 0
        for block in self._blocks():
            first = next((each for each in block if each.whole), None)
            is_whole = first is not None and whole < self._most
            whole += is_whole
            yield from self._block(block, first if is_whole else None, shown)
        yield from self._fixes(shown)

    def _blocks(self) -> list[list[_Surprise]]:
        blocks: dict[Hashable, list[_Surprise]] = {}
        for each in self._cells:
            blocks.setdefault((each.likeness, each.advice), []).append(each)
        return list(blocks.values())

    def _block(
        self, block: list[_Surprise], first: _Surprise | None, shown: dict[Advice, str]
    ) -> Iterator[Line]:
        teller = first or block[0]
        lines: tuple[str, ...] = teller.ends
        if teller is first and first.whole is not None:
            same_fix = shown.get(first.advice, "") if first.advice else ""
            if first.advice:
                shown.setdefault(first.advice, first.id)
            lines = transcript(
                replace(first.whole, advice=first.advice), self._options, same_fix=same_fix
            )
        more = len(block) - 1
        heading = f"{lines[0]}, and {more} like it" if more else lines[0]
        yield ((heading, STYLES[teller.status]),)
        yield from (((line, ""),) for line in (*lines[1:], *_others(block, teller)))
        yield ()

    def _fixes(self, shown: Mapping[Advice, str]) -> Iterator[Line]:
        """Those that mend several blocks, the commonest first, and those not shown yet."""
        counts = Counter(each.advice for each in self._cells if each.advice)
        blocks = Counter(block[0].advice for block in self._blocks())
        for advice, count in sorted(counts.items(), key=lambda pair: -pair[1]):
            if blocks[advice] > 1 or advice not in shown:
                wrong = printable(advice.wrong)
                yield ((f"fix for {counted(count, 'cell')}: {wrong}", "bold"),)
                if advice in shown:
                    yield ((f"  shown at {shown[advice]}", ""),)
                else:
                    yield from (((line, ""),) for line in advice_lines(advice)[1:])
                yield ()


def _likeness(cell: RecordedCell) -> Hashable:
    """What cells of one cause have in common, besides their advice."""
    mismatches = tuple(
        (field_name(each), expected_text(each), found_text(each)) for each in cell.mismatches
    )
    # Without advice nothing says that it is one cause, so the wire has to be alike too.
    wire = tuple((each.kind, each.method, each.status) for each in cell.exchanges)
    reasons = tuple(step.reason.code for step in cell.steps if step.reason)
    unadvised = None if cell.advice else (wire, reasons, cell.note)
    return cell.server, cell.status, mismatches, unadvised


def _others(block: list[_Surprise], teller: _Surprise) -> Iterator[str]:
    """The other cells of a block, by scenario, with their engines."""
    engines: dict[str, list[str]] = {}
    for each in block:
        if each is not teller:
            engines.setdefault(each.scenario, []).append(each.engine)
    for number, (scenario, names) in enumerate(engines.items()):
        if number == SCENARIOS_NAMED:
            yield f"{'':12}and {counted(len(engines) - number, 'scenario')} more, in the journal"
            return
        yield f"{'' if number else '  also':<12}{scenario} in {', '.join(names)}"

"""Surprises: what did not come out as expected in a run, by cause, in the order of the files."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from cors_harness.judge.unproven import call_text
from cors_harness.model.advice import Advice
from cors_harness.model.cell import RecordedCell
from cors_harness.reports.base import Line
from cors_harness.reports.cause_block import CauseBlocks, FailedCells, cause_heading, grouped
from cors_harness.reports.causes import cause_key
from cors_harness.reports.short_transcript import deciding_steps
from cors_harness.reports.transcript import transcript
from cors_harness.terms.token import with_unique_named

WHOLE_BLOCKS = 100  # nobody reads more; of later causes only what they are and the command is said

ReadCell = Callable[[str], RecordedCell]


@dataclass(slots=True, kw_only=True)
class _Failed:
    """A cell without what went over the wire, and what tells its cause where nothing is advised."""

    cell: RecordedCell
    variant: int
    calls: tuple[str, ...]
    unadvised: Hashable

    @property
    def order(self) -> tuple[str, int, int, str, str, str]:
        """As in the files; the same whatever order cells finish in."""
        cell = self.cell
        return cell.file, cell.line, self.variant, cell.scenario, cell.server, cell.engine

    @property
    def cause(self) -> Hashable:
        advice = self.cell.advice
        return self.unadvised if advice is None else cause_key(self.cell, advice)


class Surprises:
    """Collects cells as they finish.

    What went over the wire stays in the journal: a hundred thousand cells fit into memory.

    Attributes:
        options: of the command line, without which a cell would not be the same again.
    """

    def __init__(self, options: Sequence[str] = ()) -> None:
        """See Surprises."""
        self.options = options
        self._cells: list[_Failed] = []
        self._known: dict[Hashable, Hashable] = {}  # one of each that is equal

    def add(self, record: RecordedCell, variant: int = 0) -> None:
        """Takes a cell that did not come out as expected; `variant` as of its SourceSpan."""
        calls = tuple(dict.fromkeys(_calls(record)))
        unadvised = cause_key(record, None)
        cell = replace(
            record, exchanges=(), steps=(), mismatches=(), caveats=(), app_output=(), title=""
        )
        self._cells.append(
            _Failed(
                cell=cell,
                variant=variant,
                calls=calls,
                unadvised=self._known.setdefault(unadvised, unadvised),
            )
        )

    def advise(self, advice: Mapping[str, Advice | None]) -> None:
        """Gives cells, by `Cell.node_id`, the advice that the whole run gives."""
        for each in self._cells:
            if each.cell.cell in advice:
                each.cell = replace(each.cell, advice=advice[each.cell.cell])

    def causes(self) -> tuple[FailedCells, ...]:
        """What failed by the same mistake, together; in the order of their first cells."""
        by_cause: dict[Hashable, list[_Failed]] = {}
        for each in sorted(self._cells, key=lambda each: each.order):
            by_cause.setdefault(each.cause, []).append(each)
        return tuple(
            FailedCells(
                cells=tuple(each.cell for each in some),
                calls=tuple((each.cell.server, call) for each in some for call in each.calls),
            )
            for some in by_cause.values()
        )


def blocks(
    causes: Sequence[FailedCells], read: ReadCell, options: Sequence[str], width: int
) -> Iterator[Line]:
    """A block for all causes that one fix mends, in `width` columns but for what is to be copied.

    Args:
        causes: what failed.
        read: gives the whole of a cell, by `Cell.node_id`.
        options: as in `Surprises`.
        width: columns.
    """
    made = CauseBlocks(options, width)
    for number, group in enumerate(grouped(causes)):
        shown = _whole(read, group.first.shown)
        yield from made.block(group, shown, is_whole=number < WHOLE_BLOCKS)
        yield ()


def transcripts(
    causes: Sequence[FailedCells], read: ReadCell, options: Sequence[str], width: int
) -> Iterator[Line]:
    """Each cause and, below it, the transcript of every cell; arguments as of `blocks`."""
    fixes: dict[Advice, str] = {}  # to the cell that each is shown at
    for cause in causes:
        yield from cause_heading(cause, _whole(read, cause.shown), width)
        yield ()
        for each in cause.cells:
            name = each.cell.partition("::")[2]
            at = fixes.setdefault(each.advice, name) if each.advice else name
            whole = _whole(read, each)
            lines = transcript(whole, options, same_fix="" if at == name else at)
            yield from (((line, "" if place else "bold"),) for place, line in enumerate(lines))
            yield ()


def _whole(read: ReadCell, cell: RecordedCell) -> RecordedCell:
    """All of a cell, with the advice of the whole run."""
    return replace(read(cell.cell), advice=cell.advice)


def _calls(record: RecordedCell) -> Iterator[str]:
    """What the page called in the steps that decided; nothing where no request came."""
    for step in deciding_steps(record):
        first = next((each for each in record.exchanges if each.step == step), None)
        if first is not None:
            yield with_unique_named(call_text(first), record.unique)

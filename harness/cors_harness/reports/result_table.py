"""result_table(): a line for each scenario on each server, a column for each engine.

Every cell is a mark and a word, so it reads the same without colour.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby

from cors_harness.model.verdict import Status
from cors_harness.reports.base import Line, Segment
from cors_harness.reports.tally import Row

MARKS: Mapping[Status, tuple[str, str, str]] = {  # mark, style, what the legend says
    Status.AS_EXPECTED: (" ", "", "as expected"),
    Status.UNEXPECTED: ("!", "bold red", "unexpected"),
    Status.KNOWN_DIFFERENCE: ("~", "yellow", "known difference"),
    Status.SKIPPED: ("-", "dim", "skipped"),
    Status.ERROR: ("?", "bold magenta", "error of the harness, of an engine or of the server"),
}
WORD_STYLES: Mapping[str, str] = {"allowed": "green", "blocked": "cyan"}
INDENT, GAP = "  ", "  "
NARROWEST = 20  # columns; with less room every scenario's name gets a line of its own


def result_table(rows: Sequence[Row], engines: Sequence[str], width: int) -> Iterator[Line]:
    """The lines of the table and its legend; at most `width` columns where names allow it.

    A scenario that was skipped on a server in every engine has no line here.
    """
    shown = _shown(rows)
    if not shown:
        return
    columns = _Columns(shown, engines, width)
    for file, of_file in groupby(shown, key=lambda row: row.file):
        yield columns.title(file)
        for scenario, of_scenario in groupby(of_file, key=lambda row: row.scenario):
            yield from columns.scenario(scenario, list(of_scenario))
        yield ()
    yield from _legend(shown)


def _shown(rows: Sequence[Row]) -> list[Row]:
    ran = {row.order for row in rows if row.status is not Status.SKIPPED}
    return sorted((row for row in rows if row.order in ran), key=lambda row: row.order)


class _Columns:
    """Where each column begins; names too long for theirs get a line of their own."""

    def __init__(self, rows: Sequence[Row], engines: Sequence[str], width: int) -> None:
        self._engines = engines
        self._cell = max(len(name) for name in (*engines, *(row.word for row in rows))) + 2
        self._server = max(len(row.server) for row in rows)
        gaps = len(INDENT) + len(GAP) * (len(engines) + 1)
        room = width - gaps - self._server - self._cell * len(engines)
        self._scenario = _widest({row.scenario for row in rows}, room)

    def title(self, file: str) -> Line:
        """The file's name, and the engines above their columns."""
        names_width = len(INDENT) + self._scenario + len(GAP) + self._server
        names = "".join(f"{GAP}  {name:<{self._cell - 2}}" for name in self._engines)
        if len(file) <= names_width:
            return (f"{file:<{names_width}}", "bold"), (names.rstrip(), "bold")
        return ((f"{file}  {names.strip()}", "bold"),)

    def scenario(self, name: str, rows: Sequence[Row]) -> Iterator[Line]:
        """One line for each server; the scenario's name stands at the first only."""
        if len(name) > self._scenario:
            yield ((INDENT + name, ""),)
            name = ""
        for server, cells in groupby(rows, key=lambda row: row.server):
            yield self._line(name, server, {cell.engine: cell for cell in cells})
            name = ""

    def _line(self, name: str, server: str, cells: Mapping[str, Row]) -> Line:
        first_columns = f"{INDENT}{name:<{self._scenario}}{GAP}{server:<{self._server}}"
        return (first_columns, ""), *(self._segment(cells.get(engine)) for engine in self._engines)

    def _segment(self, row: Row | None) -> Segment:
        if row is None:
            return " " * (len(GAP) + self._cell), ""
        mark, style, _ = MARKS[row.status]
        return f"{GAP}{f'{mark} {row.word}':<{self._cell}}", style or WORD_STYLES.get(row.word, "")


def _widest(names: Collection[str], room: int) -> int:
    longest = max(len(name) for name in names)
    if room < min(longest, NARROWEST):
        return len(INDENT)
    return max((len(name) for name in names if len(name) <= room), default=len(INDENT))


def _legend(rows: Sequence[Row]) -> Iterator[Line]:
    present = {row.status for row in rows}
    parts = [
        (f"{mark} {meaning}   ", style)
        for status, (mark, style, meaning) in MARKS.items()
        if status in present and status is not Status.AS_EXPECTED
    ]
    if parts:
        yield tuple(parts)
        yield ()

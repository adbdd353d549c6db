"""PageDocument: all that a page shows, as JSON: what is read at once, and details cell by cell."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cors_harness import __version__
from cors_harness.changes.assessment import Assessment
from cors_harness.judge.unproven import UnprovenSteps
from cors_harness.model.advice import Advice
from cors_harness.model.baseline import Baseline
from cors_harness.model.cell import RecordedCell
from cors_harness.model.change import ChangeClass
from cors_harness.model.verdict import Status
from cors_harness.reports.causes import Cause, causes_of, telling
from cors_harness.reports.html.cells import (
    CellPlace,
    PageCell,
    accepted_cells,
    place_of_record,
    recorded_cell,
    wanted_call,
)
from cors_harness.reports.html.comparison import class_by_place, comparison_of
from cors_harness.reports.html.tables import DetailChunk, Table, packed
from cors_harness.reports.mismatch_text import expected_text, field_name, found_text
from cors_harness.reports.transcript import UNSHOWN_REQUEST_HEADERS, UNSHOWN_RESPONSE_HEADERS
from cors_harness.reports.unproven_text import unproven_sentences
from cors_harness.store.codec import Json, advice_to_json

SCHEMA = 1  # goes up when the page of an older version would misread it
CHUNK = 250  # cells whose details are unpacked together when one of them is opened
GONE = "gone"  # in place of a status, of a cell that only the side before has
# What a cell has of the index, a list each: indices of the tables beside, -1 for none.
COLUMNS = (
    *("scenario", "server", "engine", "origin", "status", "outcome", "reason"),
    *("cause", "change", "before_status", "before_outcome", "before_reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSide:
    """What ran, or was accepted.

    Attributes:
        name: as the user calls it.
        header: of the journal; None: it is a baseline.
        records: the cells of the journal; read once.
        baseline: its entries, where it is one.
        folder: from which scenario files are named where sides are compared.
        options: what `run` has to be told so that a cell is the same again.
        joined: columns of browsers that somebody has open, in which no command runs a cell.
        missing: what there is not of a run, a sentence each.
    """

    name: str
    header: Json | None = None
    records: Iterable[RecordedCell] = ()
    baseline: Baseline | None = None
    folder: Path = Path()
    options: tuple[str, ...] = ()
    joined: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()

    def cells(self) -> Iterator[PageCell]:
        """Its cells, in the order of the journal or of the baseline."""
        if self.header is None:
            for entry in self.baseline.entries if self.baseline else ():
                yield from accepted_cells(entry)
        for record in self.records:
            yield self.cell(record)

    def cell(self, record: RecordedCell) -> PageCell:
        """One of its records as the page has it."""
        options = None if record.engine in self.joined else self.options
        return recorded_cell(record, self.folder, options)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageDocument:
    """What the page has.

    Attributes:
        title: of the page.
        index: what it needs to show everything but an opened cell.
        details: packed, CHUNK cells each.
    """

    title: str
    index: Json
    details: tuple[str, ...]

    @property
    def cells(self) -> int:
        """How many cells it has."""
        return len(self.index["cells"]["status"])


def document_of_run(side: PageSide, notes: Sequence[str] = ()) -> PageDocument:
    """The page of one run; `notes`: sentences on what fails no cell."""
    building = _Building(tables=_first_rows((side,)))
    unproven = UnprovenSteps()
    for record in side.records:
        building.add(side.cell(record), None)
        building.keep(record, place_of_record(record, side.folder))
        unproven.add(record)
    notes = (*notes, *unproven_sentences(unproven.found(), side.name))
    return building.document((side,), notes)


def document_of_changes(before: PageSide, after: PageSide, assessment: Assessment) -> PageDocument:
    """The page of two sides, compared."""
    classes = dict(class_by_place(assessment))
    building = _Building(classes=classes, tables=_first_rows((before, after)))
    earlier = {cell.place: cell for cell in before.cells()}
    for cell in _cells(after, building):
        building.add(cell, earlier.pop(cell.place, None))
    for cell in earlier.values():
        building.add(None, cell)
    return building.document((before, after), assessment.remarks, assessment)


def _first_rows(sides: Sequence[PageSide]) -> dict[str, Table[str]]:
    """Engines and servers in the order of the runs, whichever of their cells came first."""
    headers = [side.header for side in sides if side.header is not None]
    return {
        name: Table(*dict.fromkeys(each["name"] for header in headers for each in header[name]))
        for name in ("engines", "servers")
    }


def _cells(side: PageSide, building: "_Building") -> Iterator[PageCell]:
    """Its cells; what failed of them is kept for the causes."""
    if side.header is None:
        yield from side.cells()
    for record in side.records if side.header is not None else ():
        building.keep(record, place_of_record(record, side.folder))
        yield side.cell(record)


@dataclass(slots=True)
class _Building:
    """A document while cells are added."""

    classes: dict[CellPlace, ChangeClass] = field(default_factory=dict)
    tables: dict[str, Table[str]] = field(default_factory=dict)
    scenarios: Table[str] = field(default_factory=Table)
    scenario_rows: list[list[object]] = field(default_factory=list)
    scenario_calls: list[dict[int, None]] = field(default_factory=list)
    columns: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    places: dict[CellPlace, int] = field(default_factory=dict)
    failed: list[tuple[RecordedCell, CellPlace]] = field(default_factory=list)
    advice: Table[Advice] = field(default_factory=Table)
    advised: dict[CellPlace, Advice] = field(default_factory=dict)
    skips: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)
    chunk: DetailChunk = field(default_factory=DetailChunk)
    details: list[str] = field(default_factory=list)

    def keep(self, record: RecordedCell, place: CellPlace) -> None:
        """Takes note of a cell of the later side."""
        if record.status in {Status.UNEXPECTED, Status.ERROR}:
            self.failed.append((record, place))
        if record.status is Status.SKIPPED:
            self.skips[record.note] += 1
        if record.known:
            self.known[record.known] += 1

    def add(self, after: PageCell | None, before: PageCell | None) -> None:
        """Adds a cell as it is and as it was; one of them may be None."""
        cell = after or before
        if cell is None:
            return
        self.places[cell.place] = len(self.places)
        if cell.advice:
            self.advised[cell.place] = cell.advice
        for name, value in self._values(cell, after, before).items():
            self.columns[name].append(value)
        self._keep_calls(after, before)
        self.chunk.add(*(self._detail(side) for side in (after, before)))
        if len(self.chunk) == CHUNK:
            self._end_chunk()

    def _detail(self, side: PageCell | None) -> Json | None:
        if side is None:
            return None
        if side.advice is None:
            return side.detail
        return {**side.detail, "advice": self.advice.index(side.advice)}

    def _values(self, cell: PageCell, after: PageCell | None, before: PageCell | None) -> Json:
        change = self.classes.get(cell.place)
        return {
            "scenario": self._scenario(cell),
            "server": self._index("servers", cell.server),
            "engine": self._index("engines", cell.engine),
            "origin": self._index("origins", cell.origin),
            **self._result("", after),
            **self._result("before_", before),
            **({} if after else {"status": self._index("statuses", GONE)}),
            "cause": -1,
            "change": -1 if change is None else list(ChangeClass).index(change),
        }

    def _result(self, prefix: str, cell: PageCell | None) -> Json:
        if cell is None:
            return {f"{prefix}{name}": -1 for name in ("status", "outcome", "reason")}
        return {
            f"{prefix}status": self._index("statuses", cell.status),
            f"{prefix}outcome": self._index("outcomes", ", ".join(cell.outcomes)),
            f"{prefix}reason": self._index("reasons", ", ".join(cell.reasons)),
        }

    def _scenario(self, cell: PageCell) -> int:
        index = self.scenarios.index(cell.place[0])
        if index == len(self.scenario_rows):
            file = self._index("files", cell.file)
            self.scenario_rows.append([file, cell.scenario, cell.title, cell.spec, cell.line])
            self.scenario_calls.append({})
        return index

    def _keep_calls(self, *sides: PageCell | None) -> None:
        """A search finds a scenario by what any of its cells calls."""
        for side in filter(None, sides):
            calls = self.scenario_calls[self._scenario(side)]
            calls.update(dict.fromkeys(self._index("calls", call) for call in side.calls))

    def _index(self, table: str, text: str) -> int:
        return self.tables.setdefault(table, Table()).index(text)

    def _end_chunk(self) -> None:
        self.details.append(packed(self.chunk.to_json()))
        self.chunk = DetailChunk()

    def document(
        self,
        sides: Sequence[PageSide],
        notes: Sequence[str],
        assessment: Assessment | None = None,
    ) -> PageDocument:
        """What all of it comes to."""
        if len(self.chunk):
            self._end_chunk()
        causes = [self._cause(number, each) for number, each in enumerate(self._causes())]
        comparison = (
            comparison_of(assessment, self.places, self.advised, self.advice)
            if assessment
            else None
        )
        index: Json = {
            "schema": SCHEMA,
            "harness": __version__,
            "sides": [_side(side) for side in sides],
            **{name: self.tables.get(name, Table()).rows for name in _TABLES},
            "scenarios": [
                [*row, list(calls)]
                for row, calls in zip(self.scenario_rows, self.scenario_calls, strict=True)
            ],
            "cells": self.columns,
            "chunk": CHUNK,
            "causes": causes,
            "comparison": comparison,
            "advice": [advice_to_json(each) for each in self.advice.rows],
            "skips": self.skips.most_common(),
            "known": self.known.most_common(),
            "notes": list(notes),
            "unshown": [sorted(UNSHOWN_REQUEST_HEADERS), sorted(UNSHOWN_RESPONSE_HEADERS)],
        }
        title = " and ".join(side.name for side in sides)
        return PageDocument(title=title, index=index, details=tuple(self.details))

    def _causes(self) -> tuple[Cause, ...]:
        """In the order of the files, so the same in every run."""
        in_order = sorted(self.failed, key=lambda pair: (pair[0].file, pair[0].line, pair[1]))
        self.failed = in_order
        return causes_of(record for record, _ in in_order)

    def _cause(self, number: int, cause: Cause) -> Json:
        of_it = {id(record) for record in cause.cells}
        cells = {id(r): self.places[place] for r, place in self.failed if id(r) in of_it}
        for cell in cells.values():
            self.columns["cause"][cell] = number
        shown = telling(cause.cells)
        return {
            "status": cause.status.value,
            "advice": -1 if cause.advice is None else self.advice.index(cause.advice),
            "cells": list(cells.values()),
            "shown": cells[id(shown)],
            "calls": _once(
                wanted_call(each) for record in cause.cells for each in record.exchanges[-1:]
            ),
            "mismatches": [
                [field_name(each), expected_text(each), found_text(each)]
                for each in shown.mismatches
            ],
            "note": shown.note,
        }


_TABLES = (
    *("files", "servers", "engines", "origins", "statuses", "outcomes", "reasons"),
    "calls",
)


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _side(side: PageSide) -> Json:
    header = side.header
    if header is None:
        engines = side.baseline.engines if side.baseline else ()
        return {
            "name": side.name,
            "is_baseline": True,
            "engines": [{"name": name, "label": label} for name, label in engines],
            "missing": list(side.missing),
        }
    return {
        "name": side.name,
        "harness": header["harness"],
        "os": header["os"],
        "argv": header["argv"],
        "engines": header["engines"],
        "servers": header["servers"],
        "missing": list(side.missing),
    }

"""Tally: the result of every cell in a few words, for the table of results and the summary.

Ten thousand cells stay small: whole records are kept by the journal only.
"""

from collections import Counter
from dataclasses import dataclass, field

from cors_harness.model.cell import CellRecord
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Status

TROUBLE = frozenset({Outcome.FAILED, Outcome.TIMEOUT, Outcome.CRASHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One cell.

    Attributes:
        line, variant: of the scenario in `file`, as of its SourceSpan.
        word: the outcome of the last step (of the last in trouble for an error), or the status
            where there is none.
        skipped_for: why it was skipped; empty where it was not.
        known: the source of its known difference; empty where it has none.
    """

    file: str
    line: int
    variant: int
    scenario: str
    server: str
    engine: str
    status: Status
    word: str
    skipped_for: str = ""
    known: str = ""

    @property
    def name(self) -> str:
        """As `Cell.node_id`."""
        return f"{self.file}::{self.scenario}[{self.server}-{self.engine}]"

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sort key: as in the files, then by name; the same whatever order cells finish in."""
        return self.file, self.line, self.variant, self.scenario, self.server


@dataclass(slots=True)
class Tally:
    """What has finished so far.

    Attributes:
        statuses: number of cells by status.
        skips: number of skipped cells by reason.
        known: number of known differences by source.
    """

    rows: list[Row] = field(default_factory=list)
    statuses: Counter[Status] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    known: Counter[str] = field(default_factory=Counter)

    def add(self, record: CellRecord) -> Row:
        """Counts one finished cell."""
        row = _row(record)
        self.rows.append(row)
        self.statuses[row.status] += 1
        if row.status is Status.SKIPPED:
            self.skips[row.skipped_for] += 1
        if row.known:
            self.known[row.known] += 1
        return row

    def summary(self) -> dict[str, int]:
        """The counts under their names in the `--json` document."""
        return {
            "cells": self.statuses.total(),
            "as_expected": self.statuses[Status.AS_EXPECTED],
            "unexpected": self.statuses[Status.UNEXPECTED],
            "known": self.statuses[Status.KNOWN_DIFFERENCE],
            "skipped": self.statuses[Status.SKIPPED],
            "errors": self.statuses[Status.ERROR],
        }


def _row(record: CellRecord) -> Row:
    source = record.cell.scenario.source
    return Row(
        file=source.file,
        line=source.line,
        variant=source.variant,
        scenario=record.cell.scenario.id,
        server=record.cell.server,
        engine=record.cell.engine,
        status=record.verdict.status,
        word=_word(record),
        skipped_for=record.verdict.note if record.verdict.status is Status.SKIPPED else "",
        known=record.verdict.known or "",
    )


def _word(record: CellRecord) -> str:
    outcomes = [step.outcome for step in record.verdict.steps]
    if record.verdict.status is Status.ERROR:
        outcomes = [outcome for outcome in outcomes if outcome in TROUBLE]
    return outcomes[-1].value if outcomes else record.verdict.status.value

"""RecordedRun: the events of a run that journals have, as if it happened now."""

import dataclasses
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from cors_harness import __version__
from cors_harness.advice.run_adviser import RunAdviser
from cors_harness.errors import UsageError
from cors_harness.model.cell import Cell, CellRecord, RecordedCell
from cors_harness.model.events import (
    CellFinished,
    EngineVersion,
    Event,
    RunAdvised,
    RunStarted,
    ServerVersion,
)
from cors_harness.model.verdict import Status, StepResult, Verdict
from cors_harness.planning.plan import Plan
from cors_harness.run.hidden_record import hidden_record, stated_secrets
from cors_harness.store.codec import Json
from cors_harness.store.journal_parts import JournalParts
from cors_harness.store.kept_secrets import KEEPS_SECRETS
from cors_harness.store.merged_header import check_same_run
from cors_harness.store.part_codec import part_to_json
from cors_harness.terms.fingerprints import Fingerprints

FIT = "give the options of the run, and take the commit that it ran on"


class RecordedRun:
    """Journals, read together with the scenarios that they are of.

    Attributes:
        parts: the journals.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        plan: Plan,
        argv: Sequence[str],
        fingerprints: Fingerprints | None = None,
    ) -> None:
        """Opens the journals.

        Args:
            paths: journals, or folders of them.
            plan: all of what the command line means, of which they are.
            argv: the command line.
            fingerprints: stand for secrets that they have; None: those are kept.

        Raises:
            UsageError: they cannot be read together, see JournalParts, or are of another plan.
        """
        self.parts, self._fingerprints = JournalParts(paths), fingerprints
        try:
            _check_fit(", ".join(map(str, paths)), self.parts, plan, argv)
        except UsageError:
            self.close()
            raise
        planned = [*plan.cells, *(skip.cell for skip in plan.skips)]
        # Folders differ from machine to machine; where ids do not, they are enough.
        self._cells = {cell.id: cell for cell in planned} | {c.node_id: c for c in planned}

    def events(self) -> Generator[Event]:
        """What a run of all of it would have told; advice is by all of its cells together."""
        started = _started(self.parts.header, self.parts.cells)
        fingerprints = self._fingerprints
        known = stated_secrets(self._cells.values(), fingerprints) if fingerprints else None
        adviser = RunAdviser({server.name: server.made_of for server in started.servers})
        yield started
        kept: set[str] = set()
        for recorded in self.parts.records():
            cell = self._cell(recorded)
            if cell is None:  # --only leaves it out
                continue
            record = _record(recorded, cell)
            if _is_whole(record):
                record = adviser.advised(record)
            else:
                kept.add(cell.node_id)
            yield CellFinished(record=hidden_record(record, fingerprints, known))
        yield from _advised(adviser, kept)

    @property
    def header(self) -> Json:
        """That of the journals, as it is true of what `events` gives."""
        is_hidden = self._fingerprints is not None
        header = self.parts.header
        return {k: v for k, v in header.items() if not (is_hidden and k == KEEPS_SECRETS)}

    def close(self) -> None:
        """Closes the journals; idempotent."""
        self.parts.close()

    def _cell(self, recorded: RecordedCell) -> Cell | None:
        short = f"{recorded.scenario}[{recorded.server}-{recorded.engine}]"
        return self._cells.get(recorded.cell) or self._cells.get(short)


def _check_fit(names: str, parts: JournalParts, plan: Plan, argv: Sequence[str]) -> None:
    """Raises UsageError where journals are not of this plan."""
    if parts.part is None:
        raise UsageError(
            f"{names}: does not say which plan it is of: an older cors-harness wrote it\n"
            "  run it again"
        )
    here = {"harness": __version__, "argv": argv, "engines": [], "servers": []}
    if plan.part:
        here |= part_to_json(dataclasses.replace(plan.part, shards=()))
    check_same_run([(names, parts.header), ("this command", here)], FIT)


def _started(header: Json, cells: int) -> RunStarted:
    servers = (
        ServerVersion(
            name=server["name"],
            versions=tuple(server["versions"].items()),
            frameworks=tuple(server["frameworks"]) if "frameworks" in server else None,
        )
        for server in header["servers"]
    )
    return RunStarted(
        engines=tuple(map(_engine, header["engines"])),
        servers=tuple(servers),
        os=header["os"],
        cells=cells,
    )


def _engine(facts: Json) -> EngineVersion:
    known = (field.name for field in dataclasses.fields(EngineVersion))
    return EngineVersion(**{name: facts[name] for name in known if name in facts})


def _is_whole(record: CellRecord) -> bool:
    """Whether advice can be given anew: a journal does not have why a step could not begin."""
    ran, planned = len(record.observations), len(record.cell.scenario.steps)
    return record.verdict.status is not Status.SKIPPED and ran == planned


def _advised(adviser: RunAdviser, kept: set[str]) -> Iterator[Event]:
    advised = adviser.revised()
    if advised is not None:
        advice = tuple(pair for pair in advised.advice if pair[0] not in kept)
        yield RunAdvised(advice=advice, hints=advised.hints)


def _record(recorded: RecordedCell, cell: Cell) -> CellRecord:
    """The record that `model.cell.recorded` made a line of."""
    same = {
        field.name: getattr(recorded, field.name)
        for field in dataclasses.fields(CellRecord)
        if field.name not in {"cell", "observations", "verdict"}
    }
    return CellRecord(
        cell=cell,
        observations=tuple(step.observation for step in recorded.steps),
        verdict=_verdict(recorded),
        **same,
    )


def _verdict(recorded: RecordedCell) -> Verdict:
    results = (
        StepResult(outcome=step.outcome, reason=step.reason)
        for step in recorded.steps
        if step.outcome is not None
    )
    return Verdict(
        status=recorded.status,
        mismatches=recorded.mismatches,
        steps=tuple(results),
        known=recorded.known,
        note=recorded.note,
        caveats=recorded.caveats,
        held_back=recorded.held_back,
        no_result=recorded.no_result,
    )

"""Cell: scenario x server x engine, the unit that runs and gets a verdict."""

from dataclasses import dataclass

from cors_harness.model.advice import Advice
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Observation
from cors_harness.model.scenario import Outcome, Scenario
from cors_harness.model.verdict import Caveat, HeldBackCookie, Mismatch, Reason, Status, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One scenario on one server in one engine.

    Attributes:
        server: name of the server, `APP@DEPLOYMENT` where an app is deployed.
        acts_as: name of the server whose exceptions hold for this one too; empty: its own only.
    """

    scenario: Scenario
    server: str
    engine: str
    acts_as: str = ""

    @property
    def id(self) -> str:
        """Name within its file, such as `put-json-allowed[flask-cors-webkit]`."""
        return f"{self.scenario.id}[{self.server}-{self.engine}]"

    @property
    def node_id(self) -> str:
        """Name for pytest and `--cell`, such as `scenarios/preflight.yaml::ID`."""
        return f"{self.scenario.source.file}::{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A cell that does not run, and why.

    Attributes:
        is_missing: whether that is for want of something on this machine: it may run on another.
    """

    cell: Cell
    reason: str
    is_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """One finished cell.

    Attributes:
        page: the origin that calls are made from, serialized: the page's, or `null` in a sandboxed
            frame; empty for a skipped cell.
        placeholders: (name, origin) of `page`, `server`, `other`, `third` as far as they are on
            ports that the run chose; those that are real origins are not among them.
        unique: what stood for `{unique}`; empty where its steps name none.
        step_values: (placeholder without braces, value) of what an earlier step brought for the
            path of a later one.
        step_paths: (index of the step, path) of those later ones, these placeholders in the path.
        exchanges: in wire order, over all steps.
        observations: one for each step that ran; empty for a skipped cell.
        advice: what to change where the cell was meant to be allowed and was not.
        isolated: why the cell ran by itself, in a browser context of its own, where neither its
            scenario nor the run asked for that; empty: it did not.
        app_output: lines that the user's server wrote while calls of the cell were under way, and
            perhaps others; only where there is something to explain.
    """

    cell: Cell
    exchanges: tuple[Exchange, ...]
    observations: tuple[Observation, ...]
    verdict: Verdict
    page: str = ""
    placeholders: tuple[tuple[str, str], ...] = ()
    unique: str = ""
    step_values: tuple[tuple[str, str], ...] = ()
    step_paths: tuple[tuple[int, str], ...] = ()
    advice: Advice | None = None
    isolated: str = ""
    app_output: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One step of a cell that ran; outcome and reason are None where it was not judged."""

    observation: Observation
    outcome: Outcome | None
    reason: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCell:
    """One finished cell as a journal has it: without its scenario, which may have changed since.

    Attributes:
        cell: as `Cell.node_id`.
        scenario, title, spec: of the scenario, `scenario` its id.
        file, line: where the scenario stood.
        page, placeholders, unique, step_values, step_paths, exchanges, advice, isolated,
            app_output: as in
            CellRecord.
        steps: those that ran.
        status, mismatches, known, note, caveats, held_back, no_result: as in Verdict.
    """

    cell: str
    scenario: str
    server: str
    engine: str
    title: str
    spec: str
    file: str
    line: int
    page: str
    placeholders: tuple[tuple[str, str], ...]
    exchanges: tuple[Exchange, ...]
    steps: tuple[RecordedStep, ...]
    status: Status
    mismatches: tuple[Mismatch, ...] = ()
    known: str | None = None
    note: str = ""
    no_result: bool = False
    unique: str = ""
    step_values: tuple[tuple[str, str], ...] = ()
    step_paths: tuple[tuple[int, str], ...] = ()
    advice: Advice | None = None
    caveats: tuple[Caveat, ...] = ()
    held_back: tuple[HeldBackCookie, ...] = ()
    isolated: str = ""
    app_output: tuple[str, ...] = ()


def skipped(cell: Cell, reason: str) -> CellRecord:
    """The record of a cell that does not run."""
    verdict = Verdict(status=Status.SKIPPED, note=reason)
    return CellRecord(cell=cell, exchanges=(), observations=(), verdict=verdict)


def recorded(record: CellRecord) -> RecordedCell:
    """What a journal would have of a cell that has just finished."""
    cell, verdict = record.cell, record.verdict
    results = (*verdict.steps, *[None] * len(record.observations))
    return RecordedCell(
        cell=cell.node_id,
        scenario=cell.scenario.id,
        server=cell.server,
        engine=cell.engine,
        title=cell.scenario.title,
        spec=cell.scenario.spec,
        file=cell.scenario.source.file,
        line=cell.scenario.source.line,
        page=record.page,
        placeholders=record.placeholders,
        exchanges=record.exchanges,
        steps=tuple(
            RecordedStep(
                observation=observation,
                outcome=result.outcome if result else None,
                reason=result.reason if result else None,
            )
            for observation, result in zip(record.observations, results, strict=False)
        ),
        status=verdict.status,
        mismatches=verdict.mismatches,
        known=verdict.known,
        note=verdict.note,
        no_result=verdict.no_result,
        unique=record.unique,
        step_values=record.step_values,
        step_paths=record.step_paths,
        advice=record.advice,
        caveats=verdict.caveats,
        held_back=verdict.held_back,
        isolated=record.isolated,
        app_output=record.app_output,
    )

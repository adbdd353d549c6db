"""`cors-harness check`: runs cells and compares what browsers do with what was accepted."""

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.options import (
    Command,
    add_executable,
    add_remote,
    add_selection,
    invocation_of,
)
from cors_harness.cli.outputs import (
    ChangesAnswer,
    Outputs,
    add_change_outputs,
    outputs_of,
    write_changes,
)
from cors_harness.cli.record import picking_argv, record_argv, record_command
from cors_harness.cli.run_recorder import (
    RunRecorder,
    add_journal,
    add_recorded,
    add_run_options,
    run_request,
)
from cors_harness.errors import UsageError
from cors_harness.model.events import CellFinished, Event, RunStarted
from cors_harness.settings.invocation import GivenOptions, Invocation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from cors_harness.changes.assessment import AdviceKey, Assessment
    from cors_harness.changes.coverage import Coverage, CoveredEntry
    from cors_harness.cli.compared_side import ComparedSide
    from cors_harness.model.advice import Advice
    from cors_harness.model.cell import CellRecord

DESCRIPTION = """\
Runs scenarios as `run` does and compares what the browsers do with the baseline that `record`
wrote. Every change has a class: widened (more is allowed: an origin, a method, a header,
credentials, reading a response, or a refused request is carried out), narrowed (less is allowed),
costlier (more preflights), cheaper (fewer), engine-changed (the browser has another version, the
server has not changed), cosmetic (requests or headers differ, what pages get does not)."""

EXAMPLES = """\
examples:
  cors-harness check                                  everything, against ./scenarios
  cors-harness check orders.yaml --app shop:app --page-origin https://app.example.com
  cors-harness check --browser chromium               one browser: quick, before every commit
  cors-harness check --fail-on widened,narrowed       what fails (default: widened)
  cors-harness check --fail-on any --junit cors.xml --markdown cors.md
  cors-harness check --json > changes.json            one JSON document on stdout
  cors-harness check --shard 2/5                      the second of five parts, and no other
  cors-harness check --from shards/                   what all parts have recorded; runs nothing

If GITHUB_STEP_SUMMARY names a file, as in GitHub Actions, the Markdown is added to it.

exit status: 0 as accepted, 1 a change of a class that fails or an entry that is missing or stale,
2 wrong usage or no baseline, 3 a cell came to no result or a part is missing, 130
interrupted"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `check`."""
    add_selection(parser)
    add_executable(parser)
    add_remote(parser)
    how = parser.add_argument_group("how to run")
    add_run_options(how)
    add_recorded(how)
    group = parser.add_argument_group("what to compare with, to show and to keep")
    group.add_argument(
        "--baseline",
        metavar="FILE",
        type=Path,
        help="what was accepted (default: cors-baseline.txt beside the scenarios)",
    )
    add_change_outputs(group)
    add_journal(group)


def execute(args: argparse.Namespace) -> int:
    """Runs the cells and compares; returns the exit status."""
    return _check(invocation_of(args), outputs_of(args))


def _check(invocation: Invocation, outputs: Outputs) -> int:
    from cors_harness.cli.accepted_baseline import baseline_file, coverage_of
    from cors_harness.cli.compared_side import require_results, side_of_run
    from cors_harness.reports.html.document import PageSide

    file = baseline_file(invocation, "--baseline")
    before = _accepted_side(invocation.options, file)
    request = run_request(invocation)
    advice = AdviceCollector(file.parent)
    with closing(RunRecorder(request, advice, judged=False)) as recorder:
        recorder.run()
        records = tuple(recorder.journal.cells())
        missing = recorder.missing
        after = side_of_run("this run", recorder.header, records, file.parent, missing)
    if not request.is_empty_shard:
        require_results(after)
    coverage = coverage_of(invocation.options, request.plan, file.parent)
    result = _assessment(invocation, before, after, coverage)
    result = replace(result, advice=advice.by_step(result.mended_places))
    sides = (
        PageSide(name=before.name, baseline=before.baseline),
        PageSide(
            name=after.name,
            header=recorder.header,
            records=records,
            folder=file.parent,
            options=invocation.options.rerun_argv(),
            missing=missing,
        ),
    )
    answer = ChangesAnswer(
        assessment=result, before=before.baseline, after=after.baseline, sides=sides
    )
    write_changes(outputs, answer)
    return result.status


def _accepted_side(options: GivenOptions, file: Path) -> "ComparedSide":
    from cors_harness.cli.compared_side import ComparedSide
    from cors_harness.store.baseline_reading import read_baseline

    if not file.exists():
        command = record_command(options)
        raise UsageError(f"{file}: there is no baseline yet\n  accept what browsers do: {command}")
    return ComparedSide(name=str(file), baseline=read_baseline(file))


def _assessment(
    invocation: Invocation, before: "ComparedSide", after: "ComparedSide", coverage: "Coverage"
) -> "Assessment":
    from cors_harness.changes.assessment import Acceptance
    from cors_harness.changes.compare import compare
    from cors_harness.cli.compared_side import assessment

    ran = [name for name, _ in after.baseline.engines]
    covered = coverage.but(after.without | _not_there(after, coverage)).covers
    return assessment(
        before,
        after,
        compare(before.baseline, after.baseline, covered=covered, engines=ran),
        fail_on=invocation.fail_on,
        acceptance=Acceptance(
            words=record_argv(invocation.options, ran),
            picks=picking_argv(invocation.options),
            known=frozenset(name for name, _ in coverage.cells),
        ),
    )


def _not_there(after: "ComparedSide", coverage: "Coverage") -> "frozenset[CoveredEntry]":
    """What journals lack of a run whose parts are not all there: nothing of it is stale."""
    if not any(trouble.is_of_run for trouble in after.troubles):
        return frozenset()
    entries = after.baseline.entries
    return coverage.cells - {(entry.name, name) for entry in entries for name, _ in entry.engines}


class AdviceCollector:
    """Listens to a run and knows how each call that is blocked, or let in, would be mended.

    All of them, as only the comparison tells what was otherwise before; by the whole run, so it is
    asked when that has ended.
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: of the baseline."""
        from cors_harness.advice.neighbourhood import Neighbourhoods

        self._folder = folder
        self._records: list[CellRecord] = []
        self._neighbours = Neighbourhoods()
        self._distributions: dict[str, tuple[str, ...]] = {}

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""
        match event:
            case RunStarted():
                self._distributions = {server.name: server.made_of for server in event.servers}
            case CellFinished(record=record):
                self._neighbours.add(record)
                self._records.append(record)
            case _:
                pass

    def by_step(
        self, places: "Collection[AdviceKey] | None" = None
    ) -> "Mapping[AdviceKey, Advice]":
        """Advice by entry, engine and step; of these places only, where they are given."""
        return {
            key: advice
            for record in self._records
            for key, advice in self._of_record(record, places)
        }

    def _of_record(
        self, record: "CellRecord", places: "Collection[AdviceKey] | None"
    ) -> "Iterator[tuple[AdviceKey, Advice]]":
        from cors_harness.advice.advise import advise
        from cors_harness.changes.coverage import place_of

        name, engine = place_of(record.cell, self._folder)
        distributions = self._distributions.get(record.cell.server, ())
        neighbours = self._neighbours.of(record.cell.server)
        for step in range(len(record.observations)):
            key = name, engine, step
            if (places is None or key in places) and (
                advice := advise(record, distributions, neighbours, step=step)
            ):
                yield key, advice


COMMAND = Command(
    name="check",
    summary="run scenarios and compare what browsers do with what was accepted",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

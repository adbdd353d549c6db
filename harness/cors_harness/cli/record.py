"""`cors-harness record`: runs cells and accepts what browsers do as the baseline of `check`."""

import argparse
import shlex
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.options import (
    Command,
    add_executable,
    add_remote,
    add_selection,
    invocation_of,
)
from cors_harness.cli.run_recorder import (
    CommandEndedEarly,
    LostEngines,
    RunRecorder,
    RunRequest,
    add_journal,
    add_recorded,
    add_run_options,
    run_request,
)
from cors_harness.cli.saying import say, tell
from cors_harness.errors import HarnessError, NothingSelected, UsageError
from cors_harness.model.change import EntryName
from cors_harness.settings.invocation import GivenOptions, Invocation
from cors_harness.terms.secrets import redacted
from cors_harness.text.problems import did_you_mean

if TYPE_CHECKING:
    from cors_harness.changes.acceptance import Accepted
    from cors_harness.changes.coverage import Coverage
    from cors_harness.cli.accepted_baseline import AcceptedBaseline
    from cors_harness.cli.compared_side import ComparedSide

MOST_REASONS = 5

DESCRIPTION = """\
Runs scenarios as `run` does and accepts what the browsers do: writes it to the baseline that
`check` compares with, a text file to review and to commit with the scenarios. Recording again
without a change gives the same bytes. Entries that the options leave out stay as they are."""

EXAMPLES = """\
examples:
  cors-harness record                                 everything, to scenarios/cors-baseline.txt
  cors-harness record orders.yaml --app shop:app --page-origin https://app.example.com
  cors-harness record orders.yaml --app shop:app --only orders-put    accept this scenario only
  cors-harness record --only 'orders-*' --only 'users-get[flask-cors]'
  cors-harness record --browser firefox               accept a new version of one browser
  cors-harness record a/ b/ --out cors-baseline.txt
  cors-harness record --from shards/                  accept what all parts have recorded

exit status: 0 written, 2 wrong usage or a baseline that cannot be read, 3 the harness, a browser or
a cell failed or a browser is missing, 130 interrupted; nothing is written but with status 0"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `record`."""
    add_selection(parser)
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        default=[],
        help="run and accept only this, repeatable, and leave the rest of the baseline as it is: a "
        "scenario, FILE::ID, a pattern ('orders-*'), each with or without [SERVER], or a cell; "
        "an entry whose scenario is gone is removed",
    )
    add_executable(parser)
    add_remote(parser)
    how = parser.add_argument_group("how to run")
    add_run_options(how, allow_missing=False)
    add_recorded(how)
    group = parser.add_argument_group("what to keep")
    group.add_argument(
        "--out",
        metavar="FILE",
        dest="baseline",
        type=Path,
        help="the baseline (default: cors-baseline.txt beside the scenarios)",
    )
    add_journal(group)


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecordJob:
    """A run, and the baseline file that accepts it.

    Attributes:
        file: the baseline.
        before: what is accepted already.
        coverage: for what of it the run speaks.
    """

    file: Path
    before: "AcceptedBaseline"
    request: RunRequest
    coverage: "Coverage"

    @property
    def unwritten(self) -> str:
        """What becomes of the file where nothing is accepted."""
        from cors_harness.cli.accepted_baseline import AcceptedBaseline

        is_there = self.before != AcceptedBaseline()
        return f"{self.file} {'stays as it was' if is_there else 'is not written'}"


def execute(args: argparse.Namespace) -> int:
    """Runs the cells and writes the baseline; returns the exit status."""
    return _record(invocation_of(args), args.only)


def _record(invocation: Invocation, only: Sequence[str]) -> int:
    from cors_harness.changes.acceptance import accepted
    from cors_harness.store.baseline_writing import write_baseline

    job = _record_job(invocation, only)
    if job.request.is_empty_shard:
        say(f"nothing to run in shard {invocation.shard}: {job.unwritten}")
        return 0
    try:
        after = _run(job)
    except CommandEndedEarly as end:
        raise CommandEndedEarly(f"{end.message}\n{job.unwritten}", end.exit_status) from end
    covers = job.coverage.but(after.without).covers
    result = accepted(job.before.baseline, after.baseline, covers)
    write_baseline(job.file, result.baseline)
    if job.before.damage:
        tell(f"{job.before.damage}\n{job.file} is written anew")
    _show(job, after, result)
    return 0


def _record_job(invocation: Invocation, only: Sequence[str]) -> _RecordJob:
    from cors_harness.changes.entry_patterns import read_only
    from cors_harness.cli.accepted_baseline import baseline_file, coverage_of, narrowed_plan

    file = baseline_file(invocation, "--out")
    request = run_request(invocation)
    coverage = coverage_of(invocation.options, request.plan, file.parent)
    before = _accepted_before(invocation.options, only, file, coverage)
    if only and before.baseline:
        columns = {*invocation.selection.engines, *(n for n, _ in before.baseline.engines)}
        patterns = [read_only(name, columns) for name in only]
        part = narrowed_plan(patterns, request.plan, coverage, before.baseline)
        if part.unknown:
            where = f" in shard {invocation.shard}" if invocation.shard else ""
            lines = (_unknown(name, where, part.names) for name in part.unknown)
            raise NothingSelected("\n".join(lines))
        request, coverage = replace(request, plan=part.plan), part.coverage
    return _RecordJob(file=file, before=before, request=request, coverage=coverage)


def _accepted_before(
    options: GivenOptions, only: Sequence[str], file: Path, coverage: "Coverage"
) -> "AcceptedBaseline":
    from cors_harness.cli.accepted_baseline import accepted_before

    picked = (only, options.cells, options.keyword, options.servers, options.browsers)
    is_part = options.shard or any(picked)
    before = accepted_before(file, None if is_part else coverage.reaches)
    if only and before.baseline is None:
        raise UsageError(
            f"--only: {file} is not there yet, so there is nothing to leave as it is\n"
            f"  accept everything first: {record_command(options)}"
        )
    return before


def _unknown(name: str, where: str, names: Sequence[str]) -> str:
    return f"--only: nothing{where} is called {name!r}{did_you_mean(name, names, '; ')}"


def _run(job: _RecordJob) -> "ComparedSide":
    """The records of the run; raises CommandEndedEarly where nothing may be accepted."""
    from cors_harness.cli.compared_side import ComparedSide, side_of_run

    accepted = job.before.baseline
    if accepted and not (job.request.plan.cells or job.request.plan.skips):
        return ComparedSide(name="no run", baseline=replace(accepted, entries=()))
    lost = LostEngines()
    with closing(RunRecorder(job.request, lost, judged=False)) as recorder:
        recorder.run()
        records = tuple(recorder.journal.cells())
        missing = recorder.missing
        after = side_of_run("this run", recorder.header, records, job.file.parent, missing)
    if reasons := refusals(after, lost.sentences, job.before.named):
        raise CommandEndedEarly(_not_accepted(reasons), HarnessError.exit_status)
    return after


def refusals(
    side: "ComparedSide", lost_engines: Sequence[str], named: Collection[EntryName] = ()
) -> tuple[str, ...]:
    """Why a run is not accepted, a sentence each; none where it can be.

    `named`: entries of a baseline that is damaged, so that what is skipped cannot stay as it was.
    """
    without_result = (f"{trouble.cell}: {trouble.why}" for trouble in side.troubles)
    lost = sorted({name for name, _ in side.without}.intersection(named))
    would_be_lost = (f"{name}[{server}]: skipped, so it would be lost" for name, server in lost)
    reasons = (*lost_engines, *without_result, *would_be_lost)
    return reasons if reasons or side.baseline.entries else side.skips


def _not_accepted(reasons: Sequence[str]) -> str:
    more = len(reasons) - MOST_REASONS
    lines = [*reasons[:MOST_REASONS], *([f"and {more} more"] if more > 0 else [])]
    first = "cors-harness: error: nothing is accepted, as not every cell came to a result"
    return "\n  ".join((first, *lines))


def _show(job: _RecordJob, after: "ComparedSide", result: "Accepted") -> None:
    from cors_harness.changes.compare import compare
    from cors_harness.reports.record_summary import accepted_lines
    from cors_harness.reports.styled_text import answers, show

    accepted = job.before.baseline
    comparison = compare(accepted, result.baseline) if accepted else None
    show(answers(), accepted_lines(str(job.file), result, comparison))
    show(answers(), (((f"  note: {remark}", "yellow"),) for remark in after.remarks))


# The command, as messages print it


def record_command(options: GivenOptions) -> str:
    """What to type to accept all that a command runs, for a shell and without passwords."""
    return shlex.join(map(redacted, record_argv(options)))


def record_argv(options: GivenOptions, ran: Sequence[str] = ()) -> tuple[str, ...]:
    """`cors-harness record` for the same scenarios, servers, browsers and baseline.

    Without -k, --cell and --shard, see `picking_argv`.

    Args:
        options: of a command that runs cells.
        ran: the browsers of the run; those that were missing and allowed to be are left out, as
            `record` knows no --allow-missing.
    """
    repeated = {
        "--browser": ran if ran and options.allow_missing else options.browsers,
        "--browser-executable": options.executables,
        "--server": options.servers,
    }
    pairs = ((name, value) for name, values in repeated.items() for value in values)
    selected = (text for pair in pairs for text in pair)
    isolated = ("--isolated",) if options.isolated else ()
    driver = ("--driver", options.driver) if options.driver else ()
    out = ("--out", str(options.baseline)) if options.baseline else ()
    paths = map(str, options.paths)
    return (
        "cors-harness",
        "record",
        *paths,
        *options.rerun_argv(),
        *selected,
        *driver,
        *isolated,
        *out,
    )


def picking_argv(options: GivenOptions) -> tuple[str, ...]:
    """-k, --cell, --shard again: with them `record` accepts no cell that the run did not have."""
    keyword = ("-k", options.keyword) if options.keyword else ()
    shard = ("--shard", options.shard) if options.shard else ()
    return (*keyword, *shard, *(text for cell in options.cells for text in ("--cell", cell)))


COMMAND = Command(
    name="record",
    summary="run scenarios and accept what browsers do, for check to compare with",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

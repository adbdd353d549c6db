"""`cors-harness record`: runs cells and accepts what browsers do as the baseline of `check`."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.changes.entry_patterns import read_only
from cors_harness.cli.coverage import Coverage, coverage_of
from cors_harness.cli.only import NarrowedPlan, narrowed
from cors_harness.cli.options import Command, add_executable, add_selection
from cors_harness.cli.run_recorder import (
    Losses,
    RunRecorder,
    RunRequest,
    add_journal,
    add_ways,
    planned,
)
from cors_harness.engine_kinds.table import ENGINE_NAMES
from cors_harness.errors import HarnessError, NothingSelected, UsageError
from cors_harness.model.change import EntryName
from cors_harness.reports.styled_text import answers, show
from cors_harness.text.nearest import nearest

if TYPE_CHECKING:
    from cors_harness.changes.acceptance import Accepted
    from cors_harness.cli.accepted_baseline import AcceptedBaseline
    from cors_harness.cli.compared_side import ComparedSide

MOST_ERRORS = 5

DESCRIPTION = """\
Runs scenarios as `run` does and accepts what the browsers do: writes it to the baseline that
`check` compares with, text to be read in a review and kept with the scenarios. Recording again
without a change gives the same bytes. What the options leave out stays in it as it is."""

EXAMPLES = """\
examples:
  cors-harness record                                 everything, to scenarios/cors-baseline.txt
  cors-harness record orders.yaml --app shop:app --page-origin https://app.example.com
  cors-harness record orders.yaml --app shop:app --only orders-put    accept this scenario only
  cors-harness record --only 'orders-*' --only 'users-get[flask-cors]'
  cors-harness record --browser firefox               accept a new version of one browser
  cors-harness record a/ b/ --out cors-baseline.txt

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
        help="run and accept just this, repeatable, and leave the rest of the baseline as it is: a "
        "scenario, FILE::ID, a pattern ('orders-*'), any with [SERVER] behind it, or a cell; a "
        "name that nothing runs any more is removed",
    )
    add_executable(parser)
    add_ways(parser.add_argument_group("how to run"), allow_missing=False)
    group = parser.add_argument_group("what to keep")
    group.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="the baseline (default: cors-baseline.txt beside the scenarios)",
    )
    add_journal(group)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """What is to be run, and accepted where.

    Attributes:
        before: what is accepted already.
        coverage: for what of it the run speaks.
    """

    place: Path
    before: "AcceptedBaseline"
    what: RunRequest
    coverage: Coverage


def execute(args: argparse.Namespace) -> int:
    """Runs the cells and writes the baseline; returns the exit status."""
    from cors_harness.changes.acceptance import accepted
    from cors_harness.cli.accepted_baseline import AcceptedBaseline
    from cors_harness.store.baseline import write_baseline

    job = _job(args)
    ran = _ran(args, job)
    if isinstance(ran, int):
        there = job.before != AcceptedBaseline()
        print(f"{job.place} {'stays as it was' if there else 'is not written'}", file=sys.stderr)
        return ran
    speaks_for = job.coverage.but(ran.without).speaks_for
    result = accepted(job.before.baseline, ran.baseline, speaks_for)
    write_baseline(job.place, result.baseline)
    if job.before.damage:
        print(f"{job.before.damage}\n{job.place} is written anew", file=sys.stderr)
    _tell(job, ran, result)
    return 0


def _job(args: argparse.Namespace) -> _Job:
    from cors_harness.cli.accepted_baseline import baseline_place

    place = baseline_place(args, args.out, "--out")
    what = planned(args)
    coverage = coverage_of(args, what.plan, place.parent)
    before = _before(args, place, coverage)
    if args.only and (old := before.baseline):
        only = [read_only(text, ENGINE_NAMES) for text in args.only]
        part = _checked(narrowed(only, what.plan, coverage, old))
        what, coverage = replace(what, plan=part.plan), part.coverage
    return _Job(place=place, before=before, what=what, coverage=coverage)


def _before(args: argparse.Namespace, place: Path, coverage: Coverage) -> "AcceptedBaseline":
    from cors_harness.cli.accepted_baseline import accepted_before, record_words

    picked = args.only or args.cell or args.keyword or args.server or args.browser
    before = accepted_before(place, None if picked else coverage.reaches)
    if args.only and before.baseline is None:
        command = shlex.join(record_words(args, args.out))
        raise UsageError(
            f"--only: {place} is not there yet, so there is nothing to leave as it is\n"
            f"  accept everything first: {command}"
        )
    return before


def _checked(part: NarrowedPlan) -> NarrowedPlan:
    """Raises NothingSelected where a name means neither a cell nor what is gone."""
    if part.unknown:
        raise NothingSelected("\n".join(_unknown(name, part.names) for name in part.unknown))
    return part


def _unknown(name: str, names: Sequence[str]) -> str:
    near = nearest(name, names)
    return f"--only: nothing is called {name!r}" + (f"; did you mean {near!r}?" if near else "")


def _ran(args: argparse.Namespace, job: _Job) -> "ComparedSide | int":
    """What the cells came to, or the exit status where nothing may be accepted."""
    from cors_harness.cli.compared_side import ComparedSide, side_of_run

    old = job.before.baseline
    if old and not (job.what.plan.cells or job.what.plan.skips):
        return ComparedSide(name="no run", baseline=replace(old, entries=()))
    losses = Losses()
    with closing(RunRecorder(args, losses, judged=False)) as keeper:
        cut_short = keeper.run(job.what)
        if cut_short is not None:
            return cut_short
        records = tuple(keeper.journal.records())
        ran = side_of_run("this run", keeper.header, records, job.place.parent)
    return _refused(ran, losses, job.before.named) or ran


def _refused(ran: "ComparedSide", losses: Losses, named: frozenset[EntryName] = frozenset()) -> int:
    """Says why a run is not accepted; 0 where it can be.

    `named`: entries of a baseline that is damaged, so that what is skipped cannot stay as it was.
    """
    reasons = [*losses.lost, *(f"{each.cell}: {each.why}" for each in ran.troubles)]
    lost = sorted(named.intersection(name for name, _ in ran.without))
    reasons += [f"{name}[{server}]: skipped, so it would be lost" for name, server in lost]
    if not reasons and not ran.baseline.entries:
        reasons = list(ran.skips)
    if not reasons:
        return 0
    more = len(reasons) - MOST_ERRORS
    shown = [*reasons[:MOST_ERRORS], *([f"and {more} more"] if more > 0 else [])]
    lines = ("cors-harness: error: nothing is accepted, as not every cell came to a result", *shown)
    print("\n  ".join(lines), file=sys.stderr)
    return HarnessError.exit_status


def _tell(job: _Job, ran: "ComparedSide", result: "Accepted") -> None:
    from cors_harness.changes.compare import compare
    from cors_harness.reports.record_summary import accepted_lines

    old = job.before.baseline
    compared = compare(old, result.baseline) if old else None
    show(answers(), accepted_lines(str(job.place), result, compared))
    show(answers(), (((f"  note: {remark}", "yellow"),) for remark in ran.remarks))


COMMAND = Command(
    name="record",
    summary="run scenarios and accept what browsers do, for check to compare with",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

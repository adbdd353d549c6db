"""`cors-harness record`: runs cells and accepts what browsers do as the baseline of `check`."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.changes.only import read_only
from cors_harness.cli.coverage import Coverage, coverage_of
from cors_harness.cli.narrowing import Narrowed, narrowed
from cors_harness.cli.options import Command, add_executable, add_selection
from cors_harness.cli.running import Keeper, Losses, Planned, add_journal, add_ways, planned
from cors_harness.engines.found import ENGINE_NAMES
from cors_harness.errors import HarnessError, NothingSelected, UsageError
from cors_harness.model.baseline import Baseline
from cors_harness.reports.consoles import answers, show
from cors_harness.terms.nearest import nearest

if TYPE_CHECKING:
    from cors_harness.changes.accepting import Accepted
    from cors_harness.cli.side import Side

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
        old: the baseline before; None: there is none.
        coverage: for what of it the run speaks.
    """

    place: Path
    old: Baseline | None
    what: Planned
    coverage: Coverage


def execute(args: argparse.Namespace) -> int:
    """Runs the cells and writes the baseline; returns the exit status."""
    from cors_harness.changes.accepting import accepted
    from cors_harness.store.baseline import write_baseline

    job = _job(args)
    ran = _ran(args, job)
    if isinstance(ran, int):
        print(f"{job.place} {'stays as it was' if job.old else 'is not written'}", file=sys.stderr)
        return ran
    result = accepted(job.old, ran.baseline, job.coverage.speaks_for)
    write_baseline(job.place, result.baseline)
    _tell(job, ran, result)
    return 0


def _job(args: argparse.Namespace) -> _Job:
    from cors_harness.cli.baseline_place import baseline_place

    place = baseline_place(args, args.out, "--out")
    old = _old(args, place)
    what = planned(args)
    coverage = coverage_of(args, what.plan, place.parent)
    if args.only and old:
        only = [read_only(text, ENGINE_NAMES) for text in args.only]
        part = _checked(narrowed(only, what.plan, coverage, old))
        what, coverage = replace(what, plan=part.plan), part.coverage
    return _Job(place=place, old=old, what=what, coverage=coverage)


def _old(args: argparse.Namespace, place: Path) -> Baseline | None:
    from cors_harness.cli.baseline_place import accepted_before, record_words

    picked = args.only or args.cell or args.keyword or args.server or args.browser
    old = accepted_before(place, whole=not picked)
    if args.only and old is None:
        command = shlex.join(record_words(args, args.out))
        raise UsageError(
            f"--only: {place} is not there yet, so there is nothing to leave as it is\n"
            f"  accept everything first: {command}"
        )
    return old


def _checked(part: Narrowed) -> Narrowed:
    """Raises NothingSelected where a name means neither a cell nor what is gone."""
    if part.unknown:
        raise NothingSelected("\n".join(_unknown(name, part.names) for name in part.unknown))
    return part


def _unknown(name: str, names: Sequence[str]) -> str:
    near = nearest(name, names)
    return f"--only: nothing is called {name!r}" + (f"; did you mean {near!r}?" if near else "")


def _ran(args: argparse.Namespace, job: _Job) -> "Side | int":
    """What the cells came to, or the exit status where nothing may be accepted."""
    from cors_harness.cli.side import Side, side_of_run

    if job.old and not (job.what.plan.cells or job.what.plan.skips):
        return Side(name="no run", baseline=replace(job.old, entries=()))
    losses = Losses()
    with closing(Keeper(args, losses, judged=False)) as keeper:
        cut_short = keeper.run(job.what)
        if cut_short is not None:
            return cut_short
        records = tuple(keeper.journal.records())
        ran = side_of_run("this run", keeper.header, records, job.place.parent)
    return _refused(ran, losses) or ran


def _refused(ran: "Side", losses: Losses) -> int:
    """Says why a run is not accepted; 0 where it can be."""
    reasons = [*losses.lost, *(f"{each.cell}: {each.why}" for each in ran.troubles)]
    if not reasons and not ran.baseline.entries:
        reasons = list(ran.skips)
    if not reasons:
        return 0
    more = len(reasons) - MOST_ERRORS
    shown = [*reasons[:MOST_ERRORS], *([f"and {more} more"] if more > 0 else [])]
    lines = ("cors-harness: error: nothing is accepted, as not every cell came to a result", *shown)
    print("\n  ".join(lines), file=sys.stderr)
    return HarnessError.exit_status


def _tell(job: _Job, ran: "Side", result: "Accepted") -> None:
    from cors_harness.changes.compare import compare
    from cors_harness.reports.accepted import accepted_lines

    before = compare(job.old, result.baseline) if job.old else None
    show(answers(), accepted_lines(str(job.place), result, before))
    show(answers(), (((f"  note: {remark}", "yellow"),) for remark in ran.remarks))


COMMAND = Command(
    name="record",
    summary="run scenarios and accept what browsers do, for check to compare with",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

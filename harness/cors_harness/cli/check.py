"""`cors-harness check`: runs cells and compares what browsers do with what was accepted."""

import argparse
import shlex
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.comparing import add_outputs, answer, failing_classes
from cors_harness.cli.coverage import Coverage, coverage_of
from cors_harness.cli.options import Command, add_executable, add_selection
from cors_harness.cli.run_recorder import RunRecorder, add_journal, add_ways, planned
from cors_harness.errors import UsageError
from cors_harness.model.change import ChangeClass
from cors_harness.terms.secrets import redacted

if TYPE_CHECKING:
    from cors_harness.changes.assessment import Assessment
    from cors_harness.cli.compared_side import ComparedSide

DESCRIPTION = """\
Runs scenarios as `run` does and compares what the browsers do with the baseline that `record` has
written. Every change has a class: widened (more gets through: an origin, a method, a header,
credentials, or a response is readable), narrowed, costlier (more preflights), cheaper,
engine-changed (another browser version, the same server), cosmetic (the wire differs, what pages
get does not)."""

EXAMPLES = """\
examples:
  cors-harness check                                  everything, against ./scenarios
  cors-harness check orders.yaml --app shop:app --page-origin https://app.example.com
  cors-harness check --browser chromium               one browser: quick, before every commit
  cors-harness check --fail-on widened,narrowed       what fails (default: widened)
  cors-harness check --fail-on any --junit cors.xml --markdown cors.md
  cors-harness check --json > changes.json            one JSON document on stdout

Where GITHUB_STEP_SUMMARY names a file, as in GitHub Actions, the Markdown is added to it.

exit status: 0 as accepted, 1 a change of a class that fails or an entry that is missing or stale,
2 wrong usage or no baseline, 3 a cell came to no result, 130 interrupted"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `check`."""
    add_selection(parser)
    add_executable(parser)
    add_ways(parser.add_argument_group("how to run"))
    group = parser.add_argument_group("what to compare with, to show and to keep")
    group.add_argument(
        "--baseline",
        metavar="FILE",
        type=Path,
        help="what was accepted (default: cors-baseline.txt beside the scenarios)",
    )
    add_outputs(group)
    add_journal(group)


def execute(args: argparse.Namespace) -> int:
    """Runs the cells and compares; returns the exit status."""
    from cors_harness.cli.accepted_baseline import baseline_place
    from cors_harness.cli.advice_collector import AdviceCollector
    from cors_harness.cli.compared_side import require_results, side_of_run

    fail_on = failing_classes(args.fail_on)
    place = baseline_place(args, args.baseline, "--baseline")
    before = _accepted(args, place)
    what = planned(args)
    advices = AdviceCollector(place.parent)
    with closing(RunRecorder(args, advices, judged=False)) as keeper:
        cut_short = keeper.run(what)
        if cut_short is not None:
            return cut_short
        records = tuple(keeper.journal.records())
        after = side_of_run("this run", keeper.header, records, place.parent)
    require_results(after)
    found = _compared(args, before, after, coverage_of(args, what.plan, place.parent), fail_on)
    found = replace(found, advice=advices.found)
    return answer(args, found, before.baseline, after.baseline)


def _accepted(args: argparse.Namespace, place: Path) -> "ComparedSide":
    from cors_harness.cli.accepted_baseline import record_words
    from cors_harness.cli.compared_side import ComparedSide
    from cors_harness.store.baseline import read_baseline

    if not place.exists():
        command = shlex.join(map(redacted, record_words(args, args.baseline)))
        raise UsageError(f"{place}: there is no baseline yet\n  accept what browsers do: {command}")
    return ComparedSide(name=str(place), baseline=read_baseline(place))


def _compared(
    args: argparse.Namespace,
    before: "ComparedSide",
    after: "ComparedSide",
    coverage: Coverage,
    fail_on: frozenset[ChangeClass],
) -> "Assessment":
    from cors_harness.changes.assessment import Acceptance
    from cors_harness.changes.compare import compare
    from cors_harness.cli.accepted_baseline import picking_words, record_words
    from cors_harness.cli.compared_side import assessment

    ran = [name for name, _ in after.baseline.engines]
    covered = coverage.but(after.without).speaks_for
    return assessment(
        before,
        after,
        compare(before.baseline, after.baseline, covered=covered, engines=ran),
        fail_on=fail_on,
        acceptance=Acceptance(
            words=record_words(args, args.baseline, ran),
            picks=picking_words(args),
            known=frozenset(name for name, _ in coverage.cells),
        ),
    )


COMMAND = Command(
    name="check",
    summary="run scenarios and compare what browsers do with what was accepted",
    description=DESCRIPTION,
    examples=EXAMPLES,
    declare=declare,
    execute=execute,
)

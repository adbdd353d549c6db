"""Outputs: one row for each format that a command writes its answer in, and how it is written.

A new format is a module in `reports`, and a row of FORMATS here.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cors_harness.cli.saying import tell
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import CLASS_WORDS
from cors_harness.settings.invocation import DEFAULT_FAIL_ON
from cors_harness.store.codec import Json
from cors_harness.store.whole_file import append, check_place, write_whole

if TYPE_CHECKING:
    from cors_harness.changes.assessment import Assessment
    from cors_harness.reports.html.document import PageDocument, PageSide
    from cors_harness.reports.server_table import ServerResult

TABLE = "--table"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAnswer:
    """What `run` has to say.

    Attributes:
        header: of the journal.
        summary: the counts, see `Tally.summary`.
        records: gives the finished cells, as the journal has them.
        unproven: steps of those that are as expected by an error, see `unproven_to_json`.
        hints: sentences on what fails no cell.
        results: what each cell came to; only where a table is asked for.
        name: of the run, as the user calls it.
        options: what `run` has to be told so that a cell is the same again.
        missing: what there is not of a run that is taken from journals, a sentence each.
    """

    header: Json
    summary: Mapping[str, int]
    records: Callable[[], Iterator[Json]]
    unproven: tuple[Json, ...] = ()
    hints: tuple[str, ...] = ()
    results: "Sequence[ServerResult]" = ()
    name: str = "this run"
    options: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesAnswer:
    """What `check` and `diff` have to say: the changes, and both sides of the comparison.

    Attributes:
        sides: before and after as a page shows them, cell by cell.
    """

    assessment: "Assessment"
    before: Baseline
    after: Baseline
    sides: "tuple[PageSide, PageSide]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of reports, and the option that asks for it.

    Attributes:
        option: `--json`.
        help: of the option.
        takes_file: whether the option names a file; otherwise it is printed instead of the text.
        of_run: writes what `run` has to say; None: `run` has no such option.
        of_changes: writes what `check` and `diff` have to say; None: they have no such option.
    """

    option: str
    help: str
    takes_file: bool = True
    of_run: Callable[[RunAnswer, TextIO], None] | None = None
    of_changes: Callable[[ChangesAnswer, TextIO], None] | None = None

    @property
    def name(self) -> str:
        """Where argparse puts its value."""
        return self.option.removeprefix("--").replace("-", "_")


# Each imports its module of `reports` itself: a command loads the formats that it is asked for.


def _run_json(answer: RunAnswer, out: TextIO) -> None:
    from cors_harness.reports.run_json import write_document

    write_document(
        out, answer.header, answer.summary, answer.records(), answer.unproven, answer.hints
    )


def _run_table(answer: RunAnswer, out: TextIO) -> None:
    from cors_harness.reports.server_table import server_table

    out.write(server_table(answer.results))


def _run_html(answer: RunAnswer, out: TextIO) -> None:
    from cors_harness.reports.html.assembly import page
    from cors_harness.reports.html.document import PageSide, document_of_run
    from cors_harness.store.record_reading import record_from_json

    side = PageSide(
        name=answer.name,
        header=answer.header,
        records=map(record_from_json, answer.records()),
        options=answer.options,
        missing=answer.missing,
    )
    out.write(page(document_of_run(side, answer.hints)))


def _changes_html(answer: ChangesAnswer, out: TextIO) -> None:
    from cors_harness.reports.html.assembly import page

    out.write(page(changes_page(answer)))


def changes_page(answer: ChangesAnswer) -> "PageDocument":
    """What a page shows of a comparison."""
    from cors_harness.reports.html.document import document_of_changes

    return document_of_changes(*answer.sides, answer.assessment)


def _changes_json(answer: ChangesAnswer, out: TextIO) -> None:
    from cors_harness.reports.changes_json import comparison_to_json

    assessment = answer.assessment
    document = {
        **comparison_to_json(assessment.comparison, assessment.advice_for),
        "errors": [{"cell": trouble.cell, "why": trouble.why} for trouble in assessment.troubles],
        "notes": list(assessment.remarks),
        "exit_status": assessment.status,
    }
    out.write(f"{json.dumps(document, indent=2)}\n")


def _changes_junit(answer: ChangesAnswer, out: TextIO) -> None:
    from cors_harness.reports.changes_junit import junit

    out.write(junit(answer.assessment, answer.before, answer.after).decode())


def _changes_markdown(answer: ChangesAnswer, out: TextIO) -> None:
    from cors_harness.reports.changes_markdown import changes_markdown

    out.write(changes_markdown(answer.assessment))


FORMATS = (
    Format(
        option="--json",
        help="print one JSON document instead",
        takes_file=False,
        of_run=_run_json,
        of_changes=_changes_json,
    ),
    Format(
        option=TABLE,
        help="write a Markdown table: what came out of each scenario, and on which servers",
        of_run=_run_table,
    ),
    Format(
        option="--html",
        help="write one page to look at and to share; it opens from the disk and loads nothing",
        of_run=_run_html,
        of_changes=_changes_html,
    ),
    Format(
        option="--junit",
        help="write JUnit XML, as CI systems show it",
        of_changes=_changes_junit,
    ),
    Format(
        option="--markdown",
        help="write a comment for a pull request",
        of_changes=_changes_markdown,
    ),
)


def add_run_outputs(group: "argparse._ArgumentGroup") -> None:
    """Every way to get the answer of `run`."""
    _add_formats(group, [row for row in FORMATS if row.of_run])
    group.add_argument(
        "--quiet", action="store_true", help="print only what is unexpected, and the summary"
    )
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="every transcript in full, which cells were skipped or are known differences and why, "
        "counts by file, versions, refused connections",
    )
    group.add_argument(
        "--matrix",
        action="store_true",
        help="the table of results, a line for each scenario on each server, however long it is",
    )


def add_change_outputs(group: "argparse._ArgumentGroup") -> None:
    """--fail-on, and every way to get the answer of `check` and `diff`."""
    group.add_argument(
        "--fail-on",
        metavar="CLASS[,CLASS]",
        help=f"classes of changes that fail: {', '.join(CLASS_WORDS[:-1])} or {CLASS_WORDS[-1]} "
        f"(default: {DEFAULT_FAIL_ON}); what is missing or stale always fails",
    )
    _add_formats(group, [row for row in FORMATS if row.of_changes])
    group.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="every scenario of every change, cosmetic ones too",
    )


def _add_formats(group: "argparse._ArgumentGroup", rows: Iterable[Format]) -> None:
    for row in rows:
        if row.takes_file:
            group.add_argument(row.option, metavar="FILE", type=Path, help=row.help)
        else:
            group.add_argument(row.option, action="store_true", help=row.help)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """Where an answer goes.

    Attributes:
        printed: the option of the format that is printed to stdout; empty: text.
        files: option of a format to the file that it is written to.
        quiet, verbose, matrix: how much the text tells.
    """

    printed: str = ""
    files: Mapping[str, Path]
    quiet: bool = False
    verbose: bool = False
    matrix: bool = False


def outputs_of(args: argparse.Namespace) -> Outputs:
    """The outputs that a command line asks for.

    Raises UsageError where one of the files cannot be written, before anything is run for it.
    """
    values = vars(args)
    rows = [row for row in FORMATS if values.get(row.name)]
    for row in rows:
        if row.takes_file:
            check_place(values[row.name], row.option)
    return Outputs(
        printed=next((row.option for row in rows if not row.takes_file), ""),
        files={row.option: values[row.name] for row in rows if row.takes_file},
        quiet=values.get("quiet", False),
        verbose=values.get("verbose", False),
        matrix=values.get("matrix", False),
    )


def write_run(outputs: Outputs, answer: RunAnswer, show_text: Callable[[], None]) -> None:
    """Prints and writes all that was asked for; `show_text` prints the report as text."""
    writers = {row.option: row.of_run for row in FORMATS if row.of_run}
    if outputs.printed:
        writers[outputs.printed](answer, sys.stdout)
    else:
        show_text()
    for option, file in outputs.files.items():
        _write_file(file, option, partial(writers[option], answer))


def write_changes(outputs: Outputs, answer: ChangesAnswer) -> None:
    """Prints and writes all that was asked for, and what GitHub Actions shows of a job."""
    from cors_harness.reports.changes_terminal import changes_lines
    from cors_harness.reports.styled_text import answers, show

    writers = {row.option: row.of_changes for row in FORMATS if row.of_changes}
    if outputs.printed:
        writers[outputs.printed](answer, sys.stdout)
    else:
        show(answers(), changes_lines(answer.assessment, verbose=outputs.verbose))
    for option, file in outputs.files.items():
        _write_file(file, option, partial(writers[option], answer))
    if summary := os.environ.get(STEP_SUMMARY):
        _append(Path(summary), _text(partial(_changes_markdown, answer)))


def _text(write: Callable[[TextIO], None]) -> str:
    out = StringIO()
    write(out)
    return out.getvalue()


def _write_file(file: Path, option: str, write: Callable[[TextIO], None]) -> None:
    write_whole(file, option, _text(write))


def _append(file: Path, text: str) -> None:
    try:
        append(file, text)
    except OSError as exc:
        # Nobody typed that name: it is no mistake of theirs, and no reason to fail.
        trouble = f"{STEP_SUMMARY}: {file} cannot be written: {exc.strerror or exc}"
        tell(f"cors-harness: {trouble}")

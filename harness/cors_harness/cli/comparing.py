"""Comparing: what `check` and `diff` share: --fail-on, the outputs, the exit status."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cors_harness.cli.options import settings_here
from cors_harness.errors import UsageError
from cors_harness.model.baseline import Baseline
from cors_harness.model.change import CLASS_WORDS, ChangeClass, UnknownClass, classes_named
from cors_harness.store.codec import Json

if TYPE_CHECKING:
    from cors_harness.changes.assessment import Assessment

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
DEFAULT = ChangeClass.WIDENED.value


def add_outputs(group: "argparse._ArgumentGroup") -> None:
    """--fail-on, and every way to get the answer."""
    group.add_argument(
        "--fail-on",
        metavar="CLASS[,CLASS]",
        help=f"classes of changes that fail: {', '.join(CLASS_WORDS[:-1])} or {CLASS_WORDS[-1]} "
        f"(default: {DEFAULT}); what is missing or stale always fails",
    )
    group.add_argument("--json", action="store_true", help="print one JSON document instead")
    group.add_argument(
        "--junit", metavar="FILE", type=Path, help="write JUnit XML, as CI systems show it"
    )
    group.add_argument(
        "--markdown", metavar="FILE", type=Path, help="write a comment for a pull request"
    )
    group.add_argument(
        "--verbose", action="store_true", help="every scenario of every change, cosmetic ones too"
    )


def failing_classes(given: str | None) -> frozenset[ChangeClass]:
    """The classes that --fail-on names, else the project's, else the usual one.

    Raises UsageError for one that nobody knows.
    """
    if given is None and (project := settings_here().fail_on) is not None:
        return frozenset(project)
    text = DEFAULT if given is None else given
    words = [word.strip() for word in text.split(",") if word.strip()] or [text]
    try:
        return frozenset(classes_named(words))
    except UnknownClass as wrong:
        said = f"--fail-on: found {wrong.found!r}; expected {wrong.expected}"
        raise UsageError("\n  ".join(filter(None, (said, wrong.hint)))) from wrong


def answer(args: argparse.Namespace, found: "Assessment", before: Baseline, after: Baseline) -> int:
    """Prints and writes all that was asked for; returns the exit status."""
    from cors_harness.reports.changes_terminal import changes_lines
    from cors_harness.reports.styled_text import answers, show

    if args.json:
        print(json.dumps(_document(found), indent=2))
    else:
        show(answers(), changes_lines(found, verbose=args.verbose))
    _write_files(args, found, before, after)
    return found.status


def _document(found: "Assessment") -> Json:
    from cors_harness.reports.changes_json import comparison_to_json

    return {
        **comparison_to_json(found.comparison, found.advice_for),
        "errors": [{"cell": each.cell, "why": each.why} for each in found.troubles],
        "notes": list(found.remarks),
        "exit_status": found.status,
    }


def _write_files(
    args: argparse.Namespace, found: "Assessment", before: Baseline, after: Baseline
) -> None:
    summary = os.environ.get(STEP_SUMMARY)
    if args.junit:
        from cors_harness.reports.changes_junit import junit

        _write(args.junit, "--junit", junit(found, before, after))
    if args.markdown or summary:
        from cors_harness.reports.changes_markdown import changes_markdown

        text = changes_markdown(found)
        if args.markdown:
            _write(args.markdown, "--markdown", text.encode())
        if summary:
            _append(Path(summary), text)


def _write(file: Path, option: str, data: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as exc:
        raise UsageError(f"{option}: {file} cannot be written: {exc.strerror or exc}") from exc


def _append(file: Path, text: str) -> None:
    try:
        with file.open("a", encoding="utf-8") as summary:
            summary.write(text)
    except OSError as exc:
        # Nobody typed that name: it is no mistake of theirs, and no reason to fail.
        said = f"{STEP_SUMMARY}: {file} cannot be written: {exc.strerror or exc}"
        print(f"cors-harness: {said}", file=sys.stderr)

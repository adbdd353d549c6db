"""Changes on a terminal: other versions first, what is not accepted, each group, the verdict."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from cors_harness.changes.assessment import Assessment, ChangeGroup
from cors_harness.model.change import ChangeClass
from cors_harness.reports.base import Line
from cors_harness.reports.changes_text import (
    MEANINGS,
    STYLES,
    block,
    changed_versions,
    counts,
    named,
    open_entries,
    verdict,
)
from cors_harness.reports.summary import counted

MOST_GROUPS = 20  # of a class; nobody reads more on a screen, --verbose shows them
MOST_TROUBLES = 5


def changes_lines(assessment: Assessment, *, verbose: bool = False) -> Iterator[Line]:
    """All of the report; `verbose`: every group whole, the cosmetic ones too."""
    yield from _versions(assessment)
    for kind, names in (
        ("missing", assessment.comparison.missing),
        ("stale", assessment.comparison.stale),
    ):
        if names:
            yield from open_entries(kind, names, assessment, whole=verbose)
            yield ()
    yield from _classes(assessment, verbose=verbose)
    yield from _troubles(assessment, verbose=verbose)
    yield from (((f"note: {remark}", "yellow"),) for remark in assessment.remarks)
    if command := assessment.acceptance_of_all:
        yield ("accept all of it  ", ""), (command, "cyan")
    yield counts(assessment)
    yield ((verdict(assessment), "bold green" if assessment.status == 0 else "bold red"),)


def _versions(assessment: Assessment) -> Iterator[Line]:
    sentences = changed_versions(assessment.comparison)
    for sentence in sentences:
        yield (("changed  ", "bold cyan"), (sentence, "bold"))
    if sentences:
        yield ()


def _classes(assessment: Assessment, *, verbose: bool) -> Iterator[Line]:
    groups = assessment.groups if verbose else assessment.reported_groups
    for _, alike in groupby(groups, key=lambda group: group.class_):
        yield from _class(list(alike), assessment, verbose=verbose)
    cosmetic = assessment.counts[ChangeClass.COSMETIC]
    if cosmetic and all(group.class_ is not ChangeClass.COSMETIC for group in groups):
        meaning = MEANINGS[ChangeClass.COSMETIC]
        yield (("cosmetic", "bold"), (f"  {counted(cosmetic, 'cell')}: {meaning}; --verbose", ""))
        yield ()


def _class(
    groups: Sequence[ChangeGroup], assessment: Assessment, *, verbose: bool
) -> Iterator[Line]:
    shown = groups if verbose else groups[:MOST_GROUPS]
    for group in shown:
        yield from block(group, assessment, whole=verbose, also=assessment.also_accepted(group))
        yield ()
    if more := len(groups) - len(shown):
        name = named(groups[0].class_)
        sentence = f"{counted(more, 'more kind')} of {name} changes: --verbose shows them"
        yield ((sentence, STYLES[groups[0].class_]),)
        yield ()


def _troubles(assessment: Assessment, *, verbose: bool) -> Iterator[Line]:
    shown = assessment.troubles if verbose else assessment.troubles[:MOST_TROUBLES]
    for trouble in shown:
        yield (("no result", "bold magenta"), (f"  {trouble.cell}: {trouble.why}", ""))
    if more := len(assessment.troubles) - len(shown):
        yield ((f"and {more} more", ""),)
    if shown:
        yield ()

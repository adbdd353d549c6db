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


def changes_lines(found: Assessment, *, verbose: bool = False) -> Iterator[Line]:
    """All of the report; `verbose`: every group whole, the cosmetic ones too."""
    yield from _versions(found)
    for kind, names in (("missing", found.comparison.missing), ("stale", found.comparison.stale)):
        if names:
            yield from open_entries(kind, names, found, whole=verbose)
            yield ()
    yield from _classes(found, verbose=verbose)
    yield from _troubles(found, verbose=verbose)
    yield from (((f"note: {remark}", "yellow"),) for remark in found.remarks)
    if command := found.acceptance_of_all:
        yield ("accept all of it  ", ""), (command, "cyan")
    yield counts(found)
    yield ((verdict(found), "bold green" if found.status == 0 else "bold red"),)


def _versions(found: Assessment) -> Iterator[Line]:
    said = changed_versions(found.comparison)
    for sentence in said:
        yield (("changed  ", "bold cyan"), (sentence, "bold"))
    if said:
        yield ()


def _classes(found: Assessment, *, verbose: bool) -> Iterator[Line]:
    told = found.groups if verbose else found.told_groups
    for _, alike in groupby(told, key=lambda group: group.class_):
        yield from _class(list(alike), found, verbose=verbose)
    cosmetic = found.counts[ChangeClass.COSMETIC]
    if cosmetic and all(group.class_ is not ChangeClass.COSMETIC for group in told):
        meaning = MEANINGS[ChangeClass.COSMETIC]
        yield (("cosmetic", "bold"), (f"  {counted(cosmetic, 'cell')}: {meaning}; --verbose", ""))
        yield ()


def _class(groups: Sequence[ChangeGroup], found: Assessment, *, verbose: bool) -> Iterator[Line]:
    shown = groups if verbose else groups[:MOST_GROUPS]
    for group in shown:
        yield from block(group, found, whole=verbose, also=found.also_accepted(group))
        yield ()
    if more := len(groups) - len(shown):
        name = named(groups[0].class_)
        said = f"{counted(more, 'more kind')} of {name} changes: --verbose shows them"
        yield ((said, STYLES[groups[0].class_]),)
        yield ()


def _troubles(found: Assessment, *, verbose: bool) -> Iterator[Line]:
    shown = found.troubles if verbose else found.troubles[:MOST_TROUBLES]
    for trouble in shown:
        yield (("no result", "bold magenta"), (f"  {trouble.cell}: {trouble.why}", ""))
    if more := len(found.troubles) - len(shown):
        yield ((f"and {more} more", ""),)
    if shown:
        yield ()

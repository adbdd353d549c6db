"""Changes as Markdown for a comment on a pull request: a table for each class, details to unfold.

What servers and users wrote stands in code, escaped: no markup of theirs comes to life and no
`app@nginx` mentions anybody. What does not fit into a comment is counted: tables go before details.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from cors_harness.changes.assessment import Assessment, ChangeGroup
from cors_harness.changes.entry_patterns import scenario_names
from cors_harness.model.change import ChangeClass, EntryName
from cors_harness.reports.base import Line
from cors_harness.reports.changes_text import (
    FEW_NAMES,
    FEW_ORIGINS,
    MEANINGS,
    OPEN,
    Difference,
    block,
    changed_versions,
    counts,
    differences,
    headline,
    named,
    telling,
    verdict,
)
from cors_harness.reports.markdown_text import code, fenced, in_table, words
from cors_harness.reports.summary import counted

MOST_CHARACTERS = 65_536  # of a comment on GitHub
RESERVED = 300  # of them, for what is said of a cut
LONGEST_VALUE = 160  # of a header in a table; details have all of it
MOST_SENTENCES = 12  # of one sort
LONGEST_BLOCK = 8_000
LONGEST_COMMAND = 4_000
TABLE = "| what changed | on the wire | from | in | scenarios |\n|---|---|---|---|---|\n"
UNFOLD = "<details><summary>in full, and how to accept it</summary>\n\n"
FOLD = "</details>\n\n"


@dataclass(slots=True)
class _Class:
    """A class of changes: its groups, and how many of them fit."""

    class_: ChangeClass
    groups: list[ChangeGroup]
    rows: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)

    def text(self) -> str:
        if not self.rows:
            return ""
        table = f"{_heading(self.class_)}{TABLE}{''.join(self.rows)}\n"
        return table + (f"{UNFOLD}{''.join(self.blocks)}{FOLD}" if self.blocks else "")


def changes_markdown(assessment: Assessment, *, most: int = MOST_CHARACTERS) -> str:
    """All of the report, in at most `most` characters."""
    head = "".join(_head(assessment))
    classes = [
        _Class(class_, list(alike))
        for class_, alike in groupby(assessment.reported_groups, key=lambda group: group.class_)
    ]
    left = _fill(classes, assessment, most - RESERVED - len(head))
    return f"{head}{''.join(section.text() for section in classes)}{left}"


def _head(assessment: Assessment) -> Iterator[str]:
    yield f"### CORS: {words(verdict(assessment))}\n\n"
    yield "".join(text for text, _ in counts(assessment)) + "\n\n"
    troubles = [f"{trouble.cell}: {trouble.why}" for trouble in assessment.troubles]
    labelled = (("changed", changed_versions(assessment.comparison)), ("note", assessment.remarks))
    for label, sentences in (*labelled, ("no result", troubles)):
        yield from (
            f"- {label}: {code(_clipped(sentence))}\n" for sentence in sentences[:MOST_SENTENCES]
        )
        if (more := len(sentences) - MOST_SENTENCES) > 0:
            yield f"- … and {more} more\n"
    yield "\n"
    for kind in OPEN:
        yield from _open(kind, getattr(assessment.comparison, kind), assessment)


def _open(kind: str, names: Sequence[EntryName], assessment: Assessment) -> Iterator[str]:
    if not names:
        return
    yield f"#### {kind}: {counted(len(names), 'entry')}, {OPEN[kind]}\n\n"
    yield from (f"- {code(f'{scenario} {server}')}\n" for scenario, server in names[:FEW_NAMES])
    if (more := len(names) - FEW_NAMES) > 0:
        yield f"- … and {more} more\n"
    yield "\n" + fenced(_command(names, assessment)) + "\n"


def _command(names: Sequence[EntryName], assessment: Assessment) -> str:
    command = assessment.acceptance.command(names)
    fits = len(command) <= LONGEST_COMMAND
    return command if fits else "# the command is too long for this place: see the program's output"


def _heading(class_: ChangeClass) -> str:
    return f"#### {named(class_)}: {MEANINGS[class_]}\n\n"


# What fits


def _fill(classes: Iterable[_Class], assessment: Assessment, room: int) -> str:
    """Puts rows, then blocks into the classes while there is room; says what is left out."""
    sections = list(classes)
    groups = [(section, group) for section in sections for group in section.groups]
    for section, group in groups:
        row = _row(group)
        first = 0 if section.rows else len(_heading(section.class_)) + len(TABLE) + 1
        if (need := first + len(row)) > room:
            break
        section.rows.append(row)
        room -= need
    for section, group in groups[: sum(len(section.rows) for section in sections)]:
        text = fenced(_block(group, assessment)) + "\n"
        first = 0 if section.blocks else len(UNFOLD) + len(FOLD)
        if (need := first + len(text)) > room:
            break
        section.blocks.append(text)
        room -= need
    return _left_out(sections, len(groups))


def _left_out(sections: Sequence[_Class], total: int) -> str:
    rows = total - sum(len(section.rows) for section in sections)
    blocks = total - sum(len(section.blocks) for section in sections)
    if rows:
        return f"… and {rows} more kinds of changes: the program's output has them\n"
    if blocks:
        return f"… and details of {blocks} more kinds of changes: the program's output has them\n"
    return ""


# Pieces


def _row(group: ChangeGroup) -> str:
    wire = "<br>".join(map(_difference, differences(group))) or "nothing"
    scenarios = [scenario_names(member.name[0])[1] for member in telling(group.members)]
    cells = (
        f"{code(_clipped(headline(group)))} on {code(group.server)}",
        wire,
        _some(group.origins, FEW_ORIGINS),
        ", ".join(map(words, group.engines)),
        _some(scenarios, FEW_NAMES),
    )
    return f"| {' | '.join(map(in_table, cells))} |\n"


def _difference(difference: Difference) -> str:
    what = f" {code(difference.what)}:" if difference.what else ""
    before, after = code(_clipped(difference.before)), code(_clipped(difference.after))
    return f"{words(difference.place)}{what} {before} → {after}"


def _some(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return "<br>".join(code(name) for name in names[:most]) + (
        f"<br>and {more} more" if more > 0 else ""
    )


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _block(group: ChangeGroup, assessment: Assessment) -> str:
    """With every scenario, unless those would take the place of other groups."""
    also = assessment.also_accepted(group)
    text = _text(block(group, assessment, whole=True, also=also))
    return text if len(text) <= LONGEST_BLOCK else _text(block(group, assessment, also=also))


def _text(lines: Iterable[Line]) -> str:
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)

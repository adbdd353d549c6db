"""The lines of a journal on disk: its header, its cells, and what is wrong where."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cors_harness.errors import UsageError
from cors_harness.model.cell import RecordedCell
from cors_harness.store.codec import SCHEMA, Json
from cors_harness.store.record_reading import LINE_LIMITS, check_header, record_from_line
from cors_harness.terms.secrets import redacted
from cors_harness.text.json_values import JsonError, JsonFlaw, json_value
from cors_harness.text.problems import shown

FORMAT = "cors-harness journal"
TOO_LONG = JsonFlaw(
    found=f"a line of more than {LINE_LIMITS.most_bytes // 2**20} MiB", expected="at most that"
)


@dataclass(frozen=True, slots=True)
class JournalLine:
    """A line with its end; `number` counts from 1, `offset` is in bytes."""

    number: int
    offset: int
    data: bytes


def header_line(path: Path, file: BinaryIO) -> Json:
    """The header, which is line 1; raises UsageError where it is none of this schema."""
    return checked_header(path, _line(path, file, 1))


def cell_lines(path: Path, file: BinaryIO) -> Iterator[JournalLine]:
    """The lines behind the header; a torn last one, of a run that was killed, is left out.

    Raises UsageError where a line is longer than any that is written.
    """
    number, offset = 1, file.tell()
    while (line := _line(path, file, number + 1)).endswith(b"\n"):
        number += 1
        yield JournalLine(number, offset, line)
        offset += len(line)


def _line(path: Path, file: BinaryIO, number: int) -> bytes:
    line = file.readline(LINE_LIMITS.most_bytes + 1)
    if len(line) > LINE_LIMITS.most_bytes:
        raise unreadable(path, number, JsonError([TOO_LONG]))
    return line


def checked_header(path: Path, line: bytes) -> Json:
    """The header that is line 1 of a file; raises UsageError where it is none of this schema."""
    try:
        header = json_value(line, LINE_LIMITS)
    except JsonError:
        header = None
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        found = shown(line[:60].decode("utf-8", "replace").rstrip())
        raise UsageError(
            f'{path}:1: not a {FORMAT}: found {found}; expected an object with "format": "{FORMAT}"'
        )
    schema = header.get("schema")
    if schema != SCHEMA or isinstance(schema, bool):
        is_older = isinstance(schema, int) and schema < SCHEMA
        hint = "run again to get a new journal" if is_older else "update cors-harness to read it"
        wrote, found = (shown(str(header.get(key))).strip("'") for key in ("harness", "schema"))
        raise UsageError(
            f"{path}:1: written by cors-harness {wrote} in schema {found}; "
            f"this one reads schema {SCHEMA}\n  {hint}"
        )
    try:
        check_header(header)
    except JsonError as error:
        raise unreadable(path, 1, error) from None
    return header


def cell_of(path: Path, line: JournalLine) -> RecordedCell:
    """The cell that a line is; raises UsageError with all that is wrong with it."""
    try:
        return record_from_line(line.data)
    except JsonError as error:
        raise unreadable(path, line.number, error) from None


def unreadable(path: Path, number: int, error: JsonError) -> UsageError:
    """What is wrong with a line of a journal, and where in it."""
    problems = [redacted(flaw.problem(str(path), number)) for flaw in error.flaws]
    hint = (
        f"  not a {FORMAT} as cors-harness writes it in schema {SCHEMA}: run again to get a new "
        "one, or update cors-harness if a later version wrote it"
    )
    return UsageError("\n".join((*problems, hint)))

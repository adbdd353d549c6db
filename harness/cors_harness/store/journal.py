"""Journal: all of a run as JSON Lines; the header first, then one line per cell, flushed each.

A run that is interrupted or killed leaves a journal that can be read up to its last whole line.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

from cors_harness.errors import HarnessError, UsageError
from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord, RecordedCell
from cors_harness.model.events import RunStarted
from cors_harness.model.shard import PlanPart
from cors_harness.model.verdict import Status
from cors_harness.store.codec import (
    Json,
    advice_to_json,
    header_to_json,
    record_to_json,
)
from cors_harness.store.journal_lines import FORMAT, cell_lines, cell_of, header_line
from cors_harness.store.kept_secrets import KEEPS_SECRETS, secrets_to_json
from cors_harness.store.record_reading import record_from_line
from cors_harness.store.whole_file import OWN_FOLDER, PRIVATE, checked_place, create_beside

DEFAULT_PLACE = Path(OWN_FOLDER, "last.journal.jsonl")
OUTPUT_SUFFIX = ".output.log"


def output_place(journal: Path) -> Path:
    """Where what the user's server wrote lies, beside the journal and named for it."""
    return journal.with_suffix(OUTPUT_SUFFIX)


class Journal:
    """An open journal; a second run in the same folder replaces the file, never mixes with it.

    It takes its place with the header: a run that does not even start leaves the last journal.
    """

    def __init__(self, path: Path = DEFAULT_PLACE, *, option: str = "--journal") -> None:
        """Creates the file, beside its place, and folders.

        Raises UsageError where it cannot, in the name of `option`.
        """
        self.path, self._is_private = path, False
        self._target, self._new, self._file = _create(path, option)
        self._size = 0
        self._places: dict[str, int] = {}  # where the lines begin of cells that came out otherwise

    def write_header(
        self,
        argv: Sequence[str],
        started: RunStarted,
        part: PlanPart | None = None,
        *,
        keeps_secrets: bool = False,
    ) -> None:
        """Writes line 1; `argv` as the user typed it, without the program's name."""
        header = header_to_json(argv, started, part)
        self.begin(header | secrets_to_json(kept=keeps_secrets))

    def begin(self, header: Json) -> None:
        """Writes line 1: a header as `header_to_json` gives it."""
        if header.get(KEEPS_SECRETS):  # then it is for its owner alone
            self._is_private = True
            os.fchmod(self._file.fileno(), PRIVATE)
        self._line({"format": FORMAT, **header})
        self._new.replace(self._target)

    def write(self, record: CellRecord) -> None:
        """Writes one finished cell, and sees to it that it is in the file."""
        if record.verdict.status in {Status.UNEXPECTED, Status.ERROR}:
            self._places[record.cell.node_id] = self._size
        self._line(record_to_json(record))

    def take(self, line: Json) -> None:
        """Writes one cell as another journal has it."""
        self._line(line)

    def revise(self, advice: Mapping[str, Advice | None]) -> None:
        """Gives cells, by `Cell.node_id`, another advice: the file is replaced by one with it."""
        self._file.seek(0)
        old = self._file
        self._size = 0
        try:
            self._new, self._file = _open_beside(self._target, private=self._is_private)
            for value in map(json.loads, _whole_lines(old, skip=0)):
                name = value.get("cell", "")
                if name in self._places:
                    self._places[name] = self._size
                if name in advice:
                    value["advice"] = advice_to_json(advice[name])
                self._line(value)
            self._new.replace(self._target)
        except OSError as exc:
            raise HarnessError(f"{self.path}: cannot be written: {exc.strerror or exc}") from exc
        finally:
            old.close()

    def cells(self) -> Iterator[RecordedCell]:
        """The cells written so far, one at a time; not to be mixed with writing."""
        self._file.seek(0)
        return map(record_from_line, _whole_lines(self._file, skip=1))

    def cell(self, node_id: str) -> RecordedCell:
        """A cell that `write` wrote, unexpected or an error; KeyError: there is no such one."""
        self._file.seek(self._places[node_id])
        return record_from_line(self._file.readline())

    def records(self) -> Iterator[Json]:
        """As `cells`, each as the object that stands in the file."""
        self._file.seek(0)
        yield from map(json.loads, _whole_lines(self._file, skip=1))

    def close(self) -> None:
        """Closes the file, and removes one without a header; idempotent.

        What could not be written was told by then.
        """
        with contextlib.suppress(OSError):
            self._file.close()
        self._new.unlink(missing_ok=True)

    def _line(self, value: Json) -> None:
        # ASCII: a lone surrogate in a page's error message must not end the run.
        text = json.dumps(value, separators=(",", ":"))
        try:
            self._file.write(text + "\n")
            self._file.flush()
            self._size += len(text) + 1
        except OSError as exc:
            raise HarnessError(f"{self.path}: cannot be written: {exc.strerror or exc}") from exc


def _create(path: Path, option: str) -> tuple[Path, Path, TextIO]:
    """The place of a journal, the file beside it, and that file opened."""
    try:
        _spare_what_is_not_ours(path, option)
        place = checked_place(path)
        # A new file instead of an emptied one: a run that still writes to the old one keeps it.
        return place, *_open_beside(place)
    except OSError as exc:
        raise UsageError(
            f"{option}: {path} cannot be written: {exc.strerror or exc}\n"
            f"  choose another place: {option} FILE"
        ) from exc


def _open_beside(place: Path, *, private: bool = False) -> tuple[Path, TextIO]:
    new, descriptor = create_beside(place, private=private)
    return new, os.fdopen(descriptor, "w+", encoding="ascii", newline="\n")


def _spare_what_is_not_ours(path: Path, option: str) -> None:
    if path.is_symlink() or not path.exists():
        return
    if not path.is_file():
        raise UsageError(
            f"{option}: {path} is not a file\n  give the name of a file, such as {DEFAULT_PLACE}"
        )
    with path.open("rb") as file:
        start = file.readline(200)
    if start and not start.startswith(f'{{"format":"{FORMAT}"'.encode()):
        raise UsageError(
            f"{option}: {path} exists and is no journal, so it is not replaced\n"
            "  choose another name, or remove that file"
        )


def read_journal(path: Path) -> tuple[Json, tuple[RecordedCell, ...]]:
    """The header and the cells; a torn last line is left out.

    Raises UsageError when the file cannot be read, is no journal, or is of another schema:
    somebody named it.
    """
    try:
        with path.open("rb") as file:
            header = header_line(path, file)
            return header, tuple(cell_of(path, line) for line in cell_lines(path, file))
    except OSError as exc:
        raise UsageError(f"{path}: cannot be read: {exc.strerror or exc}") from exc


def _whole_lines(file: TextIO, *, skip: int) -> Iterator[str]:
    """The lines of a journal that is being written."""
    for number, line in enumerate(file):
        if not line.endswith("\n"):
            return
        if number >= skip:
            yield line

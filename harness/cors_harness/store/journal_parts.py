"""JournalParts: several journals of one plan, as one; complete, or with words on what is missing.

Only names and places of cells are kept in memory: the lines are read when they are asked for.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from cors_harness.errors import UsageError
from cors_harness.model.cell import RecordedCell
from cors_harness.model.shard import PlanPart, Shard, ShardSize
from cors_harness.store.codec import Json
from cors_harness.store.journal_lines import (
    JournalLine,
    cell_lines,
    cell_of,
    header_line,
    unreadable,
)
from cors_harness.store.merged_header import check_same_run, merged_header
from cors_harness.store.part_codec import part_from_json
from cors_harness.store.record_reading import name_in_line
from cors_harness.text.json_values import JsonError

SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenJournal:
    """One of the files; `part` is None where it does not say of which plan it is."""

    path: Path
    file: BinaryIO
    header: Json
    part: PlanPart | None

    @property
    def shards(self) -> tuple[Shard, ...]:
        return tuple(size.shard for size in self.part.shards) if self.part else ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a cell stands, and what tells its line from another."""

    journal: int
    number: int
    offset: int
    digest: bytes


class JournalParts:
    """Journals that are open until `close`.

    Attributes:
        header: of all of them together, as that of a run is; without `shards` where nothing is
            missing.
        missing: what is missing of the plan, a sentence without a full stop each; empty: nothing,
            or nobody can tell, as with one journal of an older version.
        is_whole_shard: whether all that there is, is one shard of several, and that is complete.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        """Opens them and looks for every cell.

        Args:
            paths: journals, or folders with journals in them or below.

        Raises:
            UsageError: one cannot be read or is no journal of this schema; they are not of the
                same run; or they have a cell twice, and not alike.
        """
        self._stack = ExitStack()
        try:
            self._journals = self._opened(_files(paths))
            self._places = self._index()
        except BaseException:
            self._stack.close()
            raise
        sizes = self._sizes()
        self.missing = tuple(self._missing(sizes))
        is_shard = len(sizes) == 1 and next(iter(sizes)).count > 1
        self.is_whole_shard = is_shard and self.cells >= sum(sizes.values())
        self.header = merged_header([each.header for each in self._journals])
        if self.missing and sizes:
            self.header["shards"] = [
                {"index": shard.index, "count": shard.count, "cells": cells}
                for shard, cells in sizes.items()
            ]

    @property
    def part(self) -> PlanPart | None:
        """Which part of which plan there is; None: an old journal does not say."""
        return part_from_json(self.header)

    @property
    def shards(self) -> tuple[Shard, ...]:
        """The shards of which there is a journal, in order; none of a whole plan."""
        return tuple(self._sizes())

    @property
    def what_is_there(self) -> str:
        """`all 12 cells`, `shards 1/5, 2/5: 80 of 200 cells`."""
        whole = self.part.whole.cells if self.part else self.cells
        names = ", ".join(map(str, self._sizes())) if self.missing else ""
        shards = f"shard{'s' if ',' in names else ''} {names}: " if names else ""
        return (
            f"{shards}{self.cells} of {_cells(whole)}" if self.missing else f"all {_cells(whole)}"
        )

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return len(self._places)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order of their shards."""
        return tuple(each.path for each in self._journals)

    def lines(self) -> Iterator[Json]:
        """Every cell once, as it stands in its file; by shard, then in the order of the file.

        Raises UsageError where a line is none that a run writes.
        """
        for journal, line in self._whole_lines():
            cell_of(journal.path, line)
            yield json.loads(line.data)

    def records(self) -> Iterator[RecordedCell]:
        """As `lines`, decoded."""
        for journal, line in self._whole_lines():
            yield cell_of(journal.path, line)

    def _whole_lines(self) -> Iterator[tuple[_OpenJournal, JournalLine]]:
        places: defaultdict[int, list[_Place]] = defaultdict(list)
        for place in self._places.values():
            places[place.journal].append(place)
        for number, journal in enumerate(self._journals):
            for place in sorted(places[number], key=lambda each: each.offset):
                journal.file.seek(place.offset)
                yield journal, JournalLine(place.number, place.offset, journal.file.readline())

    def close(self) -> None:
        """Closes the files; idempotent."""
        self._stack.close()

    def _opened(self, paths: Sequence[Path]) -> list[_OpenJournal]:
        journals = [self._open(path) for path in paths]
        if len(journals) > 1:
            for journal in journals:
                if journal.part is None:
                    raise UsageError(
                        f"{journal.path}: does not say of which run it is a part: it was written "
                        f"by cors-harness {journal.header.get('harness')}\n  run it again"
                    )
            check_same_run([(str(each.path), each.header) for each in journals])
        return sorted(journals, key=lambda each: [shard.index for shard in each.shards])

    def _open(self, path: Path) -> _OpenJournal:
        try:
            file = self._stack.enter_context(path.open("rb"))
            header = header_line(path, file)
            return _OpenJournal(path=path, file=file, header=header, part=part_from_json(header))
        except OSError as exc:
            raise UsageError(f"{path}: cannot be read: {exc.strerror or exc}") from exc

    def _index(self) -> dict[str, _Place]:
        """The place of each cell; the last one, where a file has it twice."""
        places: dict[str, _Place] = {}
        twice: list[tuple[str, Path, Path]] = []
        for number, journal in enumerate(self._journals):
            for name, place in _places(number, journal):
                other = places.get(name)
                if other is None or other.journal == number:
                    places[name] = place
                elif other.digest != place.digest:
                    twice.append((name, self._journals[other.journal].path, journal.path))
        if twice:
            (name, first, second), more = twice[0], len(twice) - 1
            also = f" (and {more} more)" if more else ""
            raise UsageError(
                f"{name}{also} is in {first} and in {second}, and is not the same there\n"
                "  a cell runs in one shard only: leave one of the two journals out"
            )
        return places

    def _sizes(self) -> dict[Shard, int]:
        """How many cells each shard has of which there is a journal; of the whole plan none."""
        parts = [journal.part for journal in self._journals if journal.part]
        if any(not part.shards for part in parts):
            return {}
        sizes: list[ShardSize] = [size for part in parts for size in part.shards]
        return {size.shard: size.cells for size in sorted(sizes, key=lambda each: each.shard.index)}

    def _missing(self, sizes: dict[Shard, int]) -> Iterator[str]:
        part = self._journals[0].part
        if part is None or self.cells >= part.whole.cells:
            return
        if sizes:
            count = next(iter(sizes)).count
            present = {shard.index for shard in sizes}
            absent = [index for index in range(1, count + 1) if index not in present]
            if absent:
                names = ", ".join(f"{index}/{count}" for index in absent)
                are = "is" if len(absent) == 1 else "are"
                cells = _cells(part.whole.cells - sum(sizes.values()))
                yield f"{len(absent)} of {count} shards {are} missing: {names}; {cells}"
        yield from self._interrupted()

    def _interrupted(self) -> Iterator[str]:
        """Of each journal, or of several of one shard together, what it should have and has not."""
        found: defaultdict[tuple[Shard, ...], int] = defaultdict(int)
        groups: defaultdict[tuple[Shard, ...], list[_OpenJournal]] = defaultdict(list)
        for journal in self._journals:
            groups[journal.shards].append(journal)
        for place in self._places.values():
            found[self._journals[place.journal].shards] += 1
        for shards, journals in groups.items():
            expected = journals[0].part.cells if journals[0].part else 0
            if lacking := max(0, expected - found[shards]):
                names = ", ".join(str(journal.path) for journal in journals)
                shard = f"shard {', '.join(map(str, shards))} ({names})" if shards else names
                yield f"{shard}: {lacking} of {_cells(expected)} missing, as of an interrupted run"


def _cells(number: int) -> str:
    return f"{number} cell{'' if number == 1 else 's'}"


def _files(paths: Sequence[Path]) -> list[Path]:
    """The journals that are named, each once; of a folder all that are in it."""
    files: dict[str, Path] = {}
    for path in paths:
        for file in _in_folder(path) if path.is_dir() else [path]:
            files.setdefault(os.path.realpath(file), file)  # not resolve(): it raises for a loop
    return list(files.values())


def _in_folder(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.rglob(f"*{SUFFIX}") if file.is_file())
    if not files:
        raise UsageError(
            f"{folder}: no journal in the folder\n  expected files that end in {SUFFIX}"
        )
    return files


def _places(number: int, journal: _OpenJournal) -> Iterator[tuple[str, _Place]]:
    """Name and place of each cell; a torn last line is left out."""
    for line in cell_lines(journal.path, journal.file):
        try:
            name = name_in_line(line.data)
        except JsonError as error:
            raise unreadable(journal.path, line.number, error) from None
        digest = blake2b(line.data, digest_size=12).digest()
        yield name, _Place(number, line.number, line.offset, digest)

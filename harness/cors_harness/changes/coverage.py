"""Coverage: which entries of a baseline a run covers: those it does not have are gone."""

import os
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path

from cors_harness.model.baseline import scenario_name
from cors_harness.model.cell import Cell
from cors_harness.model.change import EntryName
from cors_harness.model.server import is_deployed

CoveredEntry = tuple[EntryName, str]  # an entry in an engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a run was asked for, seen from a baseline.

    Attributes:
        folder: of the baseline.
        paths: the files and folders that were named; empty: whatever is loaded without, is all.
        whole: all of their cells on the servers and engines are meant: no -k, --cell or --only.
        servers: patterns; empty: every server that is not deployed.
        engines: names; empty: whatever runs without, is all.
        cells: what the run has.
        skips: what it does not have for a reason that says nothing of the baseline.
    """

    folder: Path
    paths: tuple[Path, ...]
    whole: bool
    servers: tuple[str, ...]
    engines: tuple[str, ...]
    cells: frozenset[CoveredEntry]
    skips: frozenset[CoveredEntry]

    def covers(self, name: EntryName, engine: str) -> bool:
        """Whether an entry that the run does not have in this engine is not there any more."""
        place = name, engine
        if place in self.cells or place in self.skips:
            return place in self.cells
        return self.whole and (not self.engines or engine in self.engines) and self._is_meant(name)

    def but(self, without: frozenset[CoveredEntry]) -> "Coverage":
        """The coverage of a run that came to no result for `without`: it does not cover those."""
        return replace(self, cells=self.cells - without, skips=self.skips | without)

    def reaches(self, name: EntryName) -> bool:
        """Whether an entry is of the servers and files that are meant, and is not skipped."""
        return self._is_meant(name) and all(name != skipped for skipped, _ in self.skips)

    def _is_meant(self, name: EntryName) -> bool:
        return self._has_server(name[1]) and self._has_file(name[0].rpartition("::")[0])

    def _has_server(self, name: str) -> bool:
        if self.servers:
            return any(fnmatchcase(name, pattern) for pattern in self.servers)
        return not is_deployed(name)

    def _has_file(self, file: str) -> bool:
        place = _full(self.folder / file)
        return not self.paths or any(
            place == path or path in place.parents for path in map(_full, self.paths)
        )


def place_of(cell: Cell, folder: Path) -> CoveredEntry:
    """The entry that a cell has in a baseline in `folder`, and its engine."""
    return (entry_scenario(cell, folder), cell.server), cell.engine


def entry_scenario(cell: Cell, folder: Path) -> str:
    """What an entry calls a cell's scenario."""
    return scenario_name(cell.scenario.source.file, cell.scenario.id, folder)


def _full(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))

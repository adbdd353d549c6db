"""Coverage: for which entries of a baseline a run speaks: what is not among its cells is gone."""

import argparse
import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from cors_harness.cli.options import engine_names, scenario_paths, subject_of
from cors_harness.model.baseline import Entry
from cors_harness.model.cell import Cell
from cors_harness.model.change import EntryName
from cors_harness.model.server import APPS
from cors_harness.plan import Plan

Place = tuple[EntryName, str]  # an entry in an engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a command line asks to run, seen from a baseline.

    Attributes:
        folder: of the baseline.
        paths: the files and folders that were loaded.
        whole: all of their cells on the servers and engines are meant: no -k, --cell or --only.
        servers: patterns; empty: every server that is not deployed.
        engines: names.
        cells, skips: what the plan has.
    """

    folder: Path
    paths: tuple[Path, ...]
    whole: bool
    servers: tuple[str, ...]
    engines: tuple[str, ...]
    cells: frozenset[Place]
    skips: frozenset[Place]

    def speaks_for(self, name: EntryName, engine: str) -> bool:
        """Whether an entry that the run does not have in this engine is not there any more."""
        place = name, engine
        if place in self.cells or place in self.skips:
            return place in self.cells
        return (
            self.whole
            and engine in self.engines
            and self._has_server(name[1])
            and self._has_file(name[0].rpartition("::")[0])
        )

    def covers(self, entry: Entry) -> bool:
        """Whether the run speaks for an entry in any engine."""
        return any(self.speaks_for(entry.name, engine) for engine, _ in entry.engines)

    def _has_server(self, name: str) -> bool:
        if self.servers:
            return any(fnmatchcase(name, pattern) for pattern in self.servers)
        return "@" not in name

    def _has_file(self, file: str) -> bool:
        place = _full(self.folder / file)
        return any(place == path or path in place.parents for path in map(_full, self.paths))


def coverage_of(args: argparse.Namespace, plan: Plan, folder: Path) -> Coverage:
    """What the options of `add_selection` mean for a baseline in `folder`."""
    return Coverage(
        folder=folder,
        paths=scenario_paths(args),
        whole=not args.keyword and not args.cell,
        servers=tuple(args.server) or (APPS if subject_of(args) else ()),
        engines=engine_names(args),
        cells=frozenset(place_of(cell, folder) for cell in plan.cells),
        skips=frozenset(place_of(skip.cell, folder) for skip in plan.skips),
    )


def place_of(cell: Cell, folder: Path) -> Place:
    """The entry that a cell has in a baseline in `folder`, and its engine."""
    return (entry_scenario(cell, folder), cell.server), cell.engine


def entry_scenario(cell: Cell, folder: Path) -> str:
    """What an entry calls a cell's scenario."""
    return scenario_name(cell.scenario.source.file, cell.scenario.id, folder)


def scenario_name(file: str, scenario: str, folder: Path) -> str:
    """`FILE::ID`, FILE relative to `folder`."""
    return f"{PurePath(os.path.relpath(file, folder)).as_posix()}::{scenario}"


def _full(path: Path) -> Path:
    return Path(os.path.normpath(path.absolute()))

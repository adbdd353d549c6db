"""watch(): tells which files have changed, of those that matter to a run."""

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from watchfiles import awatch

SETTINGS = "pyproject.toml"
SCENARIOS = frozenset({".yaml", ".yml"})
# What a server is made of. Not what it may write while it is called: a log, a database, JSON.
SOURCES = frozenset(
    {
        *(".py", ".toml", ".cfg", ".ini", ".conf", ".env", ".yaml", ".yml"),
        *(".html", ".jinja", ".j2", ".js", ".mjs", ".cjs", ".ts", ".go", ".rb", ".php", ".java"),
    }
)
ENV_FILE = ".env"  # and `.env.local`: no suffix that tells
IGNORED = frozenset(
    {
        *(".git", ".hg", ".svn", ".cors-harness", "__pycache__", "node_modules", "site-packages"),
        *(".venv", "venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache"),
    }
)
MOST_FOLDERS = 2_000  # a folder of many projects rather than of one; each takes a watch of the OS
QUIET_MS = 80  # an editor writes a file in several steps
LONGEST_MS = 800


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is looked at.

    Attributes:
        scenarios: scenario files, and folders of them.
        sources: folders of the server under test; empty: it runs somewhere by itself.
        settings: folders whose `pyproject.toml` counts.
    """

    scenarios: tuple[Path, ...]
    sources: tuple[Path, ...]
    settings: tuple[Path, ...]

    def folders(self) -> list[Path]:
        """The folders that are watched: that have such a file, or may get one; not too many."""
        return self._all_folders()[:MOST_FOLDERS]

    def left_out(self) -> int:
        """How many folders are not watched, as they are too many."""
        return max(0, len(self._all_folders()) - MOST_FOLDERS)

    def _all_folders(self) -> list[Path]:
        named = (path if path.is_dir() else path.parent for path in self.scenarios)
        deep = [folder for top in (*named, *self.sources) for folder in _below(top)]
        found = dict.fromkeys(path.resolve() for path in (*self.settings, *deep))
        return [folder for folder in found if folder.is_dir()]

    def is_scenario(self, file: Path) -> bool:
        """Whether it is a scenario file of ours, or was one."""
        return file.suffix in SCENARIOS and any(
            file == path or file.is_relative_to(path)
            for path in (path.resolve() for path in self.scenarios)
        )

    def is_of_server(self, file: Path) -> bool:
        """Whether the server may behave otherwise now."""
        if file.name == SETTINGS and file.parent in {path.resolve() for path in self.settings}:
            return True
        is_source = file.suffix in SOURCES or file.name.startswith(ENV_FILE)
        folders = (folder.resolve() for folder in self.sources)
        return is_source and any(
            file.is_relative_to(folder) and not _is_ignored(file.relative_to(folder))
            for folder in folders
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """Files that were written, made or deleted together.

    Attributes:
        files: each once, sorted.
        is_server: whether one of them is of the server under test, or has settings.
    """

    files: tuple[Path, ...]
    is_server: bool


async def watch(watched: Callable[[], Watched], tell: Callable[[Changed], None]) -> None:
    """Tells of changes until it is cancelled; `watched` is asked anew after each."""
    stop = asyncio.Event()
    try:
        while True:
            now = watched()
            folders = now.folders()
            async for changes in awatch(
                *folders,
                watch_filter=None,
                recursive=False,
                step=QUIET_MS,
                debounce=LONGEST_MS,
                stop_event=stop,
                ignore_permission_denied=True,
            ):
                if changed := _changed(now, {Path(path) for _, path in changes}):
                    tell(changed)
                now = watched()
                if now.folders() != folders:
                    break
    finally:
        stop.set()


def _changed(watched: Watched, files: Iterable[Path]) -> Changed | None:
    scenarios = {file for file in files if watched.is_scenario(file)}
    sources = {file for file in files if watched.is_of_server(file)} - scenarios
    if not scenarios and not sources:
        return None
    return Changed(files=tuple(sorted(scenarios | sources)), is_server=bool(sources))


def _below(top: Path) -> Iterator[Path]:
    for folder, names, _files in os.walk(top):
        names[:] = sorted(name for name in names if not _is_ignored(Path(name)))
        yield Path(folder)


def _is_ignored(path: Path) -> bool:
    return any(part in IGNORED or part.endswith(".egg-info") for part in path.parts)

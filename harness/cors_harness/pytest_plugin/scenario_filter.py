"""ScenarioFileFilter: which YAML files are scenario files; other tools have such folders too."""

import re
from collections.abc import Collection, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

SUFFIXES = (".yaml", ".yml")
FOLDER = "scenarios"
PATTERNS = (f"*/{FOLDER}/*.yaml", f"*/{FOLDER}/*.yml")
INI = "cors_scenarios"
# Read as text: a file with a syntax error, or with a mistake in some keys, is still recognised.
SIGNS = ("spec", "policy|response", "request|steps", "expect", "outcome")
SIGNS_NEEDED = 3
_SIGNS = tuple(
    re.compile(rf"(?:^|[\s{{,\"'-])(?:{sign})[\"']?\s*:(?:\s|$)", re.MULTILINE) for sign in SIGNS
)
MOST_BYTES = 1024 * 1024
FOLDERS_BELOW = (FOLDER, f"*/{FOLDER}", f"*/*/{FOLDER}")

SCENARIO_FILTER: "pytest.StashKey[ScenarioFileFilter]" = pytest.StashKey()


class ScenarioFileFilter:
    """Tells scenario files from others, and remembers which were taken and which left."""

    def __init__(self, config: pytest.Config, own_paths: Collection[Path] = ()) -> None:
        """`own_paths`: files and folders that the user names: all YAML in them is scenarios."""
        self._own_patterns: list[str] = config.getini(INI)
        self._own_paths = [path.resolve() for path in own_paths]
        self._root, self._args = config.rootpath, config.args
        self._taken: set[Path] = set()
        self._left: set[Path] = set()

    def takes(self, path: Path) -> bool:
        """Whether `path` is a scenario file.

        It is one when the user names it or its folder, or it matches their patterns. Otherwise its
        text must look like one, and it must lie in a folder `scenarios` or be on the command line.
        """
        if path.suffix not in SUFFIXES:
            return False
        if self._is_own(path):
            return True
        if not self._may_be(path):
            return False
        is_taken = looks_like_scenarios(path)
        (self._taken if is_taken else self._left).add(path)
        return is_taken

    def left_beside(self) -> tuple[Path, ...]:
        """Files that were not taken though they lie beside some that were."""
        folders = {path.parent for path in self._taken}
        return tuple(sorted(path for path in self._left if path.parent in folders))

    def expects_any(self) -> bool:
        """Whether the command line leads to scenario files; looks a few folders deep, no more."""
        if self._own_patterns or self._own_paths:
            return True
        paths = [Path(arg.split("::", 1)[0]) for arg in self._args]
        return any(self.takes(file.absolute()) for path in paths for file in _yaml_files(path))

    def _is_own(self, path: Path) -> bool:
        if any(path.resolve().is_relative_to(own) for own in self._own_paths):
            return True
        names = {path.as_posix()}
        if path.is_relative_to(self._root):
            names.add(path.relative_to(self._root).as_posix())
        return any(fnmatch(name, pattern) for name in names for pattern in self._own_patterns)

    def _may_be(self, path: Path) -> bool:
        named = (Path(arg.split("::", 1)[0]).resolve() for arg in self._args)
        in_folder = any(fnmatch(path.as_posix(), pattern) for pattern in PATTERNS)
        return in_folder or path.resolve() in named


def looks_like_scenarios(path: Path) -> bool:
    """Whether the text has at least three of the keys of SIGNS; so has one that is unreadable."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return True
    return sum(bool(sign.search(text)) for sign in _SIGNS) >= SIGNS_NEEDED


def _yaml_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif FOLDER in path.absolute().parts:
        yield from path.rglob("*.y*ml")
    else:
        for pattern in FOLDERS_BELOW:
            for folder in path.glob(pattern):
                yield from folder.rglob("*.y*ml")

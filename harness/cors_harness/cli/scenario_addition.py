"""ScenarioAddition: new scenarios, and the file that they go into, which may have others already.

What is there stays as it is, byte for byte; and what the loader refuses is not written.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from cors_harness.cli.draft_files import STDOUT
from cors_harness.errors import ScenarioError, UsageError
from cors_harness.loading.files import SUFFIXES, read_text, reader_name
from cors_harness.loading.scenarios import load_file, load_text
from cors_harness.reports.summary import counted
from cors_harness.store.whole_file import write_data, write_new
from cors_harness.text.problems import ProblemList

_FIRST_ITEM = re.compile(r"^(?P<indent> *)-(?:\s|$)", re.MULTILINE)


class ScenarioAddition:
    """A scenario file, and what is to be written behind all that it has.

    Attributes:
        path: where it is, or will be; `-` for the terminal.
        taken: ids that a new scenario may not have, each with the file that has it.
    """

    def __init__(self, path: Path) -> None:
        """Raises UsageError where no scenario file can be at `path`; ScenarioError by its text."""
        self.path, self._name = path, reader_name(path)
        self._found = "" if path == STDOUT else self._read()
        self._is_there = path != STDOUT and path.exists()
        self._scenarios, problems = load_text(self._found, self._name)
        if self._found.strip() and problems and not self._only_comments():
            raise ScenarioError(problems)
        self.taken = dict(self._ids())
        self._added = ""

    def add(self, entries: Sequence[str]) -> None:
        """Puts the entries behind what is there; raises UsageError where that cannot be loaded."""
        self._added = self._text_of(entries)
        scenarios, problems = load_text(self._found + self._added, self._name)
        if problems:
            listed = textwrap.indent("\n".join(map(str, problems)), "  ")
            raise UsageError(f"what is asked for makes no scenario; nothing is written\n{listed}")
        is_same = scenarios[: len(self._scenarios)] == self._scenarios
        if not is_same or len(scenarios) != len(self._scenarios) + len(entries):
            raise UsageError(
                f"{self._name}: nothing can be added behind its last line; expected a list of "
                "scenarios that ends there\n  name another file"
            )

    def write(self) -> None:
        """Writes what was added; raises UsageError where it cannot be, or the file has changed."""
        if self._is_there and self._read() != self._found:
            raise UsageError(f"{self._name} has changed meanwhile: nothing is written; try again")
        try:
            if self._is_there:
                write_data(self.path, self.path.read_bytes() + self._added.encode())
            else:
                write_new(self.path, self._added)
        except OSError as error:
            raise UsageError(f"{self.path} cannot be written: {error.strerror}") from error

    def told(self, count: int) -> str:
        """What was done, in a line."""
        done = "added to those that it has" if self._scenarios else "written"
        return f"{self.path}: {counted(count, 'scenario')} {done}"

    def _read(self) -> str:
        """The text; empty where the file is not there yet."""
        path = self.path
        if path.is_dir():
            raise UsageError(f"found the folder {path}; expected a file: {path / 'orders.yaml'}")
        if path.suffix not in SUFFIXES:
            better = path.with_name(f"{path.stem or 'orders'}.yaml")
            raise UsageError(f"found the file {path}; expected one named *.yaml: {better}")
        if not path.exists():
            return ""
        report = ProblemList(self._name)
        text = read_text(path, report)
        if text is None:
            raise ScenarioError(report.problems)
        return text

    def _only_comments(self) -> bool:
        lines = (line.strip() for line in self._found.splitlines())
        return all(not line or line.startswith("#") for line in lines)

    def _ids(self) -> Iterator[tuple[str, str]]:
        """Those of this file, and of the others beside it: a run of the folder has all of them."""
        yield from ((scenario.id, self._name) for scenario in self._scenarios)
        beside = (p for suffix in SUFFIXES for p in self.path.parent.glob(f"*{suffix}"))
        for path in sorted(beside if self.path != STDOUT else ()):
            if reader_name(path) != self._name:
                scenarios, _ = load_file(path)
                yield from ((scenario.id, reader_name(path)) for scenario in scenarios)

    def _text_of(self, entries: Sequence[str]) -> str:
        """The entries as lines of this file: by its indentation, by its ends of lines."""
        first = _FIRST_ITEM.search(self._found)
        indent = first["indent"] if first else ""
        text = "\n\n".join(textwrap.indent(entry, indent) for entry in entries) + "\n"
        if self._found:
            text = f"\n{text}" if self._found.endswith("\n") else f"\n\n{text}"
        return text.replace("\n", "\r\n") if "\r\n" in self._found else text

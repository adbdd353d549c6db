"""ProjectSettings: what the user's `pyproject.toml` says under `[tool.cors-harness]`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cors_harness.errors import UsageError
from cors_harness.loading.files import reader_name
from cors_harness.loading.problems import Problem, one_of
from cors_harness.model.change import ChangeClass
from cors_harness.model.scenario import SourceSpan
from cors_harness.project_keys import Wrong, kind_of, reader_of
from cors_harness.terms.origin import Origin

FILE = "pyproject.toml"
NAME = "cors-harness"
TABLE = f"tool.{NAME}"
KINDS = ("app", "command", "url")  # of a server under test; one of them at most

_HEADER = re.compile(r"^\s*\[\s*tool\s*\.\s*[\"']?cors-harness[\"']?\s*\]", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """Settings of the user's project; what is not stated there is None or empty.

    Attributes:
        file: the `pyproject.toml`; None: none has the table.
        app, command, url: the server under test, one of them at most.
        ready: the path that tells when the command's server is ready.
        page_origin, server_origin: where page and server really are, for the browser.
        scenarios: files and folders, absolute.
        baseline: a file, absolute; it need not be there.
        browsers: engine names.
        fail_on: classes of changes that `check` and `diff` fail on; empty: none, None: as usual.
    """

    file: Path | None = None
    app: str | None = None
    command: str | None = None
    ready: str | None = None
    url: Origin | None = None
    page_origin: Origin | None = None
    server_origin: Origin | None = None
    scenarios: tuple[Path, ...] = ()
    baseline: Path | None = None
    browsers: tuple[str, ...] = ()
    fail_on: tuple[ChangeClass, ...] | None = None

    @property
    def folder(self) -> Path | None:
        """Where the file lies: what relative things count from."""
        return self.file.parent if self.file else None


def project_settings(folder: Path) -> ProjectSettings:
    """The settings of the nearest `pyproject.toml` that has any, from `folder` upwards.

    Raises:
        UsageError: that file cannot be read, or some of the settings make no sense: all of them
            are in the text, each with file, key, what was found and what was expected.
    """
    start = folder.absolute()
    for each in (start, *start.parents):
        text = _text(each / FILE)
        table = _table(each / FILE, text)
        if table is not None:
            return _Reading(each / FILE, text).settings(table)
    return ProjectSettings()


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # not ours to complain about: whoever owns it will


def _table(file: Path, text: str) -> Mapping[str, Any] | None:
    """Our table; None where there is none, or no TOML and nothing of ours in it."""
    if NAME not in text:
        return None
    try:
        table = tomllib.loads(text).get("tool", {}).get(NAME)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{reader_name(file)}: cannot be read: {error}") from error
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{reader_name(file)}: {TABLE}: found {kind_of(table)}; expected a table")
    return table


class _Reading:
    """One file while it is read."""

    def __init__(self, file: Path, text: str) -> None:
        self._file, self._text = file, text
        self._name = reader_name(file)
        self._problems: list[Problem] = []

    def settings(self, table: Mapping[str, Any]) -> ProjectSettings:
        values: dict[str, Any] = {
            key.replace("-", "_"): self._value(key, value) for key, value in table.items()
        }
        self._check_kinds(table)
        if self._problems:
            raise UsageError("\n".join(map(str, self._problems)))
        return ProjectSettings(file=self._file, **values)

    def _value(self, key: str, value: object) -> object:
        try:
            return reader_of(key)(value, self._file.parent)
        except Wrong as wrong:
            self._add(key, wrong)
            return None

    def _check_kinds(self, table: Mapping[str, Any]) -> None:
        given = [key for key in KINDS if key in table]
        if len(given) > 1:
            self._add(given[1], Wrong(" and ".join(given), f"one of {one_of(KINDS)}"))
        if "ready" in table and given and "command" not in given:
            self._add("ready", Wrong(f"it beside {given[0]}", "it beside command only"))

    def _add(self, key: str, wrong: Wrong) -> None:
        self._problems.append(
            Problem(
                where=self._where(key),
                key=f"{TABLE}.{key}",
                found=wrong.found,
                expected=wrong.expected,
                hint=wrong.hint,
            )
        )

    def _where(self, key: str) -> SourceSpan:
        """The line of the key, as far as it can be told without TOML's own places."""
        header = _HEADER.search(self._text)
        start = header.end() if header else 0
        line = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", re.MULTILINE)
        found = line.search(self._text, start)
        return SourceSpan(
            file=self._name, line=self._text.count("\n", 0, found.start()) + 1 if found else 0
        )

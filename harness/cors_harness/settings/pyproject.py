"""ProjectSettings: the table `[tool.cors-harness]` of the user's `pyproject.toml`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cors_harness.errors import UsageError
from cors_harness.loading.files import reader_name
from cors_harness.model.change import ChangeClass, UnknownClass, classes_named
from cors_harness.model.remote import Remote, RemoteError, remote_of
from cors_harness.model.subject import Reset
from cors_harness.settings.advertise import AdvertiseError, advertised_host
from cors_harness.settings.driver import DRIVER_NAMES
from cors_harness.settings.remotes import capabilities_problem
from cors_harness.settings.server_values import (
    SECONDS,
    SESSIONS,
    reset_of,
    seconds_of,
    sessions_of,
)
from cors_harness.terms.engine_names import ENGINE_NAMES
from cors_harness.terms.origin import Origin, ServerUrlError, parse_origin, parse_server_url
from cors_harness.terms.source_span import SourceSpan
from cors_harness.text.json_values import MIB, JsonError, JsonLimits
from cors_harness.text.problems import Problem, did_you_mean, one_of, shown
from cors_harness.text.toml_values import toml_table

FILE = "pyproject.toml"
NAME = "cors-harness"
LIMITS = JsonLimits(most_bytes=4 * MIB)
TABLE = f"tool.{NAME}"
KINDS = ("app", "command", "url")  # of a server under test; one of them at most
PATH = re.compile(r"/[!-~]*")  # what --ready may name

_HEADER = re.compile(r"^\s*\[\s*tool\s*\.\s*[\"']?cors-harness[\"']?\s*\]", re.MULTILINE)


class WrongValue(Exception):  # noqa: N818 - reads as what it is
    """A value that is no good: what was found, what was expected, how to fix it."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        self.found, self.expected, self.hint = found, expected, hint
        super().__init__(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """Settings of the user's project; what is not stated there is None or empty.

    Attributes:
        file: the `pyproject.toml`; None: none has the table.
        app, command, url: the server under test, one of them at most.
        ready: the path that tells when the command's server is ready.
        forwarded: whether the server is told that browsers call it by https; None: as usual.
        plain_urls: whether the server gets URLs without our parameter; None: as usual.
        reset: what brings the server back to where it began, before the turn of each engine.
        server_per_engine: whether each engine has a server of its own; None: as usual.
        start_timeout: seconds that the server may take to start.
        page_origin, server_origin: where page and server really are, for the browser.
        scenarios: files and folders, absolute.
        baseline: a file, absolute; it need not be there.
        browsers: names of engines and of remote browsers.
        remote: browsers somewhere else, by the names of their columns.
        capabilities: those of `remote` that it states, by the same names.
        sessions: how many of each remote browser share its pages, at most.
        driver: what drives a stock Firefox, `bidi` or `playwright`.
        fail_on: classes of changes that `check` and `diff` fail on; empty: none, None: as usual.
        advertise: the host by which browsers on other machines call this one; empty: loopback.
    """

    file: Path | None = None
    app: str | None = None
    command: str | None = None
    ready: str | None = None
    url: Origin | None = None
    forwarded: bool | None = None
    plain_urls: bool | None = None
    reset: Reset | None = None
    server_per_engine: bool | None = None
    start_timeout: int | None = None
    page_origin: Origin | None = None
    server_origin: Origin | None = None
    scenarios: tuple[Path, ...] = ()
    baseline: Path | None = None
    browsers: tuple[str, ...] = ()
    remote: Mapping[str, Remote] = field(default_factory=dict)
    capabilities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    sessions: int | None = None
    driver: str | None = None
    fail_on: tuple[ChangeClass, ...] | None = None
    advertise: str = ""

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
    for file in (parent / FILE for parent in (start, *start.parents)):
        data = _data(file)
        table = _table(file, data)
        if table is not None:
            return _TableReading(file, data.decode("utf-8-sig")).settings(table)
    return ProjectSettings()


def _data(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(LIMITS.most_bytes + 1)
    except OSError:
        return b""  # not ours to complain about: whoever owns it will


def _table(file: Path, data: bytes) -> Mapping[str, Any] | None:
    """The table of this tool; None where there is none. No TOML is an error only if it names it."""
    if NAME.encode() not in data:
        return None
    try:
        tool = toml_table(data, LIMITS).get("tool")
    except JsonError as error:
        problem = error.flaws[0].problem(reader_name(file))
        raise UsageError(f"{problem}\n  {TABLE} in it cannot be read") from error
    table = tool.get(NAME) if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{reader_name(file)}: {TABLE}: found {_kind_of(table)}; expected a table")
    return table


class _TableReading:
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
        self._give_capabilities(values)
        self._check_browsers(values)
        if self._problems:
            raise UsageError("\n".join(map(str, self._problems)))
        return ProjectSettings(file=self._file, **values)

    def _value(self, key: str, value: object) -> object:
        if key not in READERS:
            hint = did_you_mean(key, READERS)
            self._add(key, WrongValue("an unknown key", f"only {', '.join(READERS)}", hint))
            return None
        try:
            return READERS[key](value, self._file.parent)
        except WrongValue as wrong:
            self._add(key, wrong)
            return None

    def _give_capabilities(self, values: dict[str, Any]) -> None:
        """Puts the capabilities into the remote browsers that they are of."""
        remotes = dict(values.get("remote") or {})
        for name, capabilities in (values.get("capabilities") or {}).items():
            if name in remotes:
                remotes[name] = replace(remotes[name], capabilities=capabilities)
            else:
                hint = did_you_mean(name, remotes)
                self._add("capabilities", WrongValue(shown(name), "a name in remote", hint))
        if remotes:
            values["remote"] = remotes

    def _check_browsers(self, values: Mapping[str, Any]) -> None:
        known = (*ENGINE_NAMES, *(values.get("remote") or {}))
        for name in values.get("browsers") or ():
            if name not in known:
                expected = f"any of {', '.join(known)}, or a name in remote"
                self._add("browsers", WrongValue(shown(name), expected, did_you_mean(name, known)))

    def _check_kinds(self, table: Mapping[str, Any]) -> None:
        kinds = [key for key in KINDS if key in table]
        if len(kinds) > 1:
            self._add(kinds[1], WrongValue(" and ".join(kinds), f"one of {one_of(KINDS)}"))
        if "ready" in table and kinds and "command" not in kinds:
            self._add("ready", WrongValue(f"it beside {kinds[0]}", "it beside command only"))
        if table.get("server-per-engine") is True and "url" in kinds:
            hint = "reset = … brings a server that runs already back to where it began"
            wrong = WrongValue("it beside url", "it beside app or command only", hint)
            self._add("server-per-engine", wrong)

    def _add(self, key: str, wrong: WrongValue) -> None:
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
        pattern = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", re.MULTILINE)
        match = pattern.search(self._text, start)
        line = self._text.count("\n", 0, match.start()) + 1 if match else 0
        return SourceSpan(file=self._name, line=line)


# How a key is read from its TOML value

# Of the value and the folder of the file; raises WrongValue.
Reader = Callable[[object, Path], object]


NUL = "\0"  # which no path has, and no argument of a program


def _string(value: object, _folder: Path) -> str:
    if not isinstance(value, str):
        raise WrongValue(_kind_of(value), "a string")
    if not value.strip():
        raise WrongValue("an empty string", "some text")
    if NUL in value:
        raise WrongValue(f"{shown(value)}, with NUL in it", "text without")
    return value


def _flag(value: object, _folder: Path) -> bool:
    if not isinstance(value, bool):
        raise WrongValue(_kind_of(value), "true or false")
    return value


def _ready(value: object, folder: Path) -> str:
    text = _string(value, folder)
    if not PATH.fullmatch(text):
        raise WrongValue(shown(text), "a path, such as /healthz")
    return text


def _reset(value: object, folder: Path) -> Reset:
    return reset_of(_string(value, folder), folder)


def _number(expected: str, number_of: Callable[[str], int | None]) -> Callable[[object, Path], int]:
    def read(value: object, _folder: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise WrongValue(_kind_of(value), expected)
        number = number_of(str(value))
        if number is None:
            raise WrongValue(str(value), expected)
        return number

    return read


def _url(value: object, folder: Path) -> Origin:
    try:
        return parse_server_url(_string(value, folder))
    except ServerUrlError as refused:
        raise WrongValue(refused.found, refused.expected, refused.hint) from refused


def _origin(value: object, folder: Path) -> Origin:
    text = _string(value, folder)
    try:
        return parse_origin(text)
    except ValueError as error:
        value_shown = "credentials, which are not shown" if "@" in text else shown(text)
        raise WrongValue(value_shown, "an origin", str(error)) from error


def _advertise(value: object, folder: Path) -> str:
    try:
        return advertised_host(_string(value, folder))
    except AdvertiseError as refused:
        raise WrongValue(refused.found, refused.expected, refused.hint) from refused


def _strings(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        example = f'["{value}"]' if isinstance(value, str) else ""
        raise WrongValue(_kind_of(value), "a list of strings", example and f"write {example}")
    for item in value:
        if not isinstance(item, str):
            raise WrongValue(f"{_kind_of(item)} in the list", "a list of strings")
        if NUL in item:
            raise WrongValue(f"{shown(item)}, with NUL in it", "text without")
        yield item


def _paths(value: object, folder: Path) -> tuple[Path, ...]:
    return tuple(folder / path for path in _strings(value))


def _path(value: object, folder: Path) -> Path:
    return folder / _string(value, folder)


def _columns(value: object, _folder: Path) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_strings(value)))


def _remotes(value: object, _folder: Path) -> Mapping[str, Remote]:
    remotes = {}
    for name, url in _mapping(value, 'a table: {safari = "http://mac.local:4444"}').items():
        if not isinstance(url, str):
            raise WrongValue(f"{_kind_of(url)} for {shown(name)}", "a string, a URL")
        try:
            remotes[name] = remote_of(name, url)
        except RemoteError as error:
            raise WrongValue(error.found, error.expected, error.hint) from error
    return remotes


def _capabilities(value: object, _folder: Path) -> Mapping[str, Mapping[str, Any]]:
    tables = _mapping(value, "a table for each remote browser")
    for name, table in tables.items():
        if problem := capabilities_problem(table):
            raise WrongValue(f"{problem} for {shown(name)}", "a table of capabilities by name")
    return tables


def _mapping(value: object, expected: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise WrongValue(_kind_of(value), expected)
    return value


def _driver(value: object, folder: Path) -> str:
    name = _string(value, folder)
    if name not in DRIVER_NAMES:
        expected = " or ".join(DRIVER_NAMES)
        raise WrongValue(shown(name), expected, did_you_mean(name, DRIVER_NAMES))
    return name


def _classes(value: object, _folder: Path) -> tuple[ChangeClass, ...]:
    try:
        return classes_named(tuple(_strings(value)))
    except UnknownClass as error:
        raise WrongValue(shown(error.found), error.expected, error.hint) from error


def _kind_of(value: object) -> str:
    """What sort of TOML value it is, in words."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return "a string" if isinstance(value, str) else kinds.get(type(value), "a date or time")


READERS: Mapping[str, Reader] = {
    "app": _string,
    "command": _string,
    "ready": _ready,
    "url": _url,
    "forwarded": _flag,
    "plain-urls": _flag,
    "reset": _reset,
    "server-per-engine": _flag,
    "start-timeout": _number(SECONDS, seconds_of),
    "page-origin": _origin,
    "server-origin": _origin,
    "scenarios": _paths,
    "baseline": _path,
    "browsers": _columns,
    "remote": _remotes,
    "sessions": _number(SESSIONS, sessions_of),
    "capabilities": _capabilities,
    "driver": _driver,
    "fail-on": _classes,
    "advertise": _advertise,
}

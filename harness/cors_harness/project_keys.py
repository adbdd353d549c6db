"""Reader: how one key of `[tool.cors-harness]` is read from its TOML value."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from cors_harness.engines.found import ENGINE_NAMES
from cors_harness.loading.problems import did_you_mean, shown
from cors_harness.model.change import ChangeClass, UnknownClass, classes_named
from cors_harness.terms.origin import Origin, parse_origin
from cors_harness.terms.urls import parse_server_url

PATH = re.compile(r"/[!-~]*")  # what --ready may name
Reader = Callable[[object, Path], object]  # of the value and the folder of the file; raises Wrong


class Wrong(Exception):  # noqa: N818 - reads as what it is
    """A value that is no good: what was found, what was expected, how to fix it."""

    def __init__(self, found: str, expected: str, hint: str = "") -> None:
        self.found, self.expected, self.hint = found, expected, hint
        super().__init__(found)


def _string(value: object, _folder: Path) -> str:
    if not isinstance(value, str):
        raise Wrong(kind_of(value), "a string")
    if not value.strip():
        raise Wrong("an empty string", "some text")
    return value


def _ready(value: object, folder: Path) -> str:
    text = _string(value, folder)
    if not PATH.fullmatch(text):
        raise Wrong(shown(text), "a path, such as /healthz")
    return text


def _url(value: object, folder: Path) -> Origin:
    try:
        return parse_server_url(_string(value, folder))
    except ValueError as error:
        found, _, expected = str(error).removeprefix("found ").partition("; expected ")
        first, _, hint = (expected or "a URL").partition("\n  ")
        raise Wrong(found, first, hint) from error


def _origin(value: object, folder: Path) -> Origin:
    text = _string(value, folder)
    try:
        return parse_origin(text)
    except ValueError as error:
        found = "credentials, which are not shown" if "@" in text else shown(text)
        raise Wrong(found, "an origin", str(error)) from error


def _strings(value: object) -> Iterator[str]:
    if not isinstance(value, list):
        example = f'["{value}"]' if isinstance(value, str) else ""
        raise Wrong(kind_of(value), "a list of strings", example and f"write {example}")
    for each in value:
        if not isinstance(each, str):
            raise Wrong(f"{kind_of(each)} in the list", "a list of strings")
        yield each


def _paths(value: object, folder: Path) -> tuple[Path, ...]:
    return tuple(folder / each for each in _strings(value))


def _path(value: object, folder: Path) -> Path:
    return folder / _string(value, folder)


def _names(known: Collection[str]) -> Callable[[object, Path], tuple[str, ...]]:
    def read(value: object, _folder: Path) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(_strings(value)))
        for name in names:
            if name not in known:
                expected = f"any of {', '.join(known)}"
                raise Wrong(shown(name), expected, did_you_mean(name, known))
        return names

    return read


def _classes(value: object, _folder: Path) -> tuple[ChangeClass, ...]:
    try:
        return classes_named(tuple(_strings(value)))
    except UnknownClass as error:
        raise Wrong(shown(error.found), error.expected, error.hint) from error


def kind_of(value: object) -> str:
    """What sort of TOML value it is, in words."""
    words = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return "a string" if isinstance(value, str) else words.get(type(value), "a date or time")


READERS: Mapping[str, Reader] = {
    "app": _string,
    "command": _string,
    "ready": _ready,
    "url": _url,
    "page-origin": _origin,
    "server-origin": _origin,
    "scenarios": _paths,
    "baseline": _path,
    "browsers": _names(ENGINE_NAMES),
    "fail-on": _classes,
}


def reader_of(key: str) -> Reader:
    """How `key` is read; one that nobody knows raises Wrong whatever its value."""
    return READERS.get(key) or _unknown(key)


def _unknown(key: str) -> Reader:
    def read(_value: object, _folder: Path) -> object:
        expected = f"only {', '.join(READERS)}"
        raise Wrong("an unknown key", expected, did_you_mean(key, READERS))

    return read

"""parameter_of(): what a part of a path may be, of which a regular expression is known."""

import re
from collections.abc import Iterator

from cors_harness.model.survey import Parameter, ParameterKind

_WORDS = re.compile(r"\(?(?:\?:)?([\w-]+(?:\|[\w-]+)+)\)?")
_UUID = "00000000-0000-4000-8000-000000000001"
# The first value that fits tells the kind; the parameter's own name comes before them, as text.
_VALUES = (
    (_UUID, ParameterKind.UUID),
    ("1.5", ParameterKind.FLOAT),
    ("1", ParameterKind.INT),
)
_OTHERS = ("12", "2024", "2024-02-29", "a", "A", "ab", "en", "abcdef", _UUID.replace("-", ""))


def parameter_of(name: str, expression: str) -> Parameter:
    """The parameter `name` that takes what `expression` matches as a whole.

    One of a list where the expression is a list of words; also, with one value that fits, where it
    takes nothing of any kind. Text, where no value that is tried fits.
    """
    if words := _WORDS.fullmatch(expression):
        return Parameter(name=name, kind=ParameterKind.WORD, choices=tuple(words[1].split("|")))
    try:
        pattern = re.compile(expression)
    except re.error:
        return Parameter(name=name)
    if kind := _kind(name, pattern):
        return Parameter(name=name, kind=kind)
    fits = tuple(value for value in _OTHERS if pattern.fullmatch(value))[:1]
    return Parameter(
        name=name, kind=ParameterKind.WORD if fits else ParameterKind.TEXT, choices=fits
    )


def _kind(name: str, pattern: re.Pattern[str]) -> ParameterKind | None:
    if pattern.fullmatch(f"{name}/{name}"):
        return ParameterKind.PATH
    if pattern.fullmatch(name):
        return ParameterKind.TEXT
    fits = (kind for value, kind in _VALUES if pattern.fullmatch(value))
    return next(fits, None)


def groups_of(expression: str) -> tuple[tuple[str, str], ...]:
    """(name, what is inside) of each group of a regular expression that captures, the outer ones.

    Groups without a name are called `_0`, `_1` and so on, by their number among those.
    """
    return tuple(_groups(expression))


def _groups(expression: str) -> Iterator[tuple[str, str]]:
    unnamed, end = 0, 0
    for match in re.finditer(r"\\.|\[\^?\]?[^\]]*\]|\((?:\?P<(\w+)>|(?!\?))", expression):
        if match.start() < end or not match[0].startswith("("):
            continue
        end = end_of_group(expression, match.end())
        name = match[1] or f"_{unnamed}"
        unnamed += not match[1]
        yield name, expression[match.end() : end]


def end_of_group(expression: str, start: int) -> int:
    """Where the group that begins before `start` ends; brackets in a set or escaped are none."""
    depth = 1
    for match in re.finditer(r"\\.|\[\^?\]?[^\]]*\]|[()]", expression[start:]):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return start + match.start()
    return len(expression)

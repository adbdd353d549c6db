"""parameter_of(): what a part of a path may be, of which a regular expression is known."""

import re

from cors_harness.model.survey import Parameter, ParameterKind

_WORDS = re.compile(r"\(?(?:\?:)?([\w-]+(?:\|[\w-]+)+)\)?")
_UUID = "00000000-0000-4000-8000-000000000001"
# The first value that fits tells the kind; the parameter's own name comes before them, as text.
_VALUES = (
    (_UUID, ParameterKind.UUID),
    ("1.5", ParameterKind.FLOAT),
    ("1", ParameterKind.INT),
)


def parameter_of(name: str, expression: str) -> Parameter:
    """The parameter `name` that takes what `expression` matches as a whole.

    Text, where it takes none of the values that are tried or is no regular expression of Python's.
    """
    if words := _WORDS.fullmatch(expression):
        return Parameter(name=name, kind=ParameterKind.WORD, choices=tuple(words[1].split("|")))
    return Parameter(name=name, kind=_kind(name, expression))


def _kind(name: str, expression: str) -> ParameterKind:
    try:
        pattern = re.compile(expression)
    except re.error:
        return ParameterKind.TEXT
    if pattern.fullmatch(f"{name}/{name}"):
        return ParameterKind.PATH
    if pattern.fullmatch(name):
        return ParameterKind.TEXT
    fits = (kind for value, kind in _VALUES if pattern.fullmatch(value))
    return next(fits, ParameterKind.TEXT)


def groups_of(expression: str) -> tuple[tuple[str, str], ...]:
    """(name, what is inside) of each named group of a regular expression, the outer ones only."""
    groups: list[tuple[str, str]] = []
    for match in re.finditer(r"\(\?P<(\w+)>", expression):
        end = _end_of_group(expression, match.end())
        groups.append((match[1], expression[match.end() : end]))
    return tuple(groups)


def _end_of_group(expression: str, start: int) -> int:
    """Where the group that begins before `start` ends; brackets in a set or escaped are none."""
    depth, in_set = 1, False
    for match in re.finditer(r"\\.|[\[\]()]", expression[start:]):
        found = match[0]
        if found in {"[", "]"}:
            in_set = found == "["
        elif not in_set and found in "()":
            depth += 1 if found == "(" else -1
        if not depth:
            return start + match.start()
    return len(expression)

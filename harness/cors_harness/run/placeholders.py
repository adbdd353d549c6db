"""Placeholders: `{page}`, `{server}`, `{cell}` ... in a scenario, filled in for one cell."""

import dataclasses
import re
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")
PLACEHOLDER = re.compile(r"\{(page|server|other|third|cell|token)\}")


def fill(value: T, names: Mapping[str, str]) -> T:
    """`value` with every placeholder that `names` knows filled in, at any depth.

    Strings, tuples and dataclasses are walked; anything else, and any other brace, stays. What has
    no placeholder in it comes back as the very same object.
    """
    return cast("T", _fill(value, names))


def _fill(value: Any, names: Mapping[str, str]) -> Any:
    kind: Any = type(value)
    if kind is str:
        return _fill_text(value, names) if "{" in value else value
    if kind is tuple:
        filled = tuple([_fill(item, names) for item in value])
        return value if all(map(_is, filled, value)) else filled
    return _fill_fields(value, names, _fields(kind))


def _fill_text(text: str, names: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), text)


def _fill_fields(value: Any, names: Mapping[str, str], fields: tuple[str, ...]) -> Any:
    changed = {}
    for name in fields:
        before = getattr(value, name)
        after = _fill(before, names)
        if after is not before:
            changed[name] = after
    return dataclasses.replace(value, **changed) if changed else value


@cache
def _fields(kind: Hashable) -> tuple[str, ...]:
    """The field names of a dataclass; none for any other type."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))


def _is(one: object, other: object) -> bool:
    return one is other

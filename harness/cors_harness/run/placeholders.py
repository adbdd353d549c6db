"""substitute(): any value with its placeholders filled in, such as `{page}` and `{cell}`."""

import dataclasses
import operator
import re
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")
PLACEHOLDER = re.compile(r"\{(page|server|other|third|cell|token|unique|steps\.[^{}\s]+)\}")


def substitute(value: T, names: Mapping[str, str]) -> T:
    """`value` with every placeholder that `names` has a value for filled in, at any depth.

    Strings, tuples and dataclasses are searched; anything else, and any other brace, stays. What
    has no placeholder in it comes back as the very same object.
    """
    return cast("T", value if _is_plain(value) else _substitute(value, names))


def _substitute(value: Any, names: Mapping[str, str]) -> Any:
    """`value`, which has a brace in it, filled in."""
    kind: Any = type(value)
    if kind is str:
        return PLACEHOLDER.sub(lambda match: names.get(match[1], match[0]), value)
    if kind is tuple:
        filled = tuple([substitute(item, names) for item in value])
        return value if all(map(operator.is_, filled, value)) else filled
    changed = {}
    for name in fields_of(kind):
        before = getattr(value, name)
        after = substitute(before, names)
        if after is not before:
            changed[name] = after
    return dataclasses.replace(value, **changed) if changed else value


# Whether tuples and dataclasses are without a brace, by their id; each stays here, so that no other
# gets its id. A scenario has hundreds of parts, and runs on dozens of servers in three engines.
_KNOWN: dict[int, tuple[object, bool]] = {}
_MOST_KNOWN = 50_000


def _is_plain(value: Any) -> bool:
    """Whether there is no brace in it, at any depth."""
    kind: Any = type(value)
    if kind is str:
        return "{" not in value
    if kind is not tuple and not fields_of(kind):
        return True
    known = _KNOWN.get(id(value))
    if known is None:
        parts = value if kind is tuple else [getattr(value, name) for name in fields_of(kind)]
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        known = _KNOWN[id(value)] = value, all(map(_is_plain, parts))
    return known[1]


@cache
def fields_of(kind: Hashable) -> tuple[str, ...]:
    """The field names of a dataclass; none for any other type."""
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))

"""Placeholders: `{page}`, `{server}`, `{cell}` ... in a scenario, filled in for one cell."""

import dataclasses
import re
from collections.abc import Mapping
from typing import TypeVar, cast

T = TypeVar("T")
PLACEHOLDER = re.compile(r"\{(page|server|other|third|cell|token)\}")


def fill(value: T, names: Mapping[str, str]) -> T:
    """`value` with every placeholder that `names` knows filled in, at any depth.

    Strings, tuples and dataclasses are walked; anything else, and any other brace, stays.
    """
    plain: object = value
    if type(plain) is str:
        return cast("T", PLACEHOLDER.sub(lambda found: names.get(found[1], found[0]), plain))
    if type(plain) is tuple:
        return cast("T", tuple(fill(item, names) for item in plain))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fill_fields(value, names)
    return value


def _fill_fields(value: T, names: Mapping[str, str]) -> T:
    before = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}  # type: ignore[arg-type]
    after = {name: fill(field, names) for name, field in before.items()}
    changed = {name: field for name, field in after.items() if field != before[name]}
    return dataclasses.replace(value, **changed) if changed else value  # type: ignore[type-var]

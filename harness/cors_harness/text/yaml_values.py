"""yaml_values(): a YAML document of other people's as the values that JSON has.

Scenario files are read elsewhere, as text with places (yaml_nodes).
"""

import math
import re
from typing import Any

import yaml

from cors_harness.text.json_values import MIB, JsonError, JsonFlaw, JsonLimits, json_text_of
from cors_harness.text.yaml_nodes import explain

# Three seconds for each, and more than people write by hand; JSON is read a hundred times as fast.
LIMITS = JsonLimits(most_bytes=4 * MIB)
MOST_NODES = 1_000_000  # a hundred times a large document
MOST_DEEP = 100


_TAG = "tag:yaml.org,2002:"
_KINDS = frozenset(f"{_TAG}{kind}" for kind in ("null", "float", "str", "seq", "map"))


class _JsonLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Makes text of dates, and of `yes`, `no`, `on` and `off`: https://yaml.org/spec/1.2.2/#10213-tag-resolution."""


_JsonLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _flag(loader: Any, node: yaml.ScalarNode) -> bool | str:
    """Text where a tag calls something else true or false."""
    text: str = loader.construct_scalar(node)
    return text.lower() == "true" if text.lower() in {"true", "false"} else text


def _number(loader: Any, node: yaml.ScalarNode) -> int | str:
    """Text where a tag calls something else a number."""
    try:
        return int(loader.construct_yaml_int(node))
    except (ValueError, IndexError):
        return str(loader.construct_scalar(node))


# Others, such as sets and bytes, are refused with their place.
_JsonLoader.yaml_constructors = {
    tag: make
    for tag, make in yaml.SafeLoader.yaml_constructors.items()
    if tag in _KINDS or tag is None
}
_JsonLoader.add_constructor(f"{_TAG}bool", _flag)
_JsonLoader.add_constructor(f"{_TAG}int", _number)
_JsonLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def yaml_values(data: bytes | str) -> Any:
    """What the document says, in dict, list, str, int, float, bool and None; all keys are text.

    Raises:
        JsonError: it is no YAML, or nested too deep, or too large, with what its aliases repeat.
    """
    text = json_text_of(data, LIMITS)
    try:
        # A safe loader, with fewer kinds of values.
        value = yaml.load(text, _JsonLoader)  # noqa: S506
    except yaml.YAMLError as error:
        raise JsonError([_flaw(error, text)]) from None
    except RecursionError:
        raise _refused(f"lists and mappings more than {MOST_DEEP} deep") from None
    except (ValueError, TypeError):  # of a number, of a key
        raise _refused("a value that JSON has not") from None
    return _Plain().value(value, 0)


def _flaw(error: yaml.YAMLError, text: str) -> JsonFlaw:
    problem = explain(error, text, "")
    return JsonFlaw(
        found=problem.found,
        expected="; ".join(filter(None, (problem.expected, problem.hint))),
        line=problem.where.line,
        column=problem.where.column if problem.where.line else 0,
    )


def _refused(found: str) -> JsonError:
    return JsonError([JsonFlaw(found=found, expected="less")])


class _Plain:
    """Copies values without what JSON has not, and counts them: an alias repeats what it names."""

    def __init__(self) -> None:
        self._left = MOST_NODES

    def value(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if not self._left:
            raise _refused(f"more than {MOST_NODES} values, aliases counted")
        if depth > MOST_DEEP:
            raise _refused(f"lists and mappings more than {MOST_DEEP} deep")
        match value:
            case dict():
                return {str(key): self.value(each, depth + 1) for key, each in value.items()}
            case list() | tuple() | set():
                return [self.value(each, depth + 1) for each in value]
            case float():
                return value if math.isfinite(value) else None
            case None | bool() | str():
                return value
            case int() if value.bit_length() <= 1024:
                return value
            case _:
                return None if isinstance(value, int) else str(value)

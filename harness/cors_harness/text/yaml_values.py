"""yaml_values(): a YAML document of other people's as the values that JSON has.

Scenario files are read elsewhere, as text with places (yaml_nodes).
"""

import re
from typing import Any

import yaml

MOST_NODES = 1_000_000  # a hundred times a large document
MOST_DEEP = 200
_TEXT = "tag:yaml.org,2002:str"


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
_JsonLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("true|True|TRUE|false|False|FALSE"), list("tTfF")
)


def yaml_values(text: str) -> Any:
    """What the document says, in dict, list, str, int, float, bool and None; all keys are text.

    Raises:
        ValueError: it is no YAML, or nested too deep, or too large, with what its aliases repeat.
    """
    try:
        # A safe loader, with fewer kinds of values.
        value = yaml.load(text, _JsonLoader)  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise ValueError("no YAML") from error
    return _Plain().value(value, 0)


class _Plain:
    """Copies values without what JSON has not, and counts them: an alias repeats what it names."""

    def __init__(self) -> None:
        self._left = MOST_NODES

    def value(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if not self._left or depth > MOST_DEEP:
            raise ValueError("more than is read")
        match value:
            case dict():
                return {str(key): self.value(each, depth + 1) for key, each in value.items()}
            case list() | tuple() | set():
                return [self.value(each, depth + 1) for each in value]
            case None | bool() | int() | float() | str():
                return value
            case _:
                return str(value)

"""Grid status: how many more sessions of a browser a Selenium Grid has room for.

https://www.selenium.dev/documentation/grid/advanced_features/endpoints/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

UP = "UP"
# What the grid itself compares with the stereotype of a slot, where it is asked for.
MATCHED = ("browserName", "browserVersion", "platformName")


def free_slots(status: object, asked: Mapping[str, Any]) -> int | None:
    """How many sessions of what is `asked` could begin at once.

    Args:
        status: the value of `GET /status`.
        asked: capabilities that every session must have.

    Returns:
        None where the status names no nodes, as that of a single driver or of a provider.
    """
    nodes = status.get("nodes") if isinstance(status, Mapping) else None
    if not isinstance(nodes, Sequence) or isinstance(nodes, str):
        return None
    up = (node for node in _mappings(nodes) if node.get("availability") == UP)
    return sum(_free_slots_of(node, asked) for node in up)


def _free_slots_of(node: Mapping[str, Any], asked: Mapping[str, Any]) -> int:
    slots = list(_mappings(node.get("slots")))
    free = [slot for slot in slots if slot.get("session") is None]
    fitting = sum(_fits(slot.get("stereotype"), asked) for slot in free)
    most = node.get("maxSessions")
    busy = len(slots) - len(free)
    return max(0, min(fitting, most - busy)) if isinstance(most, int) else fitting


def _fits(stereotype: object, asked: Mapping[str, Any]) -> bool:
    """Whether a slot gives such a session, by what the grid compares too."""
    has = stereotype if isinstance(stereotype, Mapping) else {}
    return all(
        str(asked[name]).lower() == str(has[name]).lower()
        for name in MATCHED
        if asked.get(name) and has.get(name)
    )


def _mappings(values: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(values, Sequence) and not isinstance(values, str):
        yield from (value for value in values if isinstance(value, Mapping))

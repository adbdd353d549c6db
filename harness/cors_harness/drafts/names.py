"""Names for origins and operations, for ids of drafted scenarios: short, and none twice."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from cors_harness.drafts.operation import Operation
from cors_harness.terms.origin import Origin

CREDENTIALS, LOOKALIKE = "-credentials", "-lookalike"
LONGEST = 80  # characters of an operation's name


def origin_names(origins: Sequence[Origin]) -> Mapping[str, str]:
    """The origins by name; names are as short as may be, no two alike."""
    named: dict[str, str] = {}
    for origin in origins:
        name = next(name for name in _short_names(origin) if name not in named)
        named[name] = str(origin)
    return named


def _short_names(origin: Origin) -> Iterator[str]:
    """Names for an origin, shortest first: its first label, its host, all of it, a number."""
    label = origin.host.partition(".")[0]
    if not label.isdigit() and slug(label):
        yield slug(label)
    yield slug(origin.host) or "origin"
    yield slug(f"{origin.host}-{origin.port}")
    yield slug(f"{origin.scheme}-{origin.host}-{origin.port}")
    yield from (f"origin-{number}" for number in itertools.count(1))


def operation_names(operations: Sequence[Operation]) -> Mapping[Operation, str]:
    """A name for each operation, no two alike: `get-orders-number`."""
    names: dict[Operation, str] = {}
    taken: set[str] = set()
    for operation in operations:
        path = slug(operation.template.lower())[:LONGEST].strip("-") or "root"
        base = f"{slug(operation.method.lower()) or 'call'}-{path}"
        candidates = itertools.chain((base,), (f"{base}-v{n}" for n in itertools.count(2)))
        names[operation] = next(name for name in candidates if taken.isdisjoint(_ids(name)))
        taken |= _ids(names[operation])
    return names


def _ids(name: str) -> set[str]:
    """The ids of an operation's scenarios; those of `/a` must not meet those of `/a/lookalike`."""
    return {name, *(name + end for end in (CREDENTIALS, LOOKALIKE, LOOKALIKE + CREDENTIALS))}


def slug(text: str) -> str:
    """Small letters, digits and hyphens of it; may be empty."""
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")

"""Origin names: short names of the allowed origins for ids: `app` for https://app.example.com."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence

from cors_harness.terms.origin import Origin


def origin_names(origins: Sequence[Origin]) -> Mapping[str, str]:
    """Origin by name; as short as may be, no two alike."""
    named: dict[str, str] = {}
    for origin in origins:
        name = next(name for name in _names(origin) if name not in named)
        named[name] = str(origin)
    return named


def _names(origin: Origin) -> Iterator[str]:
    """The first label where it is a word, the host, all of it, and at last a number."""
    label = origin.host.partition(".")[0]
    if not label.isdigit():
        yield _slug(label)
    yield _slug(origin.host)
    yield _slug(f"{origin.host}-{origin.port}")
    yield _slug(f"{origin.scheme}-{origin.host}-{origin.port}")
    yield from (f"origin-{number}" for number in itertools.count(1))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")

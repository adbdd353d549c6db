"""filled(): a configuration file with `${CAPITALS}` in the places that differ from site to site.

Filling in goes line by line. A name that stands for several values repeats its line for each of
them, one that stands for none leaves its line out; so a file needs nothing but its own syntax.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from cors_harness.model.server import CorsPolicy

ExampleValues = Mapping[str, tuple[str, ...]]
Escape = Callable[[str], str]

_NAME = re.compile(r"\$\{([A-Z_]+)\}")


def filled(text: str, values: ExampleValues, escape: Escape) -> str:
    """`text` with its names filled in, each value escaped; names that are unknown stay."""
    return "".join(
        line for each in text.splitlines(keepends=True) for line in _lines(each, values, escape)
    )


def in_double_quotes(value: str) -> str:
    """`value` as nginx and Apache have it inside of double quotes."""
    return value.replace("\\", "\\\\").replace('"', '\\"')


def policy_values(policy: CorsPolicy) -> dict[str, tuple[str, ...]]:
    """What the names of a policy stand for: header values, written as a header would have them."""
    exact = tuple(origin for origin in policy.allow_origins if origin != "*")
    return {
        "ORIGIN": exact,
        "ANY_ORIGIN": ("*",) if "*" in policy.allow_origins else (),
        "ORIGIN_REGEX": (policy.allow_origin_regex,) if policy.allow_origin_regex else (),
        "METHODS": _joined(policy.allow_methods),
        "HEADERS": _joined(policy.allow_headers),
        "EXPOSED": _joined(policy.expose_headers),
        "CREDENTIALS": ("true",) if policy.allow_credentials else (),
        "MAX_AGE": () if policy.max_age is None else (str(policy.max_age),),
    }


def _joined(names: tuple[str, ...]) -> tuple[str, ...]:
    return (", ".join(names),) if names else ()


def _lines(line: str, values: ExampleValues, escape: Escape) -> Iterator[str]:
    used = [name for name in _NAME.findall(line) if name in values]
    several = [name for name in used if len(values[name]) != 1]
    if not several:
        yield _put(line, {name: values[name][0] for name in used}, escape)
        return
    for value in values[several[0]]:
        yield from _lines(line, {**values, several[0]: (value,)}, escape)


def _put(line: str, values: Mapping[str, str], escape: Escape) -> str:
    def put(match: re.Match[str]) -> str:
        name = match[1]
        return escape(values[name]) if name in values else match[0]

    return _NAME.sub(put, line)

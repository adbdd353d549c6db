"""Console patterns: which line of an engine's console counts, and which errors mean no request.

The tables themselves are facts of the engines, in `engine_kinds`.
"""

import re
from collections.abc import Iterator

from cors_harness.engine_kinds.kind import ConsolePattern
from cors_harness.engine_kinds.table import engine_kinds

CALL_REFUSED = re.compile(
    "|".join(f"^{start}" for kind in engine_kinds().values() for start in kind.call_refused)
)
"""The error message where an engine refused the arguments of `fetch()`: there is no request."""


def matches(
    engine: str, lines: tuple[str, ...]
) -> Iterator[tuple[ConsolePattern, str, re.Match[str]]]:
    """The lines that say why, exact words first; none for an engine that nobody knows."""
    kind = engine_kinds().get(engine)
    for console_pattern in kind.console_patterns if kind else ():
        for line in lines:
            if match := console_pattern.pattern.search(line):
                yield console_pattern, line, match

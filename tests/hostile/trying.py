"""tried(): gives a reader file after file that is wrong, the same ones every time.

With CORS_HARNESS_HOSTILE_MINUTES they are others, for as long as that.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

MINUTES = float(os.environ.get("CORS_HARNESS_HOSTILE_MINUTES", "0"))
FIRST_SEED = int(os.environ.get("CORS_HARNESS_HOSTILE_SEED", "1"))
ROUND = 300  # inputs with one seed
SHOWN = frozenset("\n\t")
COMMON = settings(
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)

Attempt = Callable[[bytes], str]


@dataclass(slots=True)
class Figures:
    """How many inputs were tried, and how long the processor was busy with the slowest."""

    inputs: int = 0
    slowest_s: float = 0.0


def raw_characters(text: str) -> set[str]:
    """What of a text would do something to a terminal."""
    return {each for each in text if not each.isprintable() and each not in SHOWN}


def tried(
    files: st.SearchStrategy[bytes], attempt: Attempt, examples: int, share: float
) -> Figures:
    """What came of giving `attempt` what is wrong: what it shows does nothing to a terminal.

    `attempt` raises only what is a mistake of ours; `share` of the minutes is its own.
    """
    figures = Figures()

    def check(data: bytes) -> None:
        began = time.process_time()
        shown = attempt(data)
        figures.slowest_s = max(figures.slowest_s, time.process_time() - began)
        figures.inputs += 1
        assert raw_characters(shown) == set()

    if not MINUTES:
        settings(COMMON, max_examples=examples, derandomize=True)(given(files)(check))()
        return figures
    until, number = time.monotonic() + MINUTES * 60 * share, FIRST_SEED
    while time.monotonic() < until:
        seed(number)(settings(COMMON, max_examples=ROUND)(given(files)(check)))()
        number += 1
    return figures

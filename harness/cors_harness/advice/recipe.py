"""Recipe: lines that mend a mistake, and where they go."""

from dataclasses import dataclass

from cors_harness.advice.python_lines import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Lines, and the place they go to as a sentence; both empty where no lines help."""

    place: str = ""
    lines: Lines = ()


NONE = Recipe()

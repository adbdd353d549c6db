"""SourceSpan: where something stands in a file."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSpan:
    """Where something stands in a file; lines and columns count from 1.

    Attributes:
        variant: of a scenario, which one it is of those that `matrix` makes of what stands there,
            from 0.
    """

    file: str
    line: int
    column: int = 1
    variant: int = field(default=0, repr=False)  # journals have a digest of the other values

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

"""BenchReport: what `cors-harness bench` measured; rates in cells a second."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRates:
    """One engine.

    Attributes:
        raw_per_s: a bare fetch loop in one page, straight at the servers, nothing recorded.
        batch_per_s: the harness' batches of the same calls, recorded, joined and judged.
        gated_per_s: the same batches between real origins: through the gate, TLS and HTTP/2.
        many_pages_per_s: those on the verbatim server from pages of twenty origins.
        isolated_per_s: one fresh browser context for each call, one after the other.
    """

    name: str
    raw_per_s: float
    batch_per_s: float
    gated_per_s: float
    many_pages_per_s: float
    isolated_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReport:
    """All engines, and all of them side by side.

    Attributes:
        cells: how many ran side by side, over all engines.
        wall_s: seconds that took, from the engines being up to the last verdict.
        peak_rss_mb: the most memory that the harness' own process ever had, in 10^6 bytes.
    """

    engines: tuple[EngineRates, ...]
    cells: int
    wall_s: float
    peak_rss_mb: float

    def to_json(self) -> dict[str, Any]:
        """The document that `bench --json` prints."""
        return asdict(self)

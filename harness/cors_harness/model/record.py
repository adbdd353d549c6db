"""CellRecord: everything about one finished cell, as the journal keeps it."""

from dataclasses import dataclass

from cors_harness.model.advice import Advice
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.model.observation import Observation
from cors_harness.model.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRecord:
    """One finished cell.

    Attributes:
        page: the origin that calls are made from, serialized: the page's, or `null` in a sandboxed
            frame; empty for a skipped cell.
        placeholders: (name, origin) of `page`, `server`, `other`, `third` as far as they are on
            ports that the run chose; those that are real origins are not among them.
        exchanges: in wire order, over all steps.
        observations: one for each step that ran; empty for a skipped cell.
        advice: what to change where the cell was meant to be allowed and was not.
    """

    cell: Cell
    exchanges: tuple[Exchange, ...]
    observations: tuple[Observation, ...]
    verdict: Verdict
    page: str = ""
    placeholders: tuple[tuple[str, str], ...] = ()
    advice: Advice | None = None

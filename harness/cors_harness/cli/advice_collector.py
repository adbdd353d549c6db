"""Advices: hears a run, and notes how each call that is blocked would be mended."""

from pathlib import Path

from cors_harness.advice.advise import advise
from cors_harness.changes.assessment import Mended
from cors_harness.cli.coverage import place_of
from cors_harness.model.advice import Advice
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, Event, RunStarted


class AdviceCollector:
    """Whether a call was meant to be allowed, only a comparison tells: all of them are noted.

    Attributes:
        found: by entry, engine and step.
    """

    def __init__(self, folder: Path) -> None:
        """`folder`: of the baseline."""
        self.found: dict[Mended, Advice] = {}
        self._folder = folder
        self._made_of: dict[str, tuple[str, ...]] = {}

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""
        match event:
            case RunStarted():
                names = ((each.name, tuple(dict(each.versions))) for each in event.servers)
                self._made_of = dict(names)
            case CellFinished():
                self._note(event.record)
            case _:
                pass

    def _note(self, record: CellRecord) -> None:
        name, engine = place_of(record.cell, self._folder)
        made_of = self._made_of.get(record.cell.server, ())
        for step in range(len(record.observations)):
            if advice := advise(record, made_of, step=step):
                self.found[name, engine, step] = advice

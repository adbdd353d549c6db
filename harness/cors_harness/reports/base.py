"""Listener and Line: what every report of a run is, and what it is made of.

No terminal library is imported here: commands that print nothing in colour start without one.
"""

from typing import Protocol

from cors_harness.model.events import Event

Segment = tuple[str, str]  # text, and its rich style (empty: none)
Line = tuple[Segment, ...]


class Listener(Protocol):
    """What hears a run, event by event, in the order in which things happened."""

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""

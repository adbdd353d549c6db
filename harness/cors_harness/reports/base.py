"""Listener: what every report of a run is: something that hears the run's events one by one."""

from typing import Protocol

from cors_harness.model.events import Event


class Listener(Protocol):
    """Something that takes note of a run while it happens."""

    def on_event(self, event: Event) -> None:
        """Takes note of one event."""

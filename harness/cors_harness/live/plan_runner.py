"""PlanRunner: what runs one plan after the other; StandingBrowsers: in browsers that stay up."""

from collections.abc import Collection, Generator
from typing import Protocol

from cors_harness.model.events import Event
from cors_harness.planning.plan import Plan
from cors_harness.run.api import SuccessiveRuns
from cors_harness.run.settings import RunSettings


class PlanRunner(Protocol):
    """What runs one plan after the other."""

    def run(self, plan: Plan, settings: RunSettings) -> Generator[Event]:
        """Yields the events of a run; closing it early ends the run."""

    def interrupt(self) -> None:
        """Ends the run that goes on, if any, whatever it waits for; called in any thread."""

    def close_joined(self, columns: Collection[str]) -> None:
        """Ends what is still up for joined browsers that have other columns than these."""

    def close(self) -> None:
        """Ends all that is still up; idempotent."""


class StandingBrowsers:
    """A PlanRunner whose browsers stay up, as long as the settings are the same.

    Each joined browser has servers of its own, so that the others lose nothing with it.
    """

    def __init__(self) -> None:
        self._up: dict[tuple[str, ...], tuple[RunSettings, SuccessiveRuns]] = {}
        self._running: SuccessiveRuns | None = None

    def run(self, plan: Plan, settings: RunSettings) -> Generator[Event]:
        """Yields the events of a run; closing it early ends the run, and not the browsers."""
        columns = tuple(settings.joined)
        up = self._up.get(columns)
        if up is None or up[0] != settings:
            self._close(columns)
            up = self._up[columns] = (settings, SuccessiveRuns(settings))
        self._running = up[1]
        return up[1].run(plan)

    def interrupt(self) -> None:
        """Ends the run that goes on, and not the browsers."""
        if (runs := self._running) is not None:
            runs.interrupt()

    def close_joined(self, columns: Collection[str]) -> None:
        """Ends what is still up for joined browsers that have other columns than these."""
        for known in tuple(self._up):
            if not set(known).issubset(columns):
                self._close(known)

    def close(self) -> None:
        """Ends the browsers; idempotent."""
        for known in tuple(self._up):
            self._close(known)

    def _close(self, columns: tuple[str, ...]) -> None:
        if (up := self._up.pop(columns, None)) is not None:
            up[1].close()

"""Reach: how a browser on another machine calls this one; Advertised: what is open for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_PORTS = 6  # that a sentence lists


class Reach(StrEnum):
    """How the browser of a column gets from another machine to the servers of a run."""

    GATE = "gate"
    """All of it through the SOCKS gate: every origin is called by the name that it has here."""
    DIRECT = "direct"
    """By the advertised host in the place of 127.0.0.1, as its driver can set no proxy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advertised:
    """What is open for browsers on other machines during a run.

    Attributes:
        host: by which they call this machine, as a URL has it.
        listens_on: addresses of this machine; `*` alone: all that it has.
        ports: that are open there from the beginning: the entry, the gates of the engines, and the
            ports of servers where an engine calls them directly.
        engines: those that call from there, by name, and how.
    """

    host: str
    listens_on: tuple[str, ...]
    ports: tuple[int, ...]
    engines: Mapping[str, Reach]

    def sentence(self) -> str:
        """Where somebody else may call, how long, and who gets an answer."""
        everywhere = self.listens_on == ("*",)
        place = "every address of this machine" if everywhere else ", ".join(self.listens_on)
        return (
            f"advertised as {self.host} for {', '.join(self.engines)}: until the run ends, "
            f"{_listed(self.ports)} are open on {place}, and more for pages that need their own; "
            "they answer machines whose browser has shown a ticket of this run, and nobody else"
            f"{self._follows()}"
        )

    def _follows(self) -> str:
        direct = [name for name, reach in self.engines.items() if reach is Reach.DIRECT]
        if not direct:
            return ""
        return f"; {', '.join(direct)} can set no proxy and follows redirects to anywhere"


def _listed(ports: tuple[int, ...]) -> str:
    if len(ports) <= MOST_PORTS:
        return f"ports {', '.join(map(str, ports))}"
    return f"{len(ports)} ports from {min(ports)} to {max(ports)}"

"""Stops: the pages that an engine's cells need, and which of them one tab may show in turn."""

import dataclasses
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cors_harness.engines.base import TabWays
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Place, Scenario

WaysOf = Callable[[Cell], TabWays]


@dataclass(slots=True, kw_only=True)
class Stop:
    """One page and the cells that it has still to run, never none.

    Attributes:
        barren: how many times in a row it was lost without having finished a cell.
    """

    cells: Sequence[Cell]
    barren: int = 0


Itinerary = deque[Stop]


def itineraries(cells: Iterable[Cell], ways_of: WaysOf, *, isolated: bool) -> list[Itinerary]:
    """Every page of `cells`; those of one itinerary are opened alike."""
    alone, together = _split(cells, isolated=isolated)
    alike: defaultdict[object, list[Stop]] = defaultdict(list)
    for stop in _stops(together):
        first = stop.cells[0]
        alike[ways_of(first) if _is_plain(stop) else id(stop)].append(stop)
    return [deque(stops) for stops in alike.values()] + [deque([stop]) for stop in alone]


def _split(cells: Iterable[Cell], *, isolated: bool) -> tuple[list[Stop], list[Cell]]:
    alone: list[Stop] = []
    together: list[Cell] = []
    for cell in cells:
        if isolated or cell.scenario.isolated:
            alone.append(Stop(cells=[cell]))
        else:
            together.append(cell)
    return alone, together


def _stops(cells: Iterable[Cell]) -> list[Stop]:
    """The cells that one page can run: same origin, same permissions, same way to the servers.

    Pages on http come first, then the long ones.
    """
    pages: defaultdict[object, list[Cell]] = defaultdict(list)
    for cell in cells:
        page = dataclasses.replace(cell.scenario.page, place=Place.WINDOW)
        pages[page, bool(cell.scenario.real_origins())].append(cell)
    stops = [Stop(cells=sorted(each, key=_haste)) for each in pages.values()]
    return sorted(stops, key=lambda stop: (not _is_plain_http(stop), -len(stop.cells)))


def _is_plain_http(stop: Stop) -> bool:
    """Firefox keeps HSTS for all contexts together: such a page comes before it is learnt."""
    origin = stop.cells[0].scenario.page.origin
    return origin is not None and not origin.is_secure


def _haste(cell: Cell) -> int:
    """Cells that wait for long begin first, so that the others run meanwhile."""
    return -sum(step.delay_ms for step in cell.scenario.steps)


def _is_plain(stop: Stop) -> bool:
    """Whether the page leaves its context as it was, as long as no server leaves a trace in it.

    Permissions stay with a context, and so do grants of storage access, which hold for whole
    sites; what counts as public address space is left out for the prompts that it brings.
    """
    return not any(_is_special(cell.scenario) for cell in stop.cells)


def _is_special(scenario: Scenario) -> bool:
    page = scenario.page
    framed = any(step.call.frame for step in scenario.steps)
    return bool(page.permissions) or page.public or framed

"""Stops: the pages that an engine's cells need, and which of them one tab may show in turn."""

import dataclasses
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from cors_harness.engines.base import PageOptions
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import FetchContext, Scenario

WaysOf = Callable[[Cell], PageOptions]


@dataclass(slots=True, kw_only=True)
class PageBatch:
    """One page and the cells that it has still to run, never none.

    Attributes:
        alone: whether it has a tab of its own, whatever its cells are.
        barren: how many times in a row it was lost without having finished a cell.
    """

    cells: Sequence[Cell]
    alone: bool = False
    barren: int = 0


TabQueue = deque[PageBatch]
Phase = Sequence[TabQueue]


class _HstsOrder(IntEnum):
    """When a page comes where all pages of an engine share what one of them learns of HSTS."""

    BEFORE_HTTPS = 0
    ALONE = 1  # on http, and calls on https may teach it what is in its own way
    LAST = 2


def phases(
    cells: Iterable[Cell], ways_of: WaysOf, *, isolated: bool, shares_hsts: bool
) -> list[Phase]:
    """Every page of `cells`: itineraries for one time, and those for when they are all done.

    Pages of one itinerary are opened alike. There is one act, unless the engine `shares_hsts`:
    then pages on real http origins are over before https origins can teach anything.
    """
    alone, together = _split(cells, isolated=isolated)
    stops = [*_page_batches(together), *alone]
    if not shares_hsts:
        return [_itineraries(stops, ways_of)] if stops else []
    turns: defaultdict[object, list[PageBatch]] = defaultdict(list)
    for stop in sorted(stops, key=_hsts_order):
        turns[id(stop) if _hsts_order(stop) is _HstsOrder.ALONE else _hsts_order(stop)].append(stop)
    return [_itineraries(each, ways_of) for each in turns.values()]


def _itineraries(stops: Iterable[PageBatch], ways_of: WaysOf) -> list[TabQueue]:
    alike: defaultdict[object, list[PageBatch]] = defaultdict(list)
    for stop in stops:
        shares_tab = not stop.alone and _is_plain(stop)
        alike[ways_of(stop.cells[0]) if shares_tab else id(stop)].append(stop)
    return [deque(each) for each in alike.values()]


def _split(cells: Iterable[Cell], *, isolated: bool) -> tuple[list[PageBatch], list[Cell]]:
    alone: list[PageBatch] = []
    together: list[Cell] = []
    for cell in cells:
        if isolated or cell.scenario.isolated:
            alone.append(PageBatch(cells=[cell], alone=True))
        else:
            together.append(cell)
    return alone, together


def _page_batches(cells: Iterable[Cell]) -> list[PageBatch]:
    """The cells that one page can run: same origin, same permissions, same way to the servers.

    Pages on http come first, then the long ones.
    """
    pages: defaultdict[object, list[Cell]] = defaultdict(list)
    for cell in cells:
        page = dataclasses.replace(cell.scenario.page, place=FetchContext.WINDOW)
        pages[page, bool(cell.scenario.real_origins())].append(cell)
    stops = [PageBatch(cells=sorted(each, key=_by_longest_delay)) for each in pages.values()]
    return sorted(stops, key=lambda stop: (not _is_on_http(stop), -len(stop.cells)))


def _hsts_order(stop: PageBatch) -> _HstsOrder:
    real = {origin for cell in stop.cells for origin in cell.scenario.real_origins()}
    if real and not any(origin.is_secure for origin in real):
        return _HstsOrder.BEFORE_HTTPS
    return _HstsOrder.ALONE if _is_on_http(stop) else _HstsOrder.LAST


def _is_on_http(stop: PageBatch) -> bool:
    origin = stop.cells[0].scenario.page.origin
    return origin is not None and not origin.is_secure


def _by_longest_delay(cell: Cell) -> int:
    """Cells that wait for long begin first, so that the others run meanwhile."""
    return -sum(step.delay_ms for step in cell.scenario.steps)


def _is_plain(stop: PageBatch) -> bool:
    """Whether the page leaves its context as it was, as long as no server leaves a trace in it.

    Permissions stay with a context, and so do grants of storage access, which hold for whole
    sites; what counts as public address space is left out for the prompts that it brings.
    """
    return not any(_is_special(cell.scenario) for cell in stop.cells)


def _is_special(scenario: Scenario) -> bool:
    page = scenario.page
    framed = any(step.call.frame for step in scenario.steps)
    return bool(page.permissions) or page.public or framed

"""PageBatch: one page and its cells; and when, and in which tab, an engine shows which page."""

import asyncio
import contextlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Scenario
from cors_harness.planning.pages import is_gated, page_key


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBatch:
    """One page and the cells that it has still to run, never none.

    Attributes:
        alone: whether the page needs a tab of its own, whatever its cells are.
        failures_without_progress: how many times in a row the page was lost without having
            finished a cell.
    """

    cells: Sequence[Cell]
    alone: bool = False
    failures_without_progress: int = 0

    def again(self, rest: "PageBatch") -> "PageBatch":
        """What is `rest` of it after the page was lost, to run in the same way."""
        return replace(rest, alone=self.alone)

    @property
    def is_on_http(self) -> bool:
        """Whether the page is on a real origin without TLS."""
        origin = self.cells[0].scenario.page.origin
        return origin is not None and not origin.is_secure

    @property
    def is_gated(self) -> bool:
        """Whether the page reaches its servers through the gate."""
        return is_gated(self.cells[0])

    @property
    def can_share_tab(self) -> bool:
        """Whether another page may follow in its tab, unless a server changes browser state.

        Permissions stay with a context, and so do grants of storage access, which hold for whole
        sites; pages of the public address space are left out for the prompts that they bring.
        """
        return not self.alone and not any(_needs_own_tab(cell.scenario) for cell in self.cells)


TabQueue = deque[PageBatch]  # pages that may follow one another in one tab
Phase = Sequence[TabQueue]  # tabs that may run side by side
WORTH_A_PAGE = 100  # cells, for which a page of another session is opened


class PagesLeft:
    """The pages of a phase that are still to show, for tabs that take them one after the other."""

    def __init__(self, phase: Phase) -> None:
        self._queues, self._shown = deque(phase), 0
        self._changed = asyncio.Event()

    def first_queue(self) -> TabQueue | None:
        """The queue whose page comes next, if there is any."""
        while self._queues and not self._queues[0]:
            self._queues.popleft()
        return self._queues[0] if self._queues else None

    async def are_left(self) -> bool:
        """Whether there is a page to show; waits while one is shown, as it may come back."""
        while self.first_queue() is None and self._shown:
            await self._changed.wait()
        return self.first_queue() is not None

    def put_back(self, queue: TabQueue, batch: PageBatch) -> None:
        """What is left of a page that was lost comes next."""
        queue.appendleft(batch)
        self._queues.appendleft(queue)
        self._note_change()

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Held while pages of a queue are shown."""
        self._shown += 1
        try:
            yield
        finally:
            self._shown -= 1
            self._note_change()

    def _note_change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class _HstsOrder(IntEnum):
    """When a page is shown if all pages of an engine share what one of them learns of HSTS."""

    BEFORE_HTTPS = 0
    ALONE = 1  # on http, with calls on https that may make its own origin unreachable
    LAST = 2


def phases(
    cells: Iterable[Cell],
    *,
    isolated: bool,
    shares_hsts: bool,
    sessions: int = 1,
    stays_together: Callable[[Cell], bool] = lambda _cell: False,
) -> list[Phase]:
    """All pages for `cells` of one engine; a phase begins when the one before it is over.

    There is one phase, unless the engine `shares_hsts`: then pages on real http origins are over
    before a response on https can turn them into https.

    Args:
        cells: of one engine.
        isolated: give every cell a page and a tab of its own.
        shares_hsts: see Engine.
        sessions: how many of the engine share the pages; a page with many cells is opened in each.
        stays_together: tells the cells of a page that are not spread so: they run in turn.
    """
    whole = _batches(cells, isolated=isolated)
    batches = [part for batch in whole for part in _parts(batch, sessions, stays_together)]
    if not shares_hsts:
        return [_tab_queues(batches)] if batches else []
    by_turn: defaultdict[object, list[PageBatch]] = defaultdict(list)
    for batch in sorted(batches, key=_hsts_order):
        order = _hsts_order(batch)
        by_turn[id(batch) if order is _HstsOrder.ALONE else order].append(batch)
    return [_tab_queues(batches) for batches in by_turn.values()]


def _batches(cells: Iterable[Cell], *, isolated: bool) -> Iterator[PageBatch]:
    """Pages on http come first, then those with many cells, then cells that run alone."""
    alone: list[PageBatch] = []
    by_page: defaultdict[object, list[Cell]] = defaultdict(list)
    for cell in cells:
        if isolated or cell.scenario.isolated:
            alone.append(PageBatch(cells=[cell], alone=True))
        else:
            by_page[page_key(cell)].append(cell)
    shared = [PageBatch(cells=sorted(page, key=_by_longest_delay)) for page in by_page.values()]
    yield from sorted(shared, key=lambda batch: (not batch.is_on_http, -len(batch.cells)))
    yield from alone


def _parts(
    batch: PageBatch, sessions: int, stays_together: Callable[[Cell], bool]
) -> Iterator[PageBatch]:
    """The batch for as many pages as there are sessions, fewer where it is small."""
    count = min(sessions, -(-len(batch.cells) // WORTH_A_PAGE))
    if count == 1:
        yield batch
        return
    spread: list[Cell] = []
    together: list[Cell] = []
    for cell in batch.cells:
        (together if stays_together(cell) else spread).append(cell)
    parts = [spread[number::count] for number in range(count)]
    parts[-1] += together
    yield from (replace(batch, cells=part) for part in parts if part)


def _tab_queues(batches: Iterable[PageBatch]) -> list[TabQueue]:
    queues: defaultdict[object, TabQueue] = defaultdict(deque)
    for batch in batches:
        queues[batch.is_gated if batch.can_share_tab else id(batch)].append(batch)
    return list(queues.values())


def _hsts_order(batch: PageBatch) -> _HstsOrder:
    real = {origin for cell in batch.cells for origin in cell.scenario.real_origins()}
    if real and not any(origin.is_secure for origin in real):
        return _HstsOrder.BEFORE_HTTPS
    return _HstsOrder.ALONE if batch.is_on_http else _HstsOrder.LAST


def _by_longest_delay(cell: Cell) -> int:
    """Sorts cells that wait for long to the front, so that the others run meanwhile."""
    return -sum(step.delay_ms for step in cell.scenario.steps)


def _needs_own_tab(scenario: Scenario) -> bool:
    page = scenario.page
    has_frame = any(step.call.frame for step in scenario.steps)
    return bool(page.permissions) or page.public or has_frame

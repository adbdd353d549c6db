"""page_key(): which cells can have their page in common, and whether that page is behind the gate.

A page is what costs: whoever spreads cells over tabs or over shards keeps those of one together.
"""

from dataclasses import replace

from cors_harness.model.cell import Cell
from cors_harness.model.scenario import FetchContext, PageSpec, Scenario
from cors_harness.model.server import APPS
from cors_harness.terms.role import PAGE


def page_key(cell: Cell) -> tuple[PageSpec, bool]:
    """A key that is equal for cells of one page: same origin and permissions, gate or no gate."""
    page = cell.scenario.page
    # What an engine says of a worker's request may come without its URL, and would be taken for
    # another's.
    if page.place is not FetchContext.WORKER:
        page = replace(page, place=FetchContext.WINDOW)
    return page, is_gated(cell)


def is_gated(cell: Cell) -> bool:
    """Whether its page reaches everything through the gate, in an engine that takes a proxy.

    Beside what needs it: a user's app may redirect to anywhere, and nothing may leave the machine.
    """
    return needs_gate(cell) or (cell.server in APPS and not cell.scenario.page.public)


def needs_gate(cell: Cell) -> bool:
    """Whether its page can be shown through the gate only.

    Real origins need it, and what the page's own origin is asked is recorded there alone. Not pages
    that count as public: a proxy would hide from the browser what is local.
    """
    scenario = cell.scenario
    is_asked = _calls_page(scenario) and not scenario.page.public
    return bool(scenario.real_origins()) or is_asked


def _calls_page(scenario: Scenario) -> bool:
    """Whether a call goes to the page's own origin, by itself or by a redirect."""
    locations = (
        value
        for answer in scenario.answers or ()
        for name, value in answer.headers
        if name.lower() == "location"
    )
    calls = any(step.call.role == PAGE for step in scenario.steps)
    return calls or any("{page}" in location for location in locations)

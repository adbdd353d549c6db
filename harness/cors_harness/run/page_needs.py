"""What a cell needs of its engine, and why that is not to be had: no cell runs on less."""

from collections.abc import Iterator

from cors_harness.engines.base import Engine, PageNeed
from cors_harness.model.cell import Cell
from cors_harness.model.scenario import Scenario
from cors_harness.planning.pages import needs_gate
from cors_harness.run.browser_state import REMEMBERED

HSTS = "strict-transport-security"
_REMEMBERED = frozenset(name.lower() for name in REMEMBERED)


def why_not(cell: Cell, engine: Engine, *, is_away: bool = False) -> str:
    """Why the engine cannot show the page of a cell, as a sentence; empty: it can.

    `is_away`: it calls by what is advertised, and so reaches without a proxy what it can reach.
    """
    if not engine.lacks:
        return ""
    needs = (need for need in _needs(cell) if not (is_away and need is PageNeed.PROXY))
    return next(filter(None, (engine.lacks.get(need, "") for need in needs)), "")


def _needs(cell: Cell) -> Iterator[PageNeed]:
    scenario = cell.scenario
    if scenario.page.public:
        yield PageNeed.PUBLIC
    if scenario.page.permissions:
        yield PageNeed.PERMISSIONS
    if needs_gate(cell):
        yield PageNeed.PROXY
    if scenario.isolated or _is_remembered(scenario):
        yield PageNeed.FRESH_CONTEXT
    if any(origin.is_secure for origin in scenario.real_origins()):
        yield PageNeed.CERTIFICATES
        if scenario.expired or _teaches_hsts(scenario):
            yield PageNeed.CHECKED_CERTIFICATES


def _is_remembered(scenario: Scenario) -> bool:
    """Whether a response is known to change what the browser keeps, cookies for example."""
    names = (name for answer in scenario.answers or () for name, _ in answer.headers)
    return any(name.lower() in _REMEMBERED for name in names)


def _teaches_hsts(scenario: Scenario) -> bool:
    """Whether a response may, which no browser learns where a certificate has errors.

    https://www.rfc-editor.org/rfc/rfc6797#section-8.1
    """
    names = (name for answer in scenario.answers or () for name, _ in answer.headers)
    return any(name.lower() == HSTS for name in names)

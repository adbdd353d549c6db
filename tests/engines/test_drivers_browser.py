"""Both drivers of a stock Firefox leave the same records."""

import re
from collections.abc import Iterator, Mapping

import pytest

from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished, Event, RunStarted
from cors_harness.model.exchange import Exchange
from cors_harness.model.verdict import Status
from cors_harness.planning.plan import Plan, Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.shipped_folders import scenarios_folder

pytestmark = pytest.mark.browser

FILES = ("verbatim-preflight-methods.yaml", "verbatim-modes.yaml", "local-network-access.yaml")
VARYING = re.compile(rb":\d{4,5}\b|(?:cell|session)=[0-9a-z.-]+|sid-[0-9.]+")


def plan() -> Plan:
    files = [scenarios_folder() / name for name in FILES]
    selection = Selection(engines=("firefox",), servers=("verbatim",))
    return make_plan(load_scenarios(files), all_servers(), selection)


def same(value: bytes) -> bytes:
    return VARYING.sub(b"", value)


def facts(exchange: Exchange) -> object:
    """What a browser sent and got, but for what is of one run only."""
    sent = [(name.lower(), same(value)) for name, value in exchange.request_headers]
    target = same(exchange.target.encode())
    return exchange.kind, exchange.role, exchange.method, target, exchange.status, sorted(sent)


def outcome(record: CellRecord) -> Iterator[object]:
    yield record.verdict.status
    yield [step.reason.code if step.reason else None for step in record.verdict.steps]
    yield [type(observation) for observation in record.observations]
    yield [facts(exchange) for exchange in record.exchanges]


def outcomes(events: list[Event]) -> Mapping[str, list[object]]:
    records = [event.record for event in events if isinstance(event, CellFinished)]
    return {record.cell.id: list(outcome(record)) for record in records}


def driver(events: list[Event]) -> str:
    (started,) = [event for event in events if isinstance(event, RunStarted)]
    return started.engines[0].driver


def test_both_drivers_leave_the_same_records() -> None:
    ours = list(run(plan(), RunSettings()))
    playwrights = list(run(plan(), RunSettings(by_playwright=True)))
    assert driver(ours) == "WebDriver BiDi"
    assert driver(playwrights) == "Playwright (WebDriver BiDi)"
    assert len(outcomes(ours)) > 50
    differing = {
        cell: (mine, outcomes(playwrights)[cell])
        for cell, mine in outcomes(ours).items()
        if mine != outcomes(playwrights)[cell]
    }
    assert differing == {}
    expected = {Status.AS_EXPECTED, Status.KNOWN_DIFFERENCE}
    assert {mine[0] for mine in outcomes(ours).values()} <= expected

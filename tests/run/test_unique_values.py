"""`{unique}`: another value in every cell, one and the same for all that a cell sends."""

import re
from dataclasses import replace

from tests.run.test_page_session import ORIGINS, bound_cell

from cors_harness.model.answer import ExchangeKind
from cors_harness.model.cell import CellRecord
from cors_harness.model.exchange import Exchange
from cors_harness.model.scenario import Call, ExchangeExpectation, Expectation, Step
from cors_harness.model.server import APP
from cors_harness.model.verdict import Status, Verdict
from cors_harness.run.bound_cell import BoundCell
from cors_harness.run.isolation import IsolatedCell, Isolation

CREATE = Call(
    method="POST",
    path="/users/{unique}?name={unique}",
    headers=(("X-Name", "{unique}"),),
    body='{"name": "bob-{unique}"}',
)
NAMED = Expectation(body="bob-{unique}", exchanges=(ExchangeExpectation(path="/users/{unique}"),))
PLAIN = bound_cell(1).cell
OF_USERS = replace(
    PLAIN,
    scenario=replace(
        PLAIN.scenario,
        steps=(Step(call=CREATE, expect=NAMED), Step(call=Call(path="/{unique}"), expect=NAMED)),
    ),
)


def test_it_is_one_value_in_all_that_a_cell_sends_and_expects() -> None:
    bound = ORIGINS.bind(OF_USERS)
    value = bound.unique
    assert re.fullmatch("[a-z][a-z0-9]{9}", value)
    first, second = bound.page_json(1000)["steps"]
    assert f"/users/{value}?name={value}&cell=" in first["url"]
    assert first["init"]["headers"] == [["X-Name", value]]
    assert first["init"]["body"] == f'{{"name": "bob-{value}"}}'
    assert f"/{value}?cell=" in second["url"]
    expect = bound.filled_cell().scenario.steps[0].expect
    assert (expect.body, (expect.exchanges or ())[0].path) == (f"bob-{value}", f"/users/{value}")
    assert "unique" not in dict(bound.placeholders())


def test_it_is_another_one_in_every_cell_and_in_each_of_its_tries() -> None:
    bound = ORIGINS.bind(OF_USERS)
    others = (ORIGINS.bind(OF_USERS), ORIGINS.rebind(bound))
    assert len({each.unique for each in (bound, *others)}) == 3


def test_a_cell_that_names_none_has_none_on_record() -> None:
    assert ORIGINS.bind(PLAIN).unique == ""


def test_a_route_is_known_again_whatever_stood_for_it() -> None:
    """Else each cell of the route would run twice, to find out whether it minds the token."""
    isolation, again = Isolation(), []
    for number, value in enumerate(("k3b9x0a1c2", "zz9x0a1c2k")):
        refused = Exchange(
            kind=ExchangeKind.REQUEST,
            role="server",
            origin="http://127.0.0.1:1",
            method="GET",
            target=f"/users/{value}?cell=i0.{number}",
            request_headers=(),
            status=404,
        )
        record = CellRecord(
            cell=replace(OF_USERS, server=APP),
            exchanges=(refused,),
            observations=(),
            verdict=Verdict(status=Status.AS_EXPECTED),
            unique=value,
        )
        bound = BoundCell(cell=record.cell, token=f"i0.{number}", names={})
        again.append(isolation.after(bound, record, doubtful=False))
        isolation.settle(IsolatedCell(cell=record.cell, plain=True, first=record), record)
    assert [isolated is not None for isolated in again] == [True, False]

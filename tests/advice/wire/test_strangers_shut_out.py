"""Advice that shuts strangers out, taken at its word in every framework, on a socket.

Each app says `*` by hand. With the lines of the advice in it the pages that are meant to read go
on, and the stranger gets nothing.
"""

import ast
from collections.abc import Mapping

import pytest
from tests.advice.call_builders import ALLOW_ORIGIN
from tests.advice.neighbour_builders import ALLOWED, BLOCKED, EVIL, WWW, cell, neighbourhood
from tests.advice.wire.app_hosts import used
from tests.advice.wire.appliers import apply
from tests.advice.wire.cases import ALLOW, GET, PAGE, PEERS, PUT, Peer, WireCase, hand
from tests.advice.wire.exchange_maker import Played, play

from cors_harness.advice.advise import advise
from cors_harness.model.advice import Advice, Mistake

pytestmark = pytest.mark.programs
STAR = [(ALLOW_ORIGIN, "*")]
CALLS = {
    "own": (PAGE, GET, ALLOWED),
    "rows": (PAGE, PUT, ALLOWED),
    "www": (WWW, GET, ALLOWED),
    "stranger": (EVIL, GET, BLOCKED),
    "stranger-rows": (EVIL, PUT, BLOCKED),
}
Calls = Mapping[str, Played]  # by the names of CALLS


def starred(peer: Peer) -> WireCase:
    return WireCase(
        name=f"stranger_{peer.where.value}_{peer.host}".lower().replace("-", "_"),
        host=peer.host,
        made_of=peer.made_of,
        where=peer.where,
        mistake=Mistake.LETS_EVERYONE_IN,
        source=hand(peer, STAR, [*(ALLOW | dict(STAR)).items()], 200),
    )


CASES = tuple(map(starred, PEERS))


def played(case: WireCase, port: int) -> Calls:
    return {name: play(port, case.path, call, page) for name, (page, call, _) in CALLS.items()}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Calls]:
    sources = {case.name: case.source for case in CASES}
    return used(tmp_path_factory.mktemp("before"), CASES, sources, played)


@pytest.fixture(scope="module")
def after(
    before: Mapping[str, Calls], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Calls]:
    sources = {}
    for case in CASES:
        advice = advice_on(case, before[case.name])
        sources[case.name] = apply(case.source, advice.place, advice.lines)
    return used(tmp_path_factory.mktemp("after"), CASES, sources, played)


def advice_on(case: WireCase, calls: Calls) -> Advice:
    records = {
        name: cell(name, expect, *calls[name].wire, page=page, call=call)
        for name, (page, call, expect) in CALLS.items()
    }
    advice = advise(records["stranger"], case.made_of, neighbourhood(records.values()))
    assert advice is not None
    return advice


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lines_shut_out_the_stranger_and_nobody_else(
    before: Mapping[str, Calls], after: Mapping[str, Calls], case: WireCase
) -> None:
    assert all(call.refused is None for call in before[case.name].values())
    advice = advice_on(case, before[case.name])
    assert (advice.mistake, advice.where) == (case.mistake, case.where)
    ast.parse("\n".join(advice.lines))
    came = {name: call.refused is None for name, call in after[case.name].items()}
    assert came == {
        "own": True,
        "rows": True,
        "www": True,
        "stranger": False,
        "stranger-rows": False,
    }

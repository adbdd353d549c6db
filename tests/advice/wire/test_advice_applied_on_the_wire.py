"""Advice, taken at its word, in every framework: real servers with a mistake, mended by it.

What lines do to headers needs no browser: each call is made on a socket as browsers make it, and
every answer goes through the standard's own checks. All servers run once as they are and once with
the lines of their advice in them.
"""

import ast
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.advice.call_builders import NOT_ALLOWED, blocked, unreadable
from tests.advice.wire.app_hosts import used
from tests.advice.wire.appliers import apply
from tests.advice.wire.cases import WireCase, cases
from tests.advice.wire.exchange_maker import Played, play
from tests.advice.wire.known_cases import known_cases
from tests.advice.wire.native_cases import native_cases

from cors_harness.advice.advise import advise
from cors_harness.model.advice import Advice

pytestmark = pytest.mark.programs

CASES = (*cases(), *native_cases(), *known_cases())
Sources = Mapping[str, str]


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Played]:
    return played(tmp_path_factory.mktemp("before"), {case.name: case.source for case in CASES})


@pytest.fixture(scope="session")
def after(
    before: Mapping[str, Played], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Played]:
    sources = {}
    for case in CASES:
        advice = advice_on(case, before[case.name])
        sources[case.name] = case.source
        if advice and advice.lines:
            sources[case.name] = apply(case.source, advice.place, advice.lines)
    return played(tmp_path_factory.mktemp("after"), sources)


def played(folder: Path, sources: Sources) -> Mapping[str, Played]:
    return used(folder, CASES, sources, lambda case, port: play(port, case.path, case.call))


def advice_on(case: WireCase, came: Played) -> Advice | None:
    if came.refused is None:
        return advise(unreadable(*came.wire), case.made_of)
    code, _ = came.refused
    record = blocked(code, *came.wire, call=case.call, mismatches=(NOT_ALLOWED,))
    return advise(record, case.made_of)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lines_turn_the_call(
    before: Mapping[str, Played], after: Mapping[str, Played], case: WireCase
) -> None:
    advice = advice_on(case, before[case.name])
    assert advice is not None
    assert (advice.mistake, advice.where) == (case.mistake, case.where)
    assert advice.lines
    ast.parse("\n".join(advice.lines))
    mended = after[case.name]
    assert mended.refused is None, mended
    assert mended.status == case.status
    assert not case.exposes or mended.exposes(case.exposes)

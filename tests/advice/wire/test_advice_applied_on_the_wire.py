"""Advice, taken at its word, in every framework: real servers with a mistake, mended by it.

What lines do to headers needs no browser: each call is made on a socket as browsers make it, and
every answer goes through the standard's own checks. All servers run once as they are and once with
the lines of their advice in them.
"""

import ast
import pickle
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
from tests.shared_across_workers import once

from cors_harness.advice.advise import advise
from cors_harness.model.advice import Advice

pytestmark = pytest.mark.programs

CASES = (*cases(), *native_cases(), *known_cases())
Sources = Mapping[str, str]
Results = Mapping[str, Played]


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Results:
    sources = {case.name: case.source for case in CASES}
    return _shared(tmp_path_factory, "wire-before", sources)


@pytest.fixture(scope="session")
def after(before: Results, tmp_path_factory: pytest.TempPathFactory) -> Results:
    sources = {}
    for case in CASES:
        advice = advice_on(case, before[case.name])
        sources[case.name] = case.source
        if advice and advice.lines:
            sources[case.name] = apply(case.source, advice.place, advice.lines)
    return _shared(tmp_path_factory, "wire-after", sources)


def _shared(factory: pytest.TempPathFactory, name: str, sources: Sources) -> Results:
    """What came of the calls, once for all of xdist's workers."""

    def make(folder: Path) -> None:
        (folder / "results").write_bytes(pickle.dumps(played(folder, sources)))

    found: Results = pickle.loads((once(factory, name, make) / "results").read_bytes())  # noqa: S301
    return found


def played(folder: Path, sources: Sources) -> Results:
    return used(folder, CASES, sources, lambda case, port: play(port, case.path, case.call))


def advice_on(case: WireCase, came: Played) -> Advice | None:
    if came.refused is None:
        return advise(unreadable(*came.wire), case.made_of)
    code, _ = came.refused
    record = blocked(code, *came.wire, call=case.call, mismatches=(NOT_ALLOWED,))
    return advise(record, case.made_of)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lines_turn_the_call(before: Results, after: Results, case: WireCase) -> None:
    advice = advice_on(case, before[case.name])
    assert advice is not None
    assert (advice.mistake, advice.where) == (case.mistake, case.where)
    assert advice.lines
    ast.parse("\n".join(advice.lines))
    mended = after[case.name]
    assert mended.refused is None, mended
    assert mended.status == case.status
    assert not case.exposes or mended.exposes(case.exposes)

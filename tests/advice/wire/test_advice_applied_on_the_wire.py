"""Advice, taken at its word, in every framework: real servers with a mistake, mended by it.

What lines do to headers needs no browser: each call is made on a socket as browsers make it, and
every answer goes through the standard's own checks. All servers run once as they are and once with
the lines of their advice in them.
"""

import ast
import asyncio
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

import pytest
from tests.advice.call_builders import NOT_ALLOWED, blocked, unreadable
from tests.advice.wire.appliers import apply
from tests.advice.wire.cases import WireCase, cases
from tests.advice.wire.exchange_maker import Played, play
from tests.advice.wire.known_cases import known_cases
from tests.advice.wire.native_cases import native_cases

from cors_harness.advice.advise import advise
from cors_harness.model.advice import Advice
from cors_harness.serving.reference.servers import Instance, ReferenceServers

pytestmark = pytest.mark.programs

CASES = (*cases(), *native_cases(), *known_cases())
OWN_HOSTS = ("loop", "fork")  # by the name of their script; the others are the program's own
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
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source)
    lines = (
        f'{case.name} = {{app = "{case.name}:app", interface = "{case.host}", versions = [],'
        " fixed = true}"
        for case in CASES
        if case.host not in OWN_HOSTS
    )
    (folder / "registry.toml").write_text("\n".join(lines))
    results = asyncio.run(_played(folder))
    for host in OWN_HOSTS:
        results |= _played_on(host, folder)
    return results


async def _played(folder: Path) -> dict[str, Played]:
    servers = ReferenceServers(folder)
    served = [case for case in CASES if case.host not in OWN_HOSTS]
    instances = [Instance(key=case.name, server=case.name, scheme="https") for case in served]
    try:
        ports = await servers.start(instances, {})
        return await asyncio.to_thread(_results, served, ports)
    finally:
        await servers.stop()


def _played_on(host_name: str, folder: Path) -> dict[str, Played]:
    served = [case for case in CASES if case.host == host_name]
    script = Path(__file__).parent / f"{host_name}_host.py"
    argv = [sys.executable, str(script), *(case.name for case in served)]
    start = partial(subprocess.Popen, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with start(argv, stderr=subprocess.DEVNULL) as host:
        assert host.stdout
        return _results(served, json.loads(host.stdout.readline()))


def _results(served: Iterable[WireCase], ports: Mapping[str, int]) -> dict[str, Played]:
    return {case.name: play(ports[case.name], case.path, case.call) for case in served}


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

"""The stage: the origins that it gives a cell, what is recorded of them, and what has died."""

import asyncio
import contextlib
import signal
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.run.batches import SPEC, plan_of
from tests.run.process_tree import Family, send
from tests.wait_for_exit import HANG_S

from cors_harness.errors import ServerFailed, UsageError
from cors_harness.model.cell import Cell
from cors_harness.model.exchange import Exchange
from cors_harness.run.bound_cell import BoundCell, with_token
from cors_harness.run.loop_thread import root_cause
from cors_harness.run.run_servers import RunServers

TEXT = f"""\
- id: answers
  title: t
  spec: {SPEC}
  response: {{headers: {{X-Origins: "{{page}} {{server}} {{other}} {{third}}"}}}}
  request: {{}}
  expect: {{outcome: allowed}}
  page: app.localhost
  %s
- id: policy
  title: t
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"]}}
  servers: [flask-cors]
  request: {{}}
  expect: {{outcome: allowed}}
  page: app.localhost
  %s
"""
DEPLOYED = f"""\
- id: deployed
  title: t
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"]}}
  servers: [flask-cors@nginx]
  request: {{}}
  expect: {{outcome: allowed}}
"""
TWO_MINDS = f"""\
- id: good
  title: t
  spec: {SPEC}
  origins: {{server: https://api.example.org}}
  response: {{status: 200}}
  request: {{}}
  expect: {{outcome: allowed}}
- id: expired
  title: t
  spec: {SPEC}
  origins: {{server: https://api.example.org}}
  expired_certificates: server
  response: {{status: 200}}
  request: {{}}
  expect: {{outcome: allowed}}
"""
HOSTS = {"": "127.0.0.1", "server_host: localhost": "localhost"}


def fetched(prepared: BoundCell) -> Mapping[str, str]:
    """The headers of the cell's server; without a browser, so that 127.0.0.1 is called."""
    url = urlsplit(with_token(f"{prepared.names['server']}/api/data", prepared.token))
    direct = url._replace(netloc=f"127.0.0.1:{url.port}").geturl()
    request = urllib.request.Request(direct, headers={"Host": url.netloc})  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return dict(response.headers)


@contextlib.asynccontextmanager
async def staged(folder: Path, text: str) -> AsyncIterator[tuple[RunServers, Sequence[Cell]]]:
    stage = RunServers()
    try:
        cells = plan_of(folder, text, "chromium").cells
        stage.open(cells, headed=False)
        await stage.start(cells)
        yield stage, cells
    finally:
        await stage.stop()


async def asked(
    folder: Path, stated: str
) -> list[tuple[BoundCell, Mapping[str, str], tuple[Exchange, ...]]]:
    """Every cell of TEXT with the answer of its server and what was recorded of that."""
    async with staged(folder, TEXT % (stated, stated)) as (stage, cells):
        prepared = [stage.prepare(cell) for cell in cells]
        headers = [await asyncio.to_thread(fetched, each) for each in prepared]
        taken = await stage.recorder.take([each.token for each in prepared])
    recorded = [taken[each.token] for each in prepared]
    return list(zip(prepared, headers, recorded, strict=True))


@pytest.mark.parametrize(("stated", "host"), HOSTS.items(), ids=HOSTS.values())
def test_servers_have_the_host_that_the_scenario_states(
    tmp_path: Path, stated: str, host: str
) -> None:
    (answers, headers, (exchange,)), (policy, _, (of_policy,)) = asyncio.run(
        asked(tmp_path, stated)
    )
    origins = [answers.names[role] for role in ("page", "server", "other", "third")]
    assert [urlsplit(origin).hostname for origin in origins] == ["app.localhost", *[host] * 3]
    assert len(set(origins)) == len(origins)
    assert headers["X-Origins"] == " ".join(origins)
    assert exchange.origin == answers.names["server"]
    assert urlsplit(policy.names["server"]).hostname == host
    assert of_policy.origin == policy.names["server"] != answers.names["server"]


@pytest.mark.browser  # starts none, but needs what is installed for runs with browsers: nginx
def test_proxy_that_is_killed_is_missed_by_its_name(family: Family, tmp_path: Path) -> None:
    async def killed() -> None:
        async with staged(tmp_path, DEPLOYED) as (stage, _):
            masters = [p for p in family.living() if "nginx: master" in " ".join(p.command)]
            assert len(masters) == 1
            send(signal.SIGKILL, masters)
            try:
                async with asyncio.timeout(HANG_S):
                    await stage.watch()
            finally:
                assert stage.lost

    with pytest.raises(ExceptionGroup) as failed:
        asyncio.run(killed())
    told = root_cause(failed.value)
    assert isinstance(told, ServerFailed)
    assert str(told).startswith("nginx")
    assert family.gone() == []


def test_one_origin_has_one_certificate(tmp_path: Path) -> None:
    async def start() -> None:
        async with staged(tmp_path, TWO_MINDS):
            raise AssertionError

    with pytest.raises(UsageError) as told:
        asyncio.run(start())
    assert str(told.value) == (
        "https://api.example.org: expired wants an expired certificate there, good a good one\n"
        "  give one of them an origin of its own"
    )

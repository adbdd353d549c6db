"""RunServers: the origins that cells get, what is recorded of them, and what has died."""

import asyncio
import contextlib
import signal
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.run.batches import SPEC, plan_of
from tests.run.process_tree import ProcessTree, send
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
TWO_CERTIFICATES = f"""\
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


def fetch(bound: BoundCell) -> Mapping[str, str]:
    """The headers of the cell's server; without a browser, so that 127.0.0.1 is called."""
    url = urlsplit(with_token(f"{bound.names['server']}/api/data", bound.token))
    direct = url._replace(netloc=f"127.0.0.1:{url.port}").geturl()
    request = urllib.request.Request(direct, headers={"Host": url.netloc})  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return dict(response.headers)


@contextlib.asynccontextmanager
async def started(folder: Path, text: str) -> AsyncIterator[tuple[RunServers, Sequence[Cell]]]:
    servers = RunServers()
    try:
        cells = plan_of(folder, text, "chromium").cells
        servers.bind(cells, headed=False)
        await servers.start(cells)
        yield servers, cells
    finally:
        await servers.stop()


async def fetched_and_recorded(
    folder: Path, stated: str
) -> list[tuple[BoundCell, Mapping[str, str], tuple[Exchange, ...]]]:
    """Every cell of TEXT with the answer of its server and what was recorded of that."""
    async with started(folder, TEXT % (stated, stated)) as (servers, cells):
        bound_cells = [servers.origins.bind(cell) for cell in cells]
        headers = [await asyncio.to_thread(fetch, bound) for bound in bound_cells]
        taken = await servers.recorder.take([bound.token for bound in bound_cells])
    recorded = [taken[bound.token] for bound in bound_cells]
    return list(zip(bound_cells, headers, recorded, strict=True))


@pytest.mark.programs
@pytest.mark.parametrize(("stated", "host"), HOSTS.items(), ids=HOSTS.values())
def test_servers_have_the_host_that_the_scenario_states(
    tmp_path: Path, stated: str, host: str
) -> None:
    (answers, headers, (exchange,)), (policy, _, (of_policy,)) = asyncio.run(
        fetched_and_recorded(tmp_path, stated)
    )
    origins = [answers.names[role] for role in ("page", "server", "other", "third")]
    assert [urlsplit(origin).hostname for origin in origins] == ["app.localhost", *[host] * 3]
    assert len(set(origins)) == len(origins)
    assert headers["X-Origins"] == " ".join(origins)
    assert exchange.origin == answers.names["server"]
    assert urlsplit(policy.names["server"]).hostname == host
    assert of_policy.origin == policy.names["server"] != answers.names["server"]


@pytest.mark.browser  # starts none, but needs what is installed for runs with browsers: nginx
def test_proxy_that_is_killed_is_named(process_tree: ProcessTree, tmp_path: Path) -> None:
    async def killed() -> None:
        async with started(tmp_path, DEPLOYED) as (servers, _):
            masters = [p for p in process_tree.running() if "nginx: master" in " ".join(p.command)]
            assert len(masters) == 1
            send(signal.SIGKILL, masters)
            try:
                async with asyncio.timeout(HANG_S):
                    await servers.watch()
            finally:
                assert servers.lost

    with pytest.raises(ExceptionGroup) as failed:
        asyncio.run(killed())
    cause = root_cause(failed.value)
    assert isinstance(cause, ServerFailed)
    assert str(cause).startswith("nginx")
    assert process_tree.survivors() == []


def test_one_origin_has_one_certificate(tmp_path: Path) -> None:
    async def start() -> None:
        async with started(tmp_path, TWO_CERTIFICATES):
            raise AssertionError

    with pytest.raises(UsageError) as refused:
        asyncio.run(start())
    assert str(refused.value) == (
        "https://api.example.org: expired wants an expired certificate there, good a good one\n"
        "  give one of them an origin of its own"
    )

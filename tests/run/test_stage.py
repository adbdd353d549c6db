"""The origins that the stage gives a cell, and what the recorder says of requests to them."""

import asyncio
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.run.batches import SPEC, plan_of

from cors_harness.model.exchange import Exchange
from cors_harness.run.prepared import Prepared, with_token
from cors_harness.run.stage import Stage

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
HOSTS = {"": "127.0.0.1", "server_host: localhost": "localhost"}


def fetched(prepared: Prepared) -> Mapping[str, str]:
    """The headers of the cell's server; without a browser, so that 127.0.0.1 is called."""
    url = urlsplit(with_token(f"{prepared.names['server']}/api/data", prepared.token))
    direct = url._replace(netloc=f"127.0.0.1:{url.port}").geturl()
    request = urllib.request.Request(direct, headers={"Host": url.netloc})  # noqa: S310 - loopback
    with urllib.request.urlopen(request) as response:  # noqa: S310
        return dict(response.headers)


async def asked(
    folder: Path, stated: str
) -> list[tuple[Prepared, Mapping[str, str], tuple[Exchange, ...]]]:
    """Every cell of TEXT with the answer of its server and what was recorded of that."""
    stage = Stage()
    try:
        cells = plan_of(folder, TEXT % (stated, stated), "chromium").cells
        stage.open(cells, headed=False)
        await stage.start(cells)
        prepared = [stage.prepare(cell) for cell in cells]
        headers = [await asyncio.to_thread(fetched, each) for each in prepared]
        taken = await stage.recorder.take([each.token for each in prepared])
    finally:
        await stage.stop()
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

"""Runs whose browser calls from another machine: by the gate, and without a proxy by the host.

The browser is a local Chromium that finds hosts beside this machine; it calls 127.0.0.2, where
nothing of a run listens but what is advertised.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.run.batches import SPEC, plan_of
from tests.run.few_scenarios import ALLOWED_PUT, BETWEEN_REAL_ORIGINS, BLOCKED_IN_PLACES

from cors_harness.changes.facts import facts_from_journal
from cors_harness.engines.provision import find_engine
from cors_harness.model.advertised import Reach
from cors_harness.model.baseline import Entry
from cors_harness.model.events import CellFinished, RunStarted
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.store.journal import Journal, read_journal
from cors_harness.wire.ticket import new_ticket

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8"),
]

HOST = "127.0.0.2"
AS_EXPECTED = "as-expected"
SCENARIOS = f"""\
{ALLOWED_PUT}- id: redirected
  title: A redirect to another origin of the run
  spec: {SPEC}
  response:
    - status: 302
      headers: {{Access-Control-Allow-Origin: "{{page}}", Location: "{{other}}/there?{{cell}}"}}
    - {{at: other, path: /there, headers: {{Access-Control-Allow-Origin: "*"}}}}
  request: {{referrer_policy: unsafe-url}}
  expect: {{outcome: allowed, redirected: true, wire: [request, request]}}
{BLOCKED_IN_PLACES}- id: own-origin
  title: The page asks its own origin, which sees the whole URL of the page
  spec: {SPEC}
  request: {{at: page, path: /none}}
  response: {{status: 200}}
  expect: {{outcome: allowed, status: 404}}
{BETWEEN_REAL_ORIGINS}- id: localhost
  title: A page on another loopback name
  spec: {SPEC}
  page: localhost
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed, wire: [request]}}
- id: fetch-metadata
  title: What only a trustworthy origin is sent
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed, sent: {{Sec-Fetch-Mode: cors}}}}
- id: public
  title: A page that counts as public
  spec: {SPEC}
  page: {{address_space: public}}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{}}
  expect: {{outcome: allowed}}
"""


@pytest.fixture
def chromium(tmp_path: Path) -> Path:
    """Chromium as on another machine: it is told of no hosts that it may not find."""
    found = find_engine("chromium").executable
    if found is None:
        pytest.skip("Playwright's own Chromium has no file that could be started otherwise")
    script = tmp_path / "chromium"
    script.write_text(f'#!/bin/sh\nexec "{found}" "$@" --host-resolver-rules=\n')
    script.chmod(0o755)
    return script


def ran(folder: Path, name: str, settings: RunSettings) -> tuple[RunStarted, Path]:
    """What a run began with, and its journal."""
    file = folder / f"{name}.jsonl"
    journal = Journal(file)
    begun = []
    for event in run(plan_of(folder, SCENARIOS, "chromium"), settings):
        match event:
            case RunStarted():
                begun.append(event)
                journal.write_header((), event)
            case CellFinished(record=record):
                journal.write(record)
            case _:
                pass
    journal.close()
    return begun[0], file


def cells(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()[1:]]


def results(file: Path) -> dict[str, str]:
    """The status of each scenario, and in five words why it was skipped."""
    verdicts = {cell["scenario"]: cell["verdict"] for cell in cells(file)}
    return {
        name: ": ".join(filter(None, (of["status"], " ".join(of["note"].split()[:5]))))
        for name, of in verdicts.items()
    }


def called_hosts(file: Path) -> set[str | None]:
    """Where the browser found the ports of the run."""
    origins = (origin for cell in cells(file) for origin in cell["placeholders"].values())
    return {urlsplit(origin).hostname for origin in origins}


def entries(file: Path) -> dict[object, Entry]:
    header, records = read_journal(file)
    return {entry.name: entry for entry in facts_from_journal(header, records, file.parent).entries}


def test_browser_on_another_machine_sees_what_a_local_one_sees(
    tmp_path: Path, chromium: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets: set[str] = set()

    def noted_ticket(token: str) -> str:
        ticket = new_ticket(token)
        secrets.update((token, ticket, ticket.partition(".")[0]))
        return ticket

    monkeypatch.setattr("cors_harness.run.advertising.new_ticket", noted_ticket)
    away = RunSettings(executables={"chromium": chromium}, advertise=HOST)
    begun, gated = ran(tmp_path, "gated", replace(away, reach={"chromium": Reach.GATE}))
    straight, direct = ran(tmp_path, "direct", replace(away, reach={"chromium": Reach.DIRECT}))
    assert results(gated) == {
        "put": AS_EXPECTED,
        "redirected": AS_EXPECTED,
        **dict.fromkeys(
            ("blocked-window", "blocked-worker", "blocked-sandboxed-frame"), AS_EXPECTED
        ),
        "own-origin": AS_EXPECTED,
        "real": AS_EXPECTED,
        "localhost": AS_EXPECTED,
        "fetch-metadata": AS_EXPECTED,
        "public": "skipped: which address counts as public",
    }
    assert results(direct) == results(gated) | {
        "real": "skipped: a browser reaches real origins",
        "localhost": "skipped: localhost is the browser's own",
        "fetch-metadata": "skipped: browsers send Sec-Fetch-* and Sec-CH-*",
    }
    assert (called_hosts(gated), called_hosts(direct)) == ({"127.0.0.1", "localhost"}, {HOST})
    assert entries(direct).items() <= entries(gated).items()
    for event, file in ((begun, gated), (straight, direct)):
        assert "/harness/runner.html?session=" in file.read_text()  # as a Referer
        assert secrets
        assert not [secret for secret in secrets if secret in file.read_text()]
        assert event.advertised is not None
        assert event.advertised.listens_on == (HOST,)
        assert json.loads(file.read_text().splitlines()[0])["advertised"]["host"] == HOST

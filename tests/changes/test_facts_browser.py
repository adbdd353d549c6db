"""Two real runs without a change between them: the same facts, the same bytes, no change."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.shared_across_workers import once

from cors_harness.changes.compare import compare
from cors_harness.changes.facts import facts_from_journal, unusable
from cors_harness.loading.scenarios import load_scenarios
from cors_harness.model.baseline import Baseline, Entry
from cors_harness.model.cell import RecordedCell
from cors_harness.model.change import ChangeClass, Comparison
from cors_harness.model.events import CellFinished, RunStarted
from cors_harness.planning.plan import Selection, make_plan
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.serving.all_servers import all_servers
from cors_harness.store.baseline_reading import read_baseline
from cors_harness.store.baseline_writing import baseline_text, write_baseline
from cors_harness.store.codec import Json, header_to_json, record_to_json
from cors_harness.store.record_reading import record_from_json

pytestmark = pytest.mark.browser

WrittenRun = tuple[Json, list[Json]]  # a journal: its header and its cells
Run = tuple[Json, list[RecordedCell]]
Runs = tuple[Run, Run]
RUNS = "runs.json"
ENGINES = ("chromium", "firefox", "webkit")
SERVERS = ("flask-cors", "fastapi-cors-middleware", "verbatim")
SPEC = "https://fetch.spec.whatwg.org/#http-cors-protocol"
SCENARIOS = f"""\
- id: slash-redirect
  title: A redirect whose Location has a port of the run
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"]}}
  request: {{path: "/api/list?page=2"}}
  expect: {{outcome: allowed}}
- id: login
  title: A cookie that is sent in the second step
  spec: {SPEC}
  policy: {{allow_origins: ["{{page}}"], allow_credentials: true}}
  steps:
    - request: {{method: POST, path: "/api/login?user={{token}}", credentials: include}}
      expect: {{outcome: allowed}}
    - request: {{path: "/api/me?user={{token}}", credentials: include}}
      expect: {{outcome: allowed}}
- id: put-json
  title: A preflight, and a real origin
  spec: {SPEC}
  page: https://app.example.com
  origins: {{server: https://api.example.org}}
  policy:
    allow_origins: ["https://app.example.com"]
    allow_methods: [PUT]
    allow_headers: [Content-Type]
    max_age: MAX_AGE
  request: {{method: PUT, headers: {{Content-Type: application/json}}, body: "{{}}"}}
  expect: {{outcome: allowed}}
- id: stranger
  title: An origin that is not let in
  spec: {SPEC}
  policy: {{allow_origins: ALLOWED}}
  request: {{}}
  expect: {{outcome: blocked, wire: [request]}}
- id: verbatim
  title: Ports and tokens in headers, and a redirect to another server
  spec: {SPEC}
  response:
    - status: 302
      headers:
        Access-Control-Allow-Origin: "{{page}}"
        Access-Control-Allow-Credentials: "true"
        Location: "{{other}}/landing?next={{server}}/&{{cell}}"
        Set-Cookie: "sid-{{token}}=1; Path=/"
    - at: other
      headers: {{Access-Control-Allow-Origin: "null", Access-Control-Allow-Credentials: "true"}}
  request: {{credentials: include}}
  expect: {{outcome: allowed}}
- id: closes
  title: Browsers try again as often as they like
  spec: {SPEC}
  response: {{fault: close}}
  request: {{}}
  expect: {{outcome: failed}}
"""


def journal(folder: Path, allowed: str, max_age: int) -> WrittenRun:
    """A whole run, as a journal has it."""
    file = folder / "cors.yaml"
    file.write_text(SCENARIOS.replace("ALLOWED", allowed).replace("MAX_AGE", str(max_age)))
    selection = Selection(engines=ENGINES, servers=SERVERS)
    plan = make_plan(load_scenarios([file]), all_servers(), selection)
    events = list(run(plan, RunSettings()))
    (started,) = (event for event in events if isinstance(event, RunStarted))
    cells = [record_to_json(each.record) for each in events if isinstance(each, CellFinished)]
    return header_to_json(["run"], started), cells


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the same run twice."""
    return once(tmp_path_factory, "shop", run_twice)


def run_twice(folder: Path) -> None:
    runs = [journal(folder, '["https://partner.example"]', 600) for _ in range(2)]
    (folder / RUNS).write_text(json.dumps(runs))


@pytest.fixture(scope="session")
def runs(folder: Path) -> Runs:
    first, second = json.loads((folder / RUNS).read_text())
    return read(first), read(second)


def read(written: WrittenRun) -> Run:
    header, cells = written
    return header, [record_from_json(cell) for cell in cells]


@pytest.fixture(scope="session")
def accepted(folder: Path, runs: Runs) -> Baseline:
    return facts_from_journal(*runs[0], folder)


def entries(baseline: Baseline, scenario: str) -> Iterator[Entry]:
    return (each for each in baseline.entries if each.scenario.endswith(f"::{scenario}"))


def test_two_runs_without_a_change_give_the_same_bytes(folder: Path, runs: Runs) -> None:
    ports = [{dict(cell.placeholders).get("server") for cell in cells} for _, cells in runs]
    assert ports[0] != ports[1]  # else there would be nothing to take out
    assert [unusable(cells, folder) for _, cells in runs] == [(), ()]
    first, second = (facts_from_journal(*each, folder) for each in runs)
    assert compare(first, second) == Comparison(compared=len(runs[0][1]))
    assert baseline_text(first) == baseline_text(second)


def test_the_file_has_all_of_it(tmp_path: Path, accepted: Baseline) -> None:
    write_baseline(tmp_path / "cors-baseline.txt", accepted)
    assert read_baseline(tmp_path / "cors-baseline.txt") == accepted


def test_the_facts_are_those_of_real_browsers(accepted: Baseline) -> None:
    for entry in entries(accepted, "login"):
        assert [name for name, _ in entry.engines] == list(ENGINES)
        for _, (login, me) in entry.engines:
            assert not login.wire[-1].with_credentials
            assert me.wire[-1].with_credentials
    (redirected,) = entries(accepted, "verbatim")
    for _, (step,) in redirected.engines:
        first, last = step.wire
        assert (first.role, first.target, last.role) == ("server", "/api/data", "other")
        assert dict(first.response_headers)["location"] == "{other}/landing?next=…"
        assert last.request_headers == (("origin", "null"),)


def test_a_real_change_is_found_in_all_engines_on_all_servers(
    tmp_path: Path, accepted: Baseline
) -> None:
    changed = facts_from_journal(*read(journal(tmp_path, '["{page}"]', 60)), tmp_path)
    comparison = compare(accepted, changed)
    found = {(c.class_, c.scenario.partition("::")[2], c.server) for c in comparison.changes}
    assert found == {
        (class_, scenario, server)
        for class_, scenario in (
            (ChangeClass.WIDENED, "stranger"),
            (ChangeClass.COSTLIER, "put-json"),
        )
        for server in SERVERS[:2]
    }
    assert all(change.engines == ENGINES for change in comparison.changes)

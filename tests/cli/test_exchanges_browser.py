"""A run tells which exchange was another than expected, in every engine and every report."""

import json
from collections import Counter
from pathlib import Path

import pytest
from tests.cli.program import program

from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

SPEC = "https://fetch.spec.whatwg.org/#http-redirect-fetch"
SCENARIOS = f"""\
- id: wrong-hop
  title: The second hop of the second step answers otherwise than expected
  spec: {SPEC}
  response:
    - path: /moved
      status: 302
      headers: {{Access-Control-Allow-Origin: "{{origin}}", Location: "{{other}}/landing?{{cell}}"}}
    - {{at: other, status: 403, headers: {{X-Origin: "{{origin}}"}}, body: "no, {{origin}}"}}
    - {{headers: {{Access-Control-Allow-Origin: "{{origin}}"}}}}
  steps:
    - request: {{}}
      expect: {{outcome: allowed, exchanges: [{{kind: request, status: 200}}]}}
    - request: {{path: /moved}}
      expect:
        outcome: [blocked, failed]
        exchanges:
          - {{path: /moved, status: 302, request_headers: {{Origin: "{{page}}"}}}}
          - {{at: other, path: /landing, status: 401, body_bytes: 8, response_headers: [X-Origin]}}
      except:
        - engine: firefox
          exchanges: [{{}}, {{status: 403, request_headers: {{Origin: "null"}}}}]
- id: no-preflight
  title: A preflight is expected that nobody sends
  spec: {SPEC}
  response: {{status: 201, headers: {{Access-Control-Allow-Origin: "*", ETag: a}}}}
  request: {{}}
  expect:
    outcome: [allowed, blocked]
    status_text: Made
    readable: [ETag, Content-Length]
    exchanges: [{{kind: preflight}}, {{method: POST}}]
"""


def test_wrong_exchange_is_told_in_every_engine(tmp_path: Path) -> None:
    (tmp_path / "hops.yaml").write_text(SCENARIOS)
    done = program(tmp_path, "run", "hops.yaml")
    assert done.returncode == 1, done.stderr
    _, cells = read_journal(tmp_path / DEFAULT_PLACE)
    mismatches = Counter(
        (
            *(cell.scenario, m.step, m.aspect.value),
            *(m.exchange, m.part and m.part.value, m.header),
            *(m.expected, m.found),
        )
        for cell in cells
        for m in cell.mismatches
    )
    assert mismatches == {
        ("wrong-hop", 1, "exchanges", 1, "status", None, 401, 403): 2,
        ("no-preflight", None, "exchanges", None, None, None, 2, 1): 3,
        ("no-preflight", None, "exchanges", 0, "kind", None, "preflight", "request"): 3,
        ("no-preflight", None, "status_text", None, None, None, "Made", "Created"): 3,
        ("no-preflight", None, "readable", None, None, "ETag", True, None): 3,
    }
    lines = Counter(done.stdout.splitlines())
    counts = [line.split()[:2] for line in lines if " on verbatim in " in line]
    assert sorted(counts) == [["2", "cells"], ["3", "cells"]]
    assert lines["steps[1].exchanges[1].status: expected 401, found 403"] == 1
    assert lines["> response  403"] == 1
    assert lines["exchanges: expected 2 exchanges, found 1 exchange"] == 1
    assert lines["  also      readable.ETag: expected any value, found not readable"] == 1
    assert lines[">           no Access-Control-Expose-Headers"] == 1


def test_json_names_exchange_and_part(tmp_path: Path) -> None:
    (tmp_path / "hops.yaml").write_text(SCENARIOS)
    argv = ("run", "hops.yaml", "--cell", "wrong-hop[verbatim-chromium]", "--json")
    document = json.loads(program(tmp_path, *argv).stdout)
    (cell,) = document["cells"]
    assert cell["verdict"]["mismatches"] == [
        {
            "step": 1,
            "aspect": "exchanges",
            "exchange": 1,
            "part": "status",
            "header": None,
            "expected": 401,
            "found": 403,
            "unseen": None,
            "spec": SPEC,
        }
    ]

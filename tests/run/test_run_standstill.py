"""A machine that stands still, as a laptop or a virtual one does: no time limit has passed."""

import signal
import time
from pathlib import Path

import pytest
from tests.run.batches import SPEC, plan_of
from tests.run.process_tree import ProcessTree, send
from tests.run.programs import started, wait_for_cells
from tests.wait_for_exit import HANG_S

from cors_harness.model.verdict import Status
from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

ENGINES = ("chromium", "webkit")  # Firefox, which starts for long, has the same page
LIMIT_S = 3
STANDSTILL_S = LIMIT_S + 2
IN_FLIGHT = f"""\
- id: at-once
  title: It shows that the others are under way
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{path: "/{{n}}"}}
  expect: {{outcome: allowed, wire: [request]}}
  matrix: {{n: [A, B]}}
- id: in-flight
  title: A server that takes its time
  spec: {SPEC}
  page: {{place: "{{place}}"}}
  response: {{at: third, headers: {{Access-Control-Allow-Origin: "{{page}}"}}, delay_ms: 2000}}
  request: {{at: third, timeout_ms: {LIMIT_S}000}}
  expect: {{outcome: allowed, wire: [request]}}
  matrix: {{place: [window, worker]}}
"""


def test_calls_outlive_a_standstill_that_is_longer_than_their_time_limit(
    process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan_of(tmp_path, IN_FLIGHT, *ENGINES)
    with started(tmp_path, ENGINES) as program:
        wait_for_cells(program, tmp_path / DEFAULT_PLACE, ENGINES)
        processes = process_tree.running()
        send(signal.SIGSTOP, processes)
        time.sleep(STANDSTILL_S)
        send(signal.SIGCONT, processes)
        stderr = program.communicate(timeout=HANG_S)[1]
    assert program.returncode == 0, stderr
    _, cells = read_journal(tmp_path / DEFAULT_PLACE)
    assert len(cells) == 8
    assert {cell.status for cell in cells} == {Status.AS_EXPECTED}

"""Engines whose console lags: what waits for it keeps nothing else of its page waiting."""

import asyncio
from functools import partial
from pathlib import Path

import pytest
from tests.run.batches import SPEC, plan_of

from cors_harness.model.cell import CellRecord
from cors_harness.model.events import CellFinished
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.console_log import SENTINEL, ConsoleLog
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

# More sequences than the connections that any browser opens to the page's server.
TWICE = f"""\
- id: twice
  title: Two calls, and whether it was the first that the browser spoke of must be known in between
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "https://example.com"}}}}
  steps:
    - request: {{path: "/{{n}}"}}
      expect: {{outcome: blocked, reason: allow-origin-mismatch, wire: [request]}}
    - request: {{path: "/{{n}}-again"}}
      expect: {{outcome: blocked, reason: allow-origin-mismatch, wire: [request]}}
  matrix: {{n: [{", ".join(f"N{number}" for number in range(24))}]}}
"""
WORKER = f"""\
- id: in-a-worker
  title: A worker needs its script first, and a connection for it
  spec: {SPEC}
  page: worker
  response: {{headers: {{Access-Control-Allow-Origin: "{{page}}"}}}}
  request: {{path: /worker}}
  expect: {{outcome: allowed, wire: [request]}}
"""


class Lag:
    """Keeps the sentinels of all pages from the harness, until it ends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._add, self._lasts = ConsoleLog.add, True
        self._kept: list[tuple[asyncio.AbstractEventLoop, ConsoleLog, str, tuple[str, ...]]] = []

        def add(console: ConsoleLog, line: str, *about: str) -> None:
            self._add_or_keep(console, line, about)

        monkeypatch.setattr(ConsoleLog, "add", add)

    def end(self) -> None:
        """May be called in any thread."""
        self._lasts = False
        for loop, console, line, about in self._kept:
            loop.call_soon_threadsafe(partial(self._add, console, line, *about))

    def _add_or_keep(self, console: ConsoleLog, line: str, about: tuple[str, ...]) -> None:
        if self._lasts and SENTINEL.search(line):
            self._kept.append((asyncio.get_running_loop(), console, line, about))
        else:
            self._add(console, line, *about)


@pytest.mark.parametrize("engine", ["chromium", "webkit"])
def test_steps_that_wait_for_the_console_leave_the_page_its_connections(
    tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lag, finished = Lag(monkeypatch), list[CellRecord]()
    for event in run(plan_of(tmp_path, TWICE + WORKER, engine), RunSettings()):
        if isinstance(event, CellFinished):
            finished.append(event.record)
            if event.record.cell.scenario.id == "in-a-worker":
                lag.end()
    assert len(finished) == 25
    assert finished[0].cell.scenario.id == "in-a-worker"
    assert {record.verdict.status for record in finished} == {Status.AS_EXPECTED}

"""An engine whose console cannot be read: nothing of it is waited for, the wire gives reasons."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tests.run.batches import SPEC, plan_of, records

from cors_harness.engines.minibrowser import MiniBrowserEngine
from cors_harness.judge.reasons import NO_CONSOLE
from cors_harness.model.scenario import Outcome
from cors_harness.model.verdict import Reason, Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings
from cors_harness.terms.reasons import ReasonCode

pytestmark = pytest.mark.browser

# A rejected call in the middle and one at the end: the page goes on after both.
BLOCKED_TWICE = f"""\
- id: blocked-twice
  title: Two calls that nobody gives a reason for
  spec: {SPEC}
  response: {{headers: {{Access-Control-Allow-Origin: "https://example.com"}}}}
  steps:
    - request: {{path: /first}}
      expect: {{outcome: blocked, wire: [request]}}
    - request: {{path: /second}}
      expect: {{outcome: blocked, wire: [request]}}
"""


BY_WIRE = "narrowed by the wire: Access-Control-Allow-Origin: https://example.com"


class EngineWithoutConsole(MiniBrowserEngine):
    """MiniBrowser, which hears by the console that it has started, but gives nothing of pages."""

    hears_console = False

    async def open(self, url: str, listener: Any, *options: Any) -> Any:
        is_ours = "/harness/runner.html" in url
        return await super().open(url, _drop if is_ours else listener, *options)


def _drop(_line: str) -> None:
    pass


async def refuse_to_wait(_event: asyncio.Event, _limit_s: float) -> None:
    raise AssertionError("the console of an engine that has none was waited for")


def test_engine_without_console_is_not_waited_for_and_the_wire_gives_its_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cors_harness.run.environment.make_engine", EngineWithoutConsole)
    monkeypatch.setattr("cors_harness.run.console_log._wait_at_most", refuse_to_wait)
    (record,) = records(list(run(plan_of(tmp_path, BLOCKED_TWICE, "webkit"), RunSettings())))
    assert record.verdict.status is Status.AS_EXPECTED
    assert [step.outcome for step in record.verdict.steps] == [Outcome.BLOCKED] * 2
    assert [step.reason for step in record.verdict.steps] == [
        Reason(code=ReasonCode.ALLOW_ORIGIN_MISMATCH, detail=f"{NO_CONSOLE}; {BY_WIRE}")
    ] * 2

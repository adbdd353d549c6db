"""A browser that somebody has open, as an engine: what it says of itself, and what it lacks."""

import asyncio
from dataclasses import replace

import pytest
from tests.reports.record_builders import cell

from cors_harness.engines.base import PageNeed
from cors_harness.engines.joined import JoinedEngine
from cors_harness.engines.joined_browser import JoinedBrowser
from cors_harness.engines.user_agent import UserAgent
from cors_harness.errors import EngineFailed, UsageError
from cors_harness.model.answer import Answer
from cors_harness.model.scenario import Scenario
from cors_harness.run.environment import RunEnvironment
from cors_harness.run.settings import RunSettings

WINDOW = "http://127.0.0.1:1/token/window#1"


def browser(column: str) -> JoinedBrowser:
    agent = UserAgent(column=column, label="It", version="1", text="Mozilla/5.0")
    return JoinedBrowser(column, agent, WINDOW)


LACKS = {
    "safari-mac": {"PROXY", "CERTIFICATES", "CHECKED_CERTIFICATES", "FRESH_CONTEXT"},
    "edge-windows": set(PageNeed.__members__),
    "firefox-linux": set(PageNeed.__members__),
}


@pytest.mark.parametrize(("column", "needs"), LACKS.items(), ids=LACKS)
def test_what_it_lacks_is_said_in_the_name_of_its_column(column: str, needs: set[str]) -> None:
    engine = JoinedEngine(browser(column))
    assert {need.name for need in engine.lacks} == needs
    assert {why.partition(": ")[0] for why in engine.lacks.values()} == {column}
    assert (engine.tabs, engine.hears_console) == (1, False)


def test_name_of_no_browser_makes_no_engine() -> None:
    with pytest.raises(UsageError, match="begins with no browser that is known"):
        JoinedEngine(browser("netscape"))


def test_browser_that_was_stopped_does_not_start() -> None:
    stopped = browser("firefox-linux")
    stopped.leave("it was stopped")
    with pytest.raises(EngineFailed, match="firefox-linux: it was stopped"):
        asyncio.run(JoinedEngine(stopped).start())


FRESH = "it has to run without cookies and caches from before"
PLAIN = cell("plain").scenario
COOKIE = Answer(headers=(("set-cookie", "a=b"),))
CELLS = {
    "nothing of the kind": (PLAIN, False, ""),
    "isolated by its scenario": (replace(PLAIN, isolated=True), False, FRESH),
    "isolated by --isolated": (PLAIN, True, FRESH),
    "an answer with a cookie": (replace(PLAIN, answers=(COOKIE,)), False, FRESH),
}


@pytest.mark.parametrize(("scenario", "isolated", "why"), CELLS.values(), ids=CELLS)
def test_what_needs_a_fresh_context_does_not_run(
    scenario: Scenario, isolated: bool, why: str
) -> None:
    environment = RunEnvironment[None](RunSettings(isolated=isolated))
    environment.engines["firefox-linux"] = JoinedEngine(browser("firefox-linux"))
    asked = replace(cell("plain"), scenario=scenario, engine="firefox-linux")
    found = environment.why_not(asked)
    assert found.startswith(f"firefox-linux: {why}" if why else "")
    assert bool(found) == bool(why)

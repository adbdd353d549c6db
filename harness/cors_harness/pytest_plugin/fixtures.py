"""The fixture `cors`, and the steps to it, each of which a conftest.py may replace by its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest

from cors_harness.client.cors import Cors
from cors_harness.errors import UsageError
from cors_harness.model.scenario import Outcome
from cors_harness.pytest_plugin.ending_signals import ENDING_SIGNALS
from cors_harness.pytest_plugin.live_run import LIVE_RUN
from cors_harness.pytest_plugin.options import INVOCATION, run_settings
from cors_harness.pytest_plugin.summary import SESSION_SUMMARY
from cors_harness.pytest_plugin.telling import tell_now
from cors_harness.reports.unproven_text import unproven_sentences

if TYPE_CHECKING:
    from cors_harness.client.result import Result
    from cors_harness.run.settings import RunSettings

RESULTS: pytest.StashKey[list[Result]] = pytest.StashKey()
SHOWN = 5  # of the fetches of a test that fails, the last ones


@pytest.fixture(scope="session")
def cors_engines(pytestconfig: pytest.Config) -> tuple[str, ...]:
    """Names of the engines that fetch: those of --browser, else the project's, else all."""
    return pytestconfig.stash[INVOCATION].selection.engines


@pytest.fixture(scope="session")
def cors_server_origin(pytestconfig: pytest.Config) -> str | None:
    """Where the app really is, for the browsers: --cors-server-origin, else the project's."""
    origin = pytestconfig.stash[INVOCATION].target.server
    return None if origin is None else str(origin)


@pytest.fixture(scope="session")
def cors_settings(pytestconfig: pytest.Config) -> RunSettings:
    """The app of --cors-app and its like, else the project's, and how engines are started."""
    return run_settings(pytestconfig.stash[INVOCATION])


@pytest.fixture(scope="session")
def cors_session(
    pytestconfig: pytest.Config,
    cors_engines: tuple[str, ...],
    cors_server_origin: str | None,
    cors_settings: RunSettings,
) -> Iterator[Cors]:
    """What is behind `cors`; engines start with the first fetch and end with the session."""
    pytestconfig.stash[ENDING_SIGNALS].take()
    try:
        session = Cors(
            engines=cors_engines, server_origin=cors_server_origin, settings=cors_settings
        )
    except UsageError as error:
        pytest.fail(str(error), pytrace=False)
    session.on_waiting = partial(tell_now, pytestconfig)
    with session:
        yield session
    blocked = [step for step in session.unproven if step.caveat.outcome is Outcome.BLOCKED]
    pytestconfig.stash[SESSION_SUMMARY].add(*unproven_sentences(blocked, "cors.fetch()"))


@pytest.fixture
def cors(cors_session: Cors, request: pytest.FixtureRequest) -> Iterator[Cors]:
    """Has every browser fetch() from your app: `cors.fetch(...)` gives what each made of it."""
    results = request.node.stash[RESULTS] = []

    def on_result(result: Result) -> None:
        results.append(result)
        _note_engines(cors_session, request.config)

    cors_session.on_result = on_result
    yield cors_session
    cors_session.on_result = None


def fetch_sections(item: pytest.Item) -> list[tuple[str, str]]:
    """Sections for the report of a test: what became of its last fetches."""
    results = item.stash.get(RESULTS, [])
    return [("cors.fetch()", repr(result)) for result in results[-SHOWN:]]


def _note_engines(session: Cors, config: pytest.Config) -> None:
    """Lets the summary say which engines fetched, and which could not."""
    known = config.stash[LIVE_RUN].engines
    known += [engine for engine in session.engines if engine not in known]
    for name, why in session.absent.items():
        config.stash[SESSION_SUMMARY].add(f"{name} was not asked: {why}")

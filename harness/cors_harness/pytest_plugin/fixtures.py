"""The fixture `cors`, and the steps to it, each of which a conftest.py may replace by its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from cors_harness.client.cors import Cors
from cors_harness.errors import UsageError
from cors_harness.pytest_plugin import options
from cors_harness.pytest_plugin.live_run import LIVE
from cors_harness.pytest_plugin.summary import NEWS

if TYPE_CHECKING:
    from cors_harness.client.result import Result
    from cors_harness.run.settings import RunSettings

ASKED: pytest.StashKey[list[Result]] = pytest.StashKey()
SHOWN = 5  # of the fetches of a test that fails, the last ones


@pytest.fixture(scope="session")
def cors_engines(pytestconfig: pytest.Config) -> tuple[str, ...]:
    """Names of the engines that are asked: those of --browser, else all."""
    return options.engines(pytestconfig)


@pytest.fixture(scope="session")
def cors_server_origin(pytestconfig: pytest.Config) -> str | None:
    """Where the app really is, for the browsers: --cors-server-origin, else the project's."""
    origin = options.target(pytestconfig).server
    return None if origin is None else str(origin)


@pytest.fixture(scope="session")
def cors_settings(pytestconfig: pytest.Config) -> RunSettings:
    """The app of --cors-app and its like, else the project's, and how engines are started."""
    return options.run_settings(pytestconfig)


@pytest.fixture(scope="session")
def cors_session(
    cors_engines: tuple[str, ...], cors_server_origin: str | None, cors_settings: RunSettings
) -> Iterator[Cors]:
    """What is behind `cors`; engines start with the first fetch and end with the session."""
    try:
        session = Cors(
            engines=cors_engines, server_origin=cors_server_origin, settings=cors_settings
        )
    except UsageError as error:
        pytest.fail(str(error), pytrace=False)
    with session:
        yield session


@pytest.fixture
def cors(cors_session: Cors, request: pytest.FixtureRequest) -> Iterator[Cors]:
    """Asks every browser what it makes of a fetch() to your app."""
    asked = request.node.stash[ASKED] = []

    def hear(result: Result) -> None:
        asked.append(result)
        _tell_engines(cors_session, request.config)

    cors_session.on_result = hear
    yield cors_session
    cors_session.on_result = None


def stories(item: pytest.Item) -> list[tuple[str, str]]:
    """Sections for the report of a test: what became of its last fetches."""
    asked = item.stash.get(ASKED, [])
    return [("cors.fetch()", repr(result)) for result in asked[-SHOWN:]]


def _tell_engines(session: Cors, config: pytest.Config) -> None:
    """Lets the summary say who gave the answers, and who did not."""
    known = config.stash[LIVE].engines
    known += [engine for engine in session.engines if engine not in known]
    for name, why in session.absent.items():
        config.stash[NEWS].tell(f"{name} was not asked: {why}")

"""The pytest plugin: scenario files are collected as tests, one item for each cell.

Hooks only; the work is in `items` (collection) and `live` (the run behind the items). Nothing
here imports Playwright, Flask or FastAPI before the first cell runs.
"""

from pathlib import Path

import pytest

from cors_harness.pytest_plugin import options, scheduling
from cors_harness.pytest_plugin.items import ScenarioFile
from cors_harness.pytest_plugin.live import LIVE, LiveRun
from cors_harness.pytest_plugin.summary import write_summary


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares our own options; --browser and --headed are pytest-playwright's."""
    options.declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Makes the run that the items share; installs browsers when asked."""
    config.stash[LIVE] = LiveRun(config)
    if config.getoption("install_browsers") and not scheduling.is_worker(config):
        options.install_browsers(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A scenario file becomes a collector."""
    if options.is_scenario_file(parent.config, file_path):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """With `-n`: every engine's cells go to one worker, so each engine starts once."""
    return scheduling.make_scheduler(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Ends engines and servers, also after -x and Ctrl-C."""
    session.config.stash[LIVE].close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which browsers gave the answers."""
    write_summary(terminalreporter)

"""The pytest plugin: scenario files are collected as tests, one item for each cell.

In go pytest's options and scenario files; out come test items and the fixture `cors`. Only pytest
calls it. This module has the hooks alone; the work is in `scenario_filter` (which files), `items`
(collection), `live_run` (the run behind the items) and `fixtures`. Nothing here imports Playwright,
Flask or FastAPI before the first cell runs.
"""

from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cors_harness.pytest_plugin import options, scheduling
from cors_harness.pytest_plugin.ending_signals import ENDING_SIGNALS, EndingSignals
from cors_harness.pytest_plugin.fixtures import (
    cors,
    cors_engines,
    cors_server_origin,
    cors_session,
    cors_settings,
    fetch_sections,
)
from cors_harness.pytest_plugin.items import ScenarioFile
from cors_harness.pytest_plugin.live_run import LIVE_RUN, LiveRun
from cors_harness.pytest_plugin.scenario_filter import SCENARIO_FILTER, ScenarioFileFilter
from cors_harness.pytest_plugin.shard_items import keep_shard
from cors_harness.pytest_plugin.summary import SESSION_SUMMARY, SessionSummary
from cors_harness.pytest_plugin.telling import tell_now

__all__ = ["cors", "cors_engines", "cors_server_origin", "cors_session", "cors_settings"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declares our own options; --browser and --headed are pytest-playwright's."""
    options.declare(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Makes what the session shares; installs browsers and servers when asked."""
    invocation = options.invocation_of(config)
    config.stash[options.INVOCATION] = invocation
    tell = partial(tell_now, config)
    config.stash[LIVE_RUN] = LiveRun(invocation, tell, in_worker=scheduling.is_worker(config))
    config.stash[SESSION_SUMMARY] = SessionSummary()
    config.stash[ENDING_SIGNALS] = EndingSignals()
    config.stash[SCENARIO_FILTER] = ScenarioFileFilter(config, invocation.project.scenarios)
    if invocation.options.install_servers and not scheduling.is_worker(config):
        options.install_servers()
    options.check_servers(invocation)
    if invocation.options.install_browsers and not scheduling.is_worker(config):
        options.install_browsers(invocation)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Says before any test runs that somebody else may call this machine."""
    host = config.stash[options.INVOCATION].advertise
    if not host:
        return None
    return (
        f"cors-harness: ports of this machine are advertised as {host} while browsers on others "
        "run cells; machines whose browser has shown a ticket of a run get an answer, nobody else"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A scenario file becomes a collector."""
    if parent.config.stash[SCENARIO_FILTER].takes(file_path):
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Takes out what --cors-shard leaves to other machines."""
    keep_shard(config, items)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails tells what the browsers did in it."""
    report = yield
    if report.failed:
        report.sections += fetch_sections(item)
    return report


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object | None:
    """With `-n`: every engine's cells go to one worker, so each engine starts once."""
    invocation = config.stash[options.INVOCATION]
    in_turn, columns = invocation.target.takes_turns, invocation.selection.engines
    return scheduling.make_scheduler(config, log, in_turn=in_turn, columns=columns)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """With `-n`: takes over what a worker has to tell."""
    node.config.stash[SESSION_SUMMARY].take_over(getattr(node, "workeroutput", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Ends engines and servers, also after -x and Ctrl-C; their trouble decides the status."""
    config = session.config
    config.stash[LIVE_RUN].close()
    summary = config.stash[SESSION_SUMMARY]
    summary.gather(config)
    if scheduling.is_worker(config):
        summary.hand_over(config.workeroutput)  # type: ignore[attr-defined]  # xdist adds it
        return
    if file := config.getoption("cors_html"):
        summary.write_page(Path(file), config.stash[options.INVOCATION].options.rerun_argv())
    if summary.exit_status:
        session.exitstatus = summary.exit_status
    elif summary.is_empty_shard and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
        session.exitstatus = pytest.ExitCode.OK


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leaves signals to whoever had them; there is nothing to leave after a wrong option."""
    if signals := config.stash.get(ENDING_SIGNALS, None):
        signals.give_back()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Says which browsers gave the answers, and what else is worth knowing."""
    config.stash[SESSION_SUMMARY].write(terminalreporter)

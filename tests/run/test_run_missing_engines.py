"""Engines that are not there, or that do not start."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.run.batches import SLOW, assert_each_cell_once, plan_of, records
from tests.run.process_tree import ProcessTree

from cors_harness.engines.provision import find_engine
from cors_harness.errors import EngineFailed, EngineMissing, HarnessError
from cors_harness.model.events import Event, RunStarted
from cors_harness.model.verdict import Status
from cors_harness.run.api import run
from cors_harness.run.settings import RunSettings

pytestmark = pytest.mark.browser

# One of them beside an engine that does start, and has to end as well.
TOGETHER = {
    "chromium": ("chromium",),
    "firefox beside chromium": ("firefox", "chromium"),
    "webkit": ("webkit",),
}


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A program that ends at once, to be put in an engine's place."""
    program = tmp_path / "broken"
    program.write_text("#!/bin/sh\necho 'no screens found' >&2\nexit 1\n")
    program.chmod(0o755)
    return program


def assert_told(trouble: HarnessError, engine: str, program: Path) -> None:
    assert trouble.exit_status == 3
    assert str(program) in str(trouble)
    assert f"cors-harness browsers install {engine}" in str(trouble)


@pytest.mark.parametrize("engines", TOGETHER.values(), ids=TOGETHER)
def test_unstartable_engine_ends_the_run(
    engines: Sequence[str], broken: Path, process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan, engine = plan_of(tmp_path, SLOW, *engines), engines[0]
    with pytest.raises(EngineFailed) as failed:
        list(run(plan, RunSettings(executables={engine: broken})))
    assert_told(failed.value, engine, broken)
    assert process_tree.survivors() == []


def test_unstartable_engine_is_skipped_aloud_when_it_may_be_missing(
    broken: Path, process_tree: ProcessTree, tmp_path: Path
) -> None:
    plan = plan_of(tmp_path, SLOW, "firefox", "chromium")
    settings = RunSettings(executables={"firefox": broken}, allow_missing=True)
    events = list(run(plan, settings))
    assert_each_cell_once(plan, events)
    assert isinstance(events[0], RunStarted)
    assert [each.name for each in events[0].engines] == ["chromium"]
    verdicts = {r.cell.engine: set[Status]() for r in records(events)}
    for record in records(events):
        verdicts[record.cell.engine].add(record.verdict.status)
    assert verdicts == {"firefox": {Status.SKIPPED}, "chromium": {Status.AS_EXPECTED}}
    (reason,) = {r.verdict.note for r in records(events) if r.cell.engine == "firefox"}
    assert str(broken) in reason
    assert process_tree.survivors() == []


def test_missing_channel_ends_the_run(process_tree: ProcessTree, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, SLOW, "chromium")
    with pytest.raises((EngineFailed, EngineMissing), match="msedge-canary"):
        list(run(plan, RunSettings(channel="msedge-canary")))
    assert process_tree.survivors() == []


# Starts well, and never again: the program counts its starts in a file.
FAILING_LATER = """#!/bin/sh
echo start >> {count}
if [ $(wc -l < {count}) -gt 1 ]; then exit 1; fi
exec {browser} "$@"
"""


@pytest.mark.parametrize("isolated", [False, True], ids=["batch", "isolated"])
def test_engine_that_loses_every_page_is_given_up(
    process_tree: ProcessTree, tmp_path: Path, isolated: bool
) -> None:
    browser = find_engine("webkit").executable
    program = tmp_path / "browser"
    program.write_text(FAILING_LATER.format(count=tmp_path / "count", browser=browser))
    program.chmod(0o755)
    plan = plan_of(tmp_path, SLOW, "webkit")
    events: list[Event] = []
    with pytest.raises(EngineFailed) as failed:
        events += run(plan, RunSettings(executables={"webkit": program}, isolated=isolated))
    assert failed.value.exit_status == 3
    assert records(events) == []
    assert process_tree.survivors() == []

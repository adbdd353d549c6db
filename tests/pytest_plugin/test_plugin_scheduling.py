"""Which tests stay together under `-n`, and when the scheduler is ours at all."""

from collections.abc import Mapping

import pytest
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.scenario_texts import ANSWERED, MOLECULE
from xdist.remote import Producer

from cors_harness.pytest_plugin.scheduling import scope

SCOPES: Mapping[str, tuple[str, str | None]] = {
    "cell": ("scenarios/a.yaml::put[flask-cors-webkit]", "webkit"),
    "cell of another server": ("scenarios/b.yml::get[verbatim-webkit]", "webkit"),
    "cell of another engine": ("scenarios/a.yaml::put[flask-cors-firefox]", "firefox"),
    "problems of a file": ("scenarios/a.yaml::problems", None),
    "Python test": ("tests/test_a.py::test_it", None),
    "Python test with a browser": ("tests/test_a.py::test_it[chromium]", None),
    "Python test that looks like a cell": ("tests/test_a.py::test_it[on-chromium]", None),
}


@pytest.mark.parametrize(("node_id", "engine"), SCOPES.values(), ids=SCOPES)
def test_scope_is_the_engine_of_a_cell_else_the_test(node_id: str, engine: str | None) -> None:
    assert scope(node_id) == (engine or node_id)
    assert scope(node_id, in_turn=True) == ("every engine" if engine else node_id)


def test_scope_of_a_cell_in_a_remote_browser_is_its_column() -> None:
    columns = ("firefox", "safari", "safari-firefox")
    assert scope("s/a.yaml::put[app-safari-firefox]", columns=columns) == "safari-firefox"
    assert scope("s/a.yaml::put[app-safari]", columns=columns) == "safari"
    assert scope("s/a.yaml::put[app-opera]", columns=columns) == "s/a.yaml::put[app-opera]"


PRINT_SCHEDULER = """\
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_xdist_make_scheduler(config, log):
    scheduler = yield
    print("scheduler:", type(scheduler).__name__)
    return scheduler
"""
ONE_WORKER = ("--dist=load", "--tx=popen")  # what xdist makes of -n1
OURS, XDISTS = "EngineScheduling", "LoadScheduling"
SCHEDULERS: Mapping[str, tuple[str, str, tuple[str, ...], str]] = {
    "scenarios below the folder": ("scenarios/a.yaml", ANSWERED, (), OURS),
    "scenarios three folders down": ("tests/cors/scenarios/a.yaml", ANSWERED, (), OURS),
    "a folder is named": ("scenarios/a.yaml", ANSWERED, ("scenarios",), OURS),
    "a file is named": ("a.yaml", ANSWERED, ("a.yaml",), OURS),
    "a cell is named": ("a.yaml", ANSWERED, ("a.yaml::answered[verbatim-webkit]",), OURS),
    "the ini setting": ("a.yaml", "", ("--override-ini=cors_scenarios=a.yaml",), OURS),
    "another folder is named": ("scenarios/a.yaml", ANSWERED, ("tests",), XDISTS),
    "scenarios of Molecule": ("scenarios/molecule.yml", MOLECULE, (), XDISTS),
    "no scenarios": ("tests/a.yaml", ANSWERED, (), XDISTS),
    "another distribution": (
        "scenarios/a.yaml",
        ANSWERED,
        ("--dist=loadfile",),
        "LoadFileScheduling",
    ),
}


@pytest.mark.parametrize(("name", "text", "argv", "expected"), SCHEDULERS.values(), ids=SCHEDULERS)
def test_the_scheduler_is_ours_when_there_are_scenarios(
    project: pytest.Pytester,
    write: WritesScenarios,
    name: str,
    text: str,
    argv: tuple[str, ...],
    expected: str,
) -> None:
    write(**{name: text, "tests/test_own.py": "def test_passes(): pass\n"})
    config = project.parseconfigure(*ONE_WORKER, *argv)
    scheduler = config.hook.pytest_xdist_make_scheduler(config=config, log=Producer("scheduler"))
    assert type(scheduler).__name__ == expected


@pytest.mark.programs
def test_pytest_itself_asks_for_the_scheduler(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    own = {"conftest.py": PRINT_SCHEDULER, "test_own.py": "def test_passes(): pass\n"}
    write(**{"scenarios/a.yaml": ANSWERED}, **own)
    result = project.runpytest_subprocess("-n1", "-s", "-k", "passes")
    result.stdout.fnmatch_lines([f"*scheduler: {OURS}*"])

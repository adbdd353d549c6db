"""--cors-shard: the cells that the command line has in the shard, and tests of one's own in all."""

import pytest
from tests.cli.program import program
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.scenario_texts import ANSWERED, PUT_JSON_ALLOWED, SEVERAL_ORIGINS

OWN_TEST = "def test_own(): pass\n"
ENGINES = ("--browser=chromium", "--browser=webkit")


@pytest.fixture
def scenarios(project: pytest.Pytester, write: WritesScenarios) -> pytest.Pytester:
    write(
        **{
            "scenarios/b.yaml": ANSWERED + SEVERAL_ORIGINS,
            "scenarios/a.yaml": PUT_JSON_ALLOWED,
            "test_own.py": OWN_TEST,
        }
    )
    return project


def collected(project: pytest.Pytester, *options: str) -> set[str]:
    """The node ids that pytest would run."""
    result = project.runpytest_inprocess("--collect-only", "-q", *ENGINES, *options)
    return {line for line in result.outlines if "::" in line}


@pytest.mark.programs
@pytest.mark.parametrize("options", [(), ("-k", "answered or several")], ids=["all", "-k"])
def test_a_session_has_the_cells_of_the_command_line(
    scenarios: pytest.Pytester, options: tuple[str, ...]
) -> None:
    everything = collected(scenarios, *options)
    shards = [collected(scenarios, *options, f"--cors-shard={index}/2") for index in (1, 2)]
    argv = [word for option in ENGINES for word in option.split("=")]
    for index, shard in enumerate(shards, 1):
        listed = program(scenarios.path, "list", *argv, *options, "--shard", f"{index}/2", "--json")
        assert listed.returncode == 0, listed.stderr
        cells = {line for line in listed.stdout.split('"') if "::" in line}
        assert {name for name in shard if ".py::" not in name} == cells
        assert cells
    own = {name for name in everything if ".py::" in name}
    assert shards[0] & shards[1] == own
    assert shards[0] | shards[1] == everything


@pytest.mark.programs
@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "xdist"])
def test_a_shard_with_nothing_to_run_says_so_and_is_no_failure(
    project: pytest.Pytester, write: WritesScenarios, options: tuple[str, ...]
) -> None:
    write(**{"scenarios/a.yaml": ANSWERED})
    result = project.runpytest_subprocess(*options, "--browser=chromium", "--cors-shard=2/2")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["nothing to run in shard 2/2"])


@pytest.mark.programs
def test_a_shard_where_nothing_is_collected_fails_as_ever(project: pytest.Pytester) -> None:
    result = project.runpytest_subprocess("--cors-shard=2/2")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED

"""What the plugin collects, and what it leaves to others; no browser starts here."""

from collections.abc import Mapping

import pytest
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.scenario_texts import (
    ANSWERED,
    BROKEN,
    COMPOSE,
    HANGS,
    KUBERNETES,
    MOLECULE,
    PLAYBOOK,
    PUT_JSON_ALLOWED,
    SEVERAL_ORIGINS,
    SYNTAX_ERROR,
    TAVERN,
)

from cors_harness.pytest_plugin.scenario_filter import SCENARIO_FILTER

PUT_IN_WEBKIT = "scenarios/preflight.yaml::put-json-allowed[fastapi-cors-middleware-webkit]"


def collected(project: pytest.Pytester, *argv: str) -> list[str]:
    """The node ids of what is collected and selected, as `--collect-only` prints them."""
    config = project.parseconfigure("--collect-only", *argv)
    session = pytest.Session.from_config(config)
    config.hook.pytest_sessionstart(session=session)
    items = session.perform_collect()
    config.hook.pytest_sessionfinish(session=session, exitstatus=pytest.ExitCode.OK)
    return [item.nodeid for item in items]


@pytest.fixture
def preflight(project: pytest.Pytester, write: WritesScenarios) -> pytest.Pytester:
    write(**{"scenarios/preflight.yaml": PUT_JSON_ALLOWED + ANSWERED})
    return project


SELECTIONS: Mapping[str, tuple[tuple[str, ...], list[str]]] = {
    "everything, in the order of the file": (
        ("scenarios/",),
        [
            f"scenarios/preflight.yaml::{scenario}-{engine}]"
            for scenario in (
                "put-json-allowed[flask-cors",
                "put-json-allowed[fastapi-cors-middleware",
                "answered[verbatim",
            )
            for engine in ("chromium", "firefox", "webkit")
        ],
    ),
    "a node id": ((PUT_IN_WEBKIT,), [PUT_IN_WEBKIT]),
    "-k with scenario, server and engine": (
        ("-k", "put-json-allowed and fastapi-cors-middleware and webkit"),
        [PUT_IN_WEBKIT],
    ),
    "--browser, repeated, one of them twice": (
        ("-k", "answered", *("--browser=webkit", "--browser=chromium", "--browser=webkit")),
        [
            "scenarios/preflight.yaml::answered[verbatim-webkit]",
            "scenarios/preflight.yaml::answered[verbatim-chromium]",
        ],
    ),
    "--cors-server that only some scenarios are for": (
        ("--cors-server=fastapi-cors-middleware", "--browser=webkit"),
        [PUT_IN_WEBKIT],
    ),
    "--deselect": (
        ("--browser=webkit", "--deselect=scenarios/preflight.yaml::answered[verbatim-webkit]"),
        [
            "scenarios/preflight.yaml::put-json-allowed[flask-cors-webkit]",
            PUT_IN_WEBKIT,
        ],
    ),
}


@pytest.mark.parametrize(("argv", "expected"), SELECTIONS.values(), ids=SELECTIONS)
def test_selection_decides_the_node_ids(
    preflight: pytest.Pytester, argv: tuple[str, ...], expected: list[str]
) -> None:
    assert collected(preflight, *argv) == expected


def test_node_ids_start_at_the_root_folder_wherever_pytest_is_started(
    preflight: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(preflight.path / "scenarios")
    ids = collected(preflight, "preflight.yaml", "--browser=webkit", "-k", "answered")
    assert ids == ["scenarios/preflight.yaml::answered[verbatim-webkit]"]


@pytest.mark.usefixtures("no_programs")
def test_collecting_needs_no_browser(preflight: pytest.Pytester) -> None:
    assert collected(preflight, PUT_IN_WEBKIT, "--cors-journal=all.jsonl") == [PUT_IN_WEBKIT]
    assert not (preflight.path / "all.jsonl").exists()


# Files with mistakes

MISTAKES: Mapping[str, tuple[str, list[str]]] = {
    "values-and-keys": (
        BROKEN,
        [
            "FILE:1:7: id: found 'Not An Id'; expected *",
            "FILE:5:13: request: found the unknown key 'metod'; *",
            "*did you mean 'method'?*",
            "FILE:6:21: outcome: found 'alowed'; expected *",
            "*did you mean 'allowed'?*",
        ],
    ),
    "syntax": (
        SYNTAX_ERROR,
        ["FILE:7:7: YAML: found a quote that is never closed; expected valid YAML"],
    ),
    "mapping": (
        ANSWERED.replace("- id", "id").replace("\n  ", "\n"),
        ["FILE:1:1: file: found a mapping; expected a list of scenarios", "  put *"],
    ),
    "unknown-server": (
        PUT_JSON_ALLOWED.replace("[flask-cors,", "[flask-corse,"),
        ["FILE:1:*put-json-allowed: found the server 'flask-corse'; expected *"],
    ),
    "twice": (
        ANSWERED + ANSWERED.replace("An answer", "Another"),
        ["FILE:7:*id: found 'answered' again; expected every id once in all files"],
    ),
}


@pytest.mark.programs
def test_mistakes_fail_with_their_places(project: pytest.Pytester, write: WritesScenarios) -> None:
    write(**{f"scenarios/{name}.yaml": text for name, (text, _) in MISTAKES.items()})
    result = project.runpytest_subprocess("-k", "problems")
    others = result.parseoutcomes()["deselected"]
    result.assert_outcomes(failed=len(MISTAKES), deselected=others)
    result.stdout.fnmatch_lines(["*FAILURES*"])
    for name, (_, messages) in MISTAKES.items():
        file = f"scenarios/{name}.yaml"
        result.stdout.fnmatch_lines([each.replace("FILE", file) for each in messages])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_good_scenarios_of_a_bad_file_are_collected(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    unknown = PUT_JSON_ALLOWED.replace("[flask-cors,", "[flask-corse,")
    write(**{"scenarios/bad.yaml": BROKEN + ANSWERED + unknown, "scenarios/good.yaml": HANGS})
    assert collected(project, "--browser=webkit") == [
        "scenarios/bad.yaml::problems",
        "scenarios/bad.yaml::answered[verbatim-webkit]",
        "scenarios/good.yaml::never-answered[verbatim-webkit]",
    ]


def test_of_an_id_that_comes_twice_the_first_scenario_runs(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"scenarios/twice.yaml": ANSWERED + ANSWERED})
    assert collected(project, "--browser=webkit") == [
        "scenarios/twice.yaml::problems",
        "scenarios/twice.yaml::answered[verbatim-webkit]",
    ]


# Cells that cannot run


@pytest.mark.programs
def test_a_cell_that_its_server_cannot_express_is_skipped_with_its_reason(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"scenarios/origins.yaml": SEVERAL_ORIGINS})
    result = project.runpytest_subprocess("-k", "flask-after-request")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(skipped=3, deselected=result.parseoutcomes()["deselected"])
    result.stdout.fnmatch_lines(
        ["SKIPPED [[]3[]] scenarios/origins.yaml: several-origins: flask-after-request cannot *"]
    )


# What is of others

OTHERS: Mapping[str, tuple[str, str]] = {
    "compose file": ("docker-compose.yaml", COMPOSE),
    "test data": ("tests/data.yaml", ANSWERED),
    "Molecule": ("molecule/scenarios/default/molecule.yml", MOLECULE),
    "Ansible": ("scenarios/converge.yml", PLAYBOOK),
    "Kubernetes": ("scenarios/pod.yaml", KUBERNETES),
    "Tavern": ("scenarios/test_login.tavern.yaml", TAVERN),
    "empty": ("scenarios/empty.yaml", ""),
}


@pytest.mark.parametrize(("name", "text"), OTHERS.values(), ids=OTHERS)
def test_a_file_of_others_is_not_taken(
    project: pytest.Pytester, write: WritesScenarios, name: str, text: str
) -> None:
    write(**{name: text})
    file_filter = project.parseconfigure().stash[SCENARIO_FILTER]
    assert not file_filter.takes(project.path / name)
    assert not file_filter.left_beside()


def test_a_file_of_others_is_not_taken_when_it_is_named(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"test_login.tavern.yaml": TAVERN})
    file_filter = project.parseconfigure("test_login.tavern.yaml").stash[SCENARIO_FILTER]
    assert not file_filter.takes(project.path / "test_login.tavern.yaml")


@pytest.mark.programs
def test_files_of_others_are_left_alone(project: pytest.Pytester, write: WritesScenarios) -> None:
    write(**dict(OTHERS.values()), **{"test_own.py": "def test_passes(): pass\n"})
    result = project.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*= cors-harness =*")
    result.stdout.no_fnmatch_line("*scenario file*")


@pytest.mark.programs
def test_a_file_left_out_beside_scenario_files_is_named(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"scenarios/good.yaml": ANSWERED, "scenarios/started.yaml": "- id: soon\n"})
    result = project.runpytest_subprocess("--collect-only")
    result.stdout.fnmatch_lines(
        ["*= cors-harness =*", "scenarios/started.yaml is not taken for a scenario file: *"]
    )


PLACES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "below a folder scenarios": ("tests/cors/scenarios/more/a.yml", ()),
    "anywhere when it is named": ("tests/a.yaml", ("tests/a.yaml",)),
    "anywhere when one of its cells is named": (
        "tests/a.yaml",
        ("tests/a.yaml::answered[verbatim-webkit]",),
    ),
    "where the ini setting says": ("cors/a.yaml", ("--override-ini=cors_scenarios=cors/*.yaml",)),
}


@pytest.mark.parametrize(("name", "argv"), PLACES.values(), ids=PLACES)
def test_scenario_files_are_found(
    project: pytest.Pytester, write: WritesScenarios, name: str, argv: tuple[str, ...]
) -> None:
    write(**{name: ANSWERED})
    ids = collected(project, "--browser=webkit", *argv)
    assert ids == [f"{name}::answered[verbatim-webkit]"]


@pytest.mark.programs
def test_the_ini_setting_takes_files_whatever_is_in_them(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"cors/empty.yaml": ""})
    result = project.runpytest_subprocess("--override-ini=cors_scenarios=cors/*.yaml")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["cors/empty.yaml*: found nothing; expected a list of scenarios"])


ASSUMED = "no --cors-server-origin is given: pages on https call the server as https://server.test"


@pytest.mark.parametrize(
    ("argv", "is_said"),
    [
        ((), False),
        (("--cors-page-origin=https://app.example.com",), True),
        (
            (
                "--cors-page-origin=https://app.example.com",
                "--cors-server-origin=https://api.example.org",
            ),
            False,
        ),
    ],
    ids=["no real origin", "a page only", "a page and a server"],
)
def test_summary_says_which_origin_nobody_named(
    preflight: pytest.Pytester, argv: tuple[str, ...], is_said: bool
) -> None:
    said = preflight.runpytest("--collect-only", "scenarios/", *argv).stdout.str()
    assert (ASSUMED in said) is is_said

"""Scenarios that pytest runs in a real browser: outcomes, transcript, reports, reruns."""

import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.scenario_texts import ANSWERED, BROKEN, PUT_JSON_ALLOWED, WRONG
from tests.wait_for_exit import HANG_S

from cors_harness.store.journal import read_journal

pytestmark = pytest.mark.browser

WRONG_CELL = "scenarios/preflight.yaml::wrongly-allowed[flask-options-chromium]"
RERUN = "  rerun     "


@pytest.fixture
def preflight(project: pytest.Pytester, write: WritesScenarios) -> pytest.Pytester:
    write(**{"scenarios/preflight.yaml": PUT_JSON_ALLOWED + ANSWERED + WRONG})
    return project


def ran(journal: Path) -> list[str]:
    """The cells that really ran, sorted."""
    return sorted(record.cell for record in read_journal(journal)[1])


def in_order(lines: Sequence[str], starts: Sequence[str]) -> list[str]:
    """Those of `starts` with which lines begin, in the order of the lines."""
    found = (next((start for start in starts if line.startswith(start)), "") for line in lines)
    return [start for start in found if start]


def test_only_the_cell_of_a_node_id_runs(preflight: pytest.Pytester) -> None:
    cell = "scenarios/preflight.yaml::put-json-allowed[fastapi-cors-middleware-webkit]"
    result = preflight.runpytest_subprocess(cell, "--cors-journal=one.jsonl")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1)
    assert ran(preflight.path / "one.jsonl") == [cell]
    result.stdout.fnmatch_lines(["*= cors-harness =*", "webkit: *"])
    result.stdout.no_fnmatch_line("chromium: *")


def test_only_the_cells_of_a_keyword_run_and_python_tests_with_them(
    preflight: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"tests/test_own.py": "def test_answered(): pass\ndef test_other(): pass\n"})
    result = preflight.runpytest_subprocess(
        *("-k", "answered", "--browser=webkit", "--cors-journal=some.jsonl"),
        *("-v", "-p", "no:cacheprovider"),
    )
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=2, deselected=4)
    assert ran(preflight.path / "some.jsonl") == [
        "scenarios/preflight.yaml::answered[verbatim-webkit]"
    ]
    result.stdout.fnmatch_lines(
        [
            "scenarios/preflight.yaml::answered[[]verbatim-webkit[]] PASSED*",
            "tests/test_own.py::test_answered PASSED*",
        ]
    )
    assert not (preflight.path / ".pytest_cache").exists()


def test_a_bad_file_does_not_stop_good_scenarios(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"scenarios/a-bad.yaml": BROKEN, "scenarios/good.yaml": ANSWERED})
    result = project.runpytest_subprocess("--browser=webkit", "scenarios/")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=1, failed=1)


def test_a_failure_shows_the_transcript_and_its_rerun_command_works(
    preflight: pytest.Pytester,
) -> None:
    result = preflight.runpytest_subprocess(WRONG_CELL)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1)
    start = result.outlines.index(f"scenarios/preflight.yaml:14: {WRONG_CELL.split('::')[1]}")
    shown = result.outlines[start:]
    wire = ("  preflight OPTIONS http://", "  response  ", "  request   PUT http://")
    words = ("  page      blocked: TypeError", "  reason    allow-origin-missing", "  chromium  ")
    fix = "  fix       Only the answer to the preflight (OPTIONS) says who may read"
    verdict = ("  expected  outcome: allowed", "  found     outcome: blocked", fix, RERUN)
    assert in_order(shown, (*wire, *words, *verdict)) == [
        *(wire[0], wire[1], wire[2], wire[1]),
        *words,
        *verdict,
    ]
    result.stdout.no_fnmatch_line("*Traceback*")
    rerun = next(line for line in shown if line.startswith(RERUN)).removeprefix(RERUN)
    again = type_in(preflight.path, rerun)
    assert again.returncode == 1, again.stderr
    assert "\nOnly the answer to the preflight (OPTIONS) says who may read" in again.stdout


def type_in(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command as a user of the same virtual environment would."""
    scripts = Path(sys.executable).parent
    return subprocess.run(  # noqa: S603 - the command that we print
        shlex.split(command),
        cwd=folder,
        env={**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )


def test_junit_has_every_cell_with_verdict_and_transcript(preflight: pytest.Pytester) -> None:
    preflight.runpytest_subprocess("--browser=webkit", "--junitxml=out.xml")
    suite = ET.parse(preflight.path / "out.xml").getroot()[0]  # noqa: S314 - pytest wrote it
    cells = {case.attrib["name"]: case for case in suite.iter("testcase")}
    assert [(suite.attrib["tests"], suite.attrib["failures"])] == [("4", "1")]
    verdicts = {name: case.find("properties/property") for name, case in cells.items()}
    assert {name: p.attrib for name, p in verdicts.items() if p is not None} == {
        name: {"name": "verdict", "value": value}
        for name, value in {
            "put-json-allowed[flask-cors-webkit]": "as-expected",
            "put-json-allowed[fastapi-cors-middleware-webkit]": "as-expected",
            "answered[verbatim-webkit]": "as-expected",
            "wrongly-allowed[flask-options-webkit]": "unexpected",
        }.items()
    }
    failure = cells["wrongly-allowed[flask-options-webkit]"].find("failure")
    assert failure is not None
    assert (failure.text or "").startswith("scenarios/preflight.yaml:14: wrongly-allowed[")


def test_other_browsers_run_when_one_that_fails_is_allowed(preflight: pytest.Pytester) -> None:
    result = preflight.runpytest_subprocess(
        *("-k", "answered", "--browser=webkit", "--browser=firefox", "--cors-allow-missing"),
        f"--browser-executable=firefox={sys.executable}",
    )
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1, skipped=1, deselected=6)
    result.stdout.fnmatch_lines(["webkit: *", "SKIPPED [[]1[]] *firefox*does not start*"])


def test_a_cell_that_is_asked_for_again_runs_again_alone(
    preflight: pytest.Pytester, write: WritesScenarios
) -> None:
    write(
        **{
            "conftest.py": (
                "def pytest_collection_modifyitems(items):\n"
                "    items.sort(key=lambda item: 'answered' in item.name)\n"
                "    items.append(items[-1])\n"
            )
        }
    )
    result = preflight.runpytest_subprocess(
        "--browser=webkit", "-k", "not wrongly", "--cors-journal=again.jsonl"
    )
    result.assert_outcomes(passed=4, deselected=1)
    cells = [cell.split("::")[1] for cell in ran(preflight.path / "again.jsonl")]
    assert cells == [
        "answered[verbatim-webkit]",
        "answered[verbatim-webkit]",
        "put-json-allowed[fastapi-cors-middleware-webkit]",
        "put-json-allowed[flask-cors-webkit]",
    ]

"""Options that are wrong and browsers that are missing: what pytest says and ends with."""

from collections.abc import Mapping

import pytest
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.scenario_texts import ANSWERED, PUT_JSON_ALLOWED

from cors_harness.errors import HarnessError

INSTALL = "*install it with: cors-harness browsers install webkit *"
OWN_TEST = "def test_passes(): pass\n"


@pytest.fixture
def answered(project: pytest.Pytester, write: WritesScenarios) -> pytest.Pytester:
    write(**{"scenarios/answered.yaml": ANSWERED + PUT_JSON_ALLOWED})
    return project


WRONG_OPTIONS: Mapping[str, tuple[str, str]] = {
    "server that is not there": (
        "--cors-server=flask-corse",
        "--cors-server: no server 'flask-corse'; did you mean 'flask-cors'?",
    ),
    "shard that is none": (
        "--cors-shard=3/2",
        "--cors-shard: found '3/2'; expected INDEX/COUNT, the index from 1 to a count below 10000",
    ),
    "executable without a name": (
        "--browser-executable=/usr/bin/chromium",
        "--browser-executable: found '/usr/bin/chromium'; expected NAME=FILE",
    ),
    "executable of no engine": (
        "--browser-executable=opera=/usr/bin/opera",
        "--browser-executable: found 'opera'; expected one of chromium, firefox, webkit",
    ),
    "a page that is a folder": (
        "--cors-html=scenarios",
        "--cors-html: scenarios cannot be written: Is a directory",
    ),
    "what steers a terminal": (
        "--cors-server=\x1b]0;owned\x07",
        r"--cors-server: no server '\x1b]0;owned\x07'",
    ),
}


@pytest.mark.parametrize(("option", "message"), WRONG_OPTIONS.values(), ids=WRONG_OPTIONS)
def test_a_wrong_option_is_a_usage_error(
    answered: pytest.Pytester, option: str, message: str
) -> None:
    with pytest.raises(pytest.UsageError) as refused:
        answered.parseconfigure(option)
    assert str(refused.value).startswith(message)


@pytest.mark.programs
def test_a_usage_error_is_told_without_a_traceback(answered: pytest.Pytester) -> None:
    option, message = WRONG_OPTIONS["server that is not there"]
    result = answered.runpytest_subprocess(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
    result.stderr.no_fnmatch_line("*Traceback*")


@pytest.mark.programs
def test_an_executable_that_is_not_there_is_a_usage_error(answered: pytest.Pytester) -> None:
    result = answered.runpytest_subprocess(
        "--browser=chromium", "--browser-executable=chromium=/nowhere/chrome"
    )
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*Exit: chromium: /nowhere/chrome: found no such file; *"])


@pytest.mark.programs
def test_a_journal_that_cannot_be_written_is_a_usage_error(
    answered: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"notes.txt": "not a journal\n"})
    result = answered.runpytest_subprocess("--browser=webkit", "--cors-journal=notes.txt")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stdout.fnmatch_lines(["*Exit: *notes.txt exists and is no journal*"])


# Browsers that are missing


@pytest.mark.programs
@pytest.mark.usefixtures("no_programs")
def test_a_missing_browser_is_status_3_and_what_to_type(answered: pytest.Pytester) -> None:
    result = answered.runpytest_subprocess("--browser=webkit")
    assert result.ret == HarnessError.exit_status
    result.stdout.fnmatch_lines(["*Exit: webkit is missing: *", INSTALL])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.programs
@pytest.mark.usefixtures("no_programs")
def test_a_missing_browser_is_status_3_in_workers_too(
    answered: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"test_own.py": OWN_TEST})
    result = answered.runpytest_subprocess("--browser=webkit", "-n2")
    assert result.ret == HarnessError.exit_status
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(["scenarios/answered.yaml:1:3: webkit is missing: *", INSTALL])


@pytest.mark.programs
@pytest.mark.usefixtures("no_programs")
def test_a_missing_browser_that_is_allowed_is_skipped_aloud(
    answered: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"test_own.py": OWN_TEST})
    result = answered.runpytest_subprocess("--browser=webkit", "--cors-allow-missing")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1, skipped=3)
    result.stdout.fnmatch_lines(["SKIPPED [[]3[]] *webkit is missing: *", INSTALL])


@pytest.mark.programs
@pytest.mark.usefixtures("no_programs")
def test_a_missing_browser_does_not_matter_when_no_cell_is_selected(
    answered: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"test_own.py": OWN_TEST})
    result = answered.runpytest_subprocess("-k", "passes")
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=1, deselected=9)

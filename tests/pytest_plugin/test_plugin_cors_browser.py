"""The fixture `cors` in a project of its own: alone, with workers, failing, interrupted."""

import os
import re
import signal
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from tests.client.shop import ALLOWED, SHOP
from tests.pytest_plugin.conftest import WritesScenarios
from tests.pytest_plugin.processes_left import MARK, processes_left

pytestmark = pytest.mark.browser

PARTNER = f"""\
def test_app(cors):
    result = cors.fetch("PUT", "/orders/7", origin="{ALLOWED}", json={{"n": 1}})
    assert result.allowed_in_all
"""
EVIL = """\
def test_evil(cors):
    result = cors.fetch("PUT", "/orders/7", origin="https://evil.test", json={"n": 1})
    assert result["webkit"].allowed
"""
WRONG = """\
def test_wrong(cors):
    cors.fetch("PUT", "orders")
"""
STEPS = """\
import pytest


@pytest.fixture(scope="session")
def cors_engines():
    return ("webkit",)


@pytest.fixture(scope="session")
def cors_server_origin():
    return "https://api.example.com"
"""
NAMES = """\
def test_names(cors):
    result = cors.fetch("GET", "/who", origin="https://www.example.com")
    assert [each.engine for each in result] == ["webkit"]
    assert result["webkit"].exchanges[0].origin == "https://api.example.com"
"""
ERRORS_FIRST = Path(__file__).parent.parent / "cases" / "errors_before_cors.py"
STRANGER = """\
def test_stranger(cors):
    result = cors.fetch("GET", "/orders", origin="https://evil.example")
    assert result.blocked_in_all
    assert result["webkit"].answered == 401
    assert "401 without a CORS header: alone this says nothing about CORS" in repr(result)
"""
STRANGERS = """\
- id: stranger
  title: A stranger may not read the orders
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: https://evil.example
  origins: {server: https://api.example}
  request: {path: /orders}
  expect: {outcome: blocked, wire: [request]}
"""
HANGS = f"""\
def test_hangs(cors):
    cors.fetch("GET", "/who", origin="{ALLOWED}")
    print("asked", flush=True)
    cors.fetch("GET", "/never", origin="{ALLOWED}")
"""


TOLD_EARLY = """\
import cors_harness.run.waiting

cors_harness.run.waiting.TELL_S = 0.5
"""


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch) -> str:
    """A variable of its own for everything that a test starts."""
    value = uuid.uuid4().hex
    monkeypatch.setenv(MARK, value)
    return value


@pytest.fixture
def shop(project: pytest.Pytester, write: WritesScenarios) -> pytest.Pytester:
    write(**{"shop.py": SHOP})
    return project


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "two workers"])
def test_tests_ask_browsers_and_a_failure_tells_the_story(
    shop: pytest.Pytester, write: WritesScenarios, mark: str, workers: tuple[str, ...]
) -> None:
    write(**{"test_app.py": PARTNER + WRONG, "test_evil.py": EVIL})
    result = shop.runpytest_subprocess("--cors-app=shop:app", "--browser=webkit", *workers)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "E  *where False = <webkit: blocked *",
            "PUT /orders/7 from https://evil.test: blocked *",
            "      Origin: https://evil.test",
            "      -> 400",
            "    webkit: *due to access control checks.",
            "E  *UsageError: fetch(): path: found 'orders'; expected a path that begins with '/'",
            "webkit: WebKit*",
        ]
    )
    assert processes_left(mark) == []


def test_steps_to_the_fixture_may_be_replaced(
    shop: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"conftest.py": STEPS, "test_names.py": NAMES})
    result = shop.runpytest_subprocess("--cors-app=shop:app")
    result.assert_outcomes(passed=1)


def test_without_an_app_the_fixture_says_what_is_missing(
    shop: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"test_app.py": PARTNER})
    result = shop.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["no app is given: --app * (pytest: --cors-app*)"])


@pytest.mark.usefixtures("no_programs")
def test_missing_engine_is_told_with_the_command_that_installs_it(
    shop: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"test_app.py": PARTNER})
    result = shop.runpytest_subprocess("--cors-app=shop:app", "--browser=webkit")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E  *webkit is missing*", "E  *install it with: *"])


def test_block_by_an_error_is_told_at_the_end(
    project: pytest.Pytester, write: WritesScenarios
) -> None:
    write(**{"apps.py": ERRORS_FIRST.read_text(), "test_stranger.py": STRANGER})
    write(**{"scenarios/stranger.yaml": STRANGERS})
    result = project.runpytest_subprocess("--cors-app=apps:key_first", "--browser=webkit")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines_random(
        [
            "as expected by an error: 1 cell",
            "     1  blocked by a 401 to GET /orders",
            "1 cell of cors.fetch() blocked by a 401 to GET /orders: no other page got this 401 *",
        ]
    )


@pytest.mark.parametrize(
    ("files", "workers"),
    [({"test_app.py": PARTNER}, "-n2"), ({"scenarios/stranger.yaml": STRANGERS}, "-n0")],
    ids=["the fixture in a worker", "a file"],
)
def test_start_that_takes_long_is_told_at_once(
    project: pytest.Pytester, write: WritesScenarios, files: dict[str, str], workers: str
) -> None:
    write(**files, **{"shop.py": "import signal\nsignal.pause()", "conftest.py": TOLD_EARLY})
    options = ("--browser=webkit", "--cors-app=shop:app", "--cors-start-timeout=3")
    with subprocess.Popen(  # noqa: S603 - pytest, on files of this test
        [sys.executable, "-m", "pytest", "-q", workers, *options],
        cwd=project.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        assert process.stdout
        told = re.compile(r"cors-harness: still starting after \d s: your app shop:app$")
        assert any(map(told.match, process.stderr))
        assert process.poll() is None
        output = process.stdout.read()
    assert "did not answer within 3 s" in output
    assert process.returncode != 0


def test_ctrl_c_leaves_nothing(shop: pytest.Pytester, write: WritesScenarios, mark: str) -> None:
    write(**{"test_hangs.py": HANGS})
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "pytest", "-s", "--cors-app=shop:app", "--browser=webkit"],
        cwd=shop.path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert any("asked" in line for line in process.stdout)
        os.killpg(process.pid, signal.SIGINT)
        output = process.stdout.read()
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert processes_left(mark) == []

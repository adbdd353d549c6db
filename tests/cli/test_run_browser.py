"""`cors-harness run` with a real browser."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.program import program
from tests.reports.html.page_reading import details_of
from tests.wait_for_exit import HANG_S

from cors_harness.store.journal import DEFAULT_PLACE, read_journal

pytestmark = pytest.mark.browser

SCENARIOS = """\
- id: get-allowed
  title: GET from an allowed origin is readable
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {allow_origins: ["{page}"]}
  servers: [flask-cors]
  request: {method: GET}
  expect: {outcome: allowed, status: 200}
- id: get-wrongly-expected
  title: GET is said to be blocked, and is not
  spec: https://fetch.spec.whatwg.org/#cors-check
  policy: {allow_origins: ["{page}"]}
  servers: [flask-cors]
  request: {method: GET}
  expect: {outcome: blocked, wire: [request]}
- id: never-answered
  title: A server that never answers
  spec: https://fetch.spec.whatwg.org/#concept-network-error
  response: {fault: hang}
  request: {timeout_ms: 60000}
  expect: {outcome: timeout, wire: [request]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cors.yaml").write_text(SCENARIOS)
    return tmp_path


ARGV = ("run", "cors.yaml", "--browser", "webkit")
RUN = (sys.executable, "-m", "cors_harness", *ARGV)


def run(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this program
        [*RUN, *argv],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )


def test_as_expected_is_status_0_with_matrix_and_journal(folder: Path) -> None:
    done = run(folder, "--cell", "get-allowed[flask-cors-webkit]")
    assert done.returncode == 0, done.stderr
    assert "  get-allowed  flask-cors    allowed\n" in done.stdout
    assert done.stdout.endswith("1 cell: 1 as expected, 0 unexpected\n")
    header, cells = read_journal(folder / DEFAULT_PLACE)
    assert header["engines"][0]["name"] == "webkit"
    assert cells[0].cell == "cors.yaml::get-allowed[flask-cors-webkit]"


def test_a_mismatch_is_status_1_and_a_block(folder: Path) -> None:
    done = program(folder, *ARGV, "--quiet", "-k", "get")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith(
        "outcome: expected blocked, found allowed\n"
        "  1 cell    on flask-cors in webkit, from http://127.0.0.1:"
    )
    assert (
        "  rerun     cors-harness run cors.yaml \\\n"
        "              --cell 'get-wrongly-expected[flask-cors-webkit]'\n"
    ) in done.stdout


def test_verbose_run_has_the_whole_transcript(folder: Path) -> None:
    done = program(folder, *ARGV, "--quiet", "-v", "-k", "get")
    assert "  expected  outcome: blocked\n  found     outcome: allowed\n" in done.stdout
    assert "WebKit" in done.stdout


def test_json_is_one_document_and_nothing_else(folder: Path) -> None:
    printed = program(folder, *ARGV, "--json", "--html", "run.html", "-k", "get").stdout
    document = json.loads(printed)
    assert document["summary"] == {
        "cells": 2,
        "as_expected": 1,
        "unexpected": 1,
        "known": 0,
        "skipped": 0,
        "errors": 0,
    }
    assert {cell["verdict"]["status"] for cell in document["cells"]} == {
        "as-expected",
        "unexpected",
    }
    page = (folder / "run.html").read_text("utf-8")
    assert [each["after"]["cell"] for each in details_of(page)] == [
        cell["cell"] for cell in document["cells"]
    ]


def test_a_browser_that_does_not_start_is_status_3(folder: Path) -> None:
    done = run(folder, "--browser-executable", "webkit=/bin/false")
    assert done.returncode == 3
    assert "cors-harness: error: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_an_interrupted_run_is_status_130_and_leaves_a_journal(folder: Path) -> None:
    with subprocess.Popen(  # noqa: S603 - this program
        [*RUN, "--cell", "never-answered"], cwd=folder, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "running 1 cell on webkit\n"
        process.send_signal(signal.SIGINT)
        stderr = process.stderr.read()
        assert process.wait(timeout=HANG_S) == 130
    assert stderr == "interrupted; no cell was finished\n"
    assert read_journal(folder / DEFAULT_PLACE)[1] == ()


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stdout:
        done = subprocess.run(  # noqa: S603 - this program
            [*RUN, "-k", "get"],
            cwd=folder,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=HANG_S,
            check=False,
        )
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
    assert "Broken" not in done.stderr

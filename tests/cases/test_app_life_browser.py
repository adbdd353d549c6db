"""A user's app from its start to its end: loaded once, heard, and ended in order."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ORIGINS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org")
WEBKIT = ("--browser", "webkit")
ENDLESS = """\
- id: orders
  title: May be read
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {path: /orders}
  expect: {outcome: allowed, status: 200}
- id: forever
  title: Never answers
  spec: https://fetch.spec.whatwg.org/#cors-check
  request: {path: /forever, timeout_ms: 600000}
  expect: {outcome: allowed}
"""


def test_draft_of_an_app_that_can_be_loaded_only_once_runs_and_its_traceback_is_shown(
    tmp_path: Path,
) -> None:
    shutil.copy(HERE / "metrics_port_app.py", tmp_path)
    app = ("--app", "metrics_port_app:app")
    options = ("--origin", ORIGINS[1], *ORIGINS[2:], "--out", "cors.yaml")
    drafted = program(tmp_path, "init", *app, *options)
    assert drafted.returncode == 0, drafted.stderr
    assert "no scenarios for the 500 of a bug: the app can be loaded only once" in drafted.stderr
    assert "metrics_port_app.py:14 raised OSError" in drafted.stderr
    assert "LookupError: API_KEY=*** is missing" in drafted.stderr
    draft = (tmp_path / "cors.yaml").read_text()
    assert "app-raising" not in draft
    one_more = draft.replace(
        "- id: get-orders\n", "- id: get-orders\n  servers: [app, app-raising]\n"
    )
    (tmp_path / "cors.yaml").write_text(one_more)
    done = program(tmp_path, "run", "cors.yaml", *app, *WEBKIT, "-k", "get and not lookalike")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the app can be loaded only once" in done.stdout
    records = [
        json.loads(line)
        for line in (tmp_path / ".cors-harness/last.journal.jsonl").read_text().splitlines()[1:]
    ]
    status = {record["cell"].split("::")[1]: record["verdict"]["status"] for record in records}
    assert status["get-orders-app[app-webkit]"] == "as-expected"
    assert status["get-orders-app[app-raising-webkit]"] == "skipped"
    bug = next(record for record in records if record["scenario"] == "get-bug-app")
    assert bug["app_output"][-1] == "LookupError: API_KEY=*** is missing"
    (output,) = (tmp_path / ".cors-harness").glob("*.output.log")
    assert output.name == "last.journal.output.log"
    assert "LookupError: API_KEY=*** is missing" in output.read_text()


def test_interrupted_run_shuts_the_app_down(tmp_path: Path) -> None:
    shutil.copy(HERE / "lifespan_app.py", tmp_path)
    (tmp_path / "calls.yaml").write_text(ENDLESS)
    argv = ("run", "calls.yaml", "--app", "lifespan_app:app", *WEBKIT, *ORIGINS)
    command = [sys.executable, "-m", "cors_harness", *argv]
    journal, life = tmp_path / ".cors-harness/last.journal.jsonl", tmp_path / "life"
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:  # noqa: S603
        while not (journal.exists() and journal.read_text().count("\n") == 2):
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupted; 1 finished cell" in said
    assert life.read_text().split() == ["startup", "shutdown", "atexit"]

"""A user's app that floods its output, forks, closes what is not its own: no cell is harmed."""

import shutil
import uuid
from pathlib import Path

import pytest
from tests.cases import misbehaving_app
from tests.cli.program import program
from tests.run.process_tree import MARK, ProcessTree

pytestmark = pytest.mark.browser

NAMES = (
    *("many-lines", "one-line", "signals", "closed-input", "closed-output"),
    *("fork", "program", "blocked"),
)


def scenarios() -> str:
    paths = [path for name in NAMES for path in (f"/{name}", f"/after/{name}")]
    return "".join(
        f"""\
- id: {path.strip("/").replace("/", "-")}
  title: {path}
  spec: https://fetch.spec.whatwg.org/#concept-cors-check
  request: {{path: {path}, timeout_ms: 60000}}
  expect: {{outcome: allowed, status: 200}}
"""
        for path in paths
    )


def test_no_cell_is_harmed_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    tree = ProcessTree(mark)
    shutil.copy(misbehaving_app.__file__, tmp_path)
    (tmp_path / "cases.yaml").write_text(scenarios())
    app = ("--app", "misbehaving_app:app", "--browser", "webkit")
    done = program(tmp_path, "run", "cases.yaml", *app)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{2 * len(NAMES)} cells: {2 * len(NAMES)} as expected" in done.stdout
    kept = (tmp_path / ".cors-harness/last.journal.output.log").stat().st_size
    assert kept < 5 * 1024 * 1024
    assert [process.command for process in tree.survivors()] == []

"""Unhandled exceptions close connections that other cells would share; no other cell notices."""

import json
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
from tests.cli.program import program

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
ENGINES = ("chromium", "firefox", "webkit")
COMMAND = f"{sys.executable} -m uvicorn raising_app:app --port {{port}} --http h11"
ORIGINS = ("--page-origin", "https://app.example.com", "--server-origin", "https://api.example.org")
NUMBERS = ", ".join(f'"{number}"' for number in range(30))
CALLS = f"""\
- id: raises
  title: Raises
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix: {{n: [{NUMBERS}]}}
  request: {{method: POST, path: "/call?n={{n}}", headers: {{X-N: "{{n}}"}}}}
  expect: {{}}
- id: innocent
  title: Innocent
  spec: https://fetch.spec.whatwg.org/#cors-check
  matrix: {{method: [GET, POST, PUT], n: [{NUMBERS}]}}
  request: {{method: "{{method}}", path: "/orders?n={{n}}", headers: {{X-N: "{{n}}"}}}}
  expect: {{outcome: allowed, wire: [preflight, request], status: 200}}
"""


def test_ordinary_calls_beside_calls_that_raise_are_allowed(tmp_path: Path) -> None:
    shutil.copy(HERE / "raising_app.py", tmp_path)
    (tmp_path / "calls.yaml").write_text(CALLS)
    done = program(tmp_path, "run", "calls.yaml", "--json", "--command", COMMAND, *ORIGINS)
    assert done.returncode == 0, done.stderr
    cells = json.loads(done.stdout)["cells"]
    assert len(cells) == 3 * 120
    raised = [cell for cell in cells if cell["scenario"].startswith("raises")]
    assert Counter(cell["engine"] for cell in raised) == dict.fromkeys(ENGINES, 30)
    assert {cell["exchanges"][-1]["status"] for cell in raised} == {500}

"""Where real browsers are run: as a user who is not root, by a clock that jumps."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.test_surroundings import HARNESS, shell

pytestmark = pytest.mark.browser

SCENARIOS = """\
- id: loopback
  title: A page on loopback
  spec: https://fetch.spec.whatwg.org/#cors-check
  response: {headers: {Access-Control-Allow-Origin: "{page}"}}
  request: {}
  expect: {outcome: allowed}
- id: real
  title: A page on a real origin, by a certificate that counts
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: https://app.example.com
  origins: {server: https://api.example.org}
  response: {headers: {Access-Control-Allow-Origin: "{page}"}}
  request: {}
  expect: {outcome: allowed}
- id: expired
  title: One whose certificate does not count any more
  spec: https://fetch.spec.whatwg.org/#cors-check
  page: https://app.example.com
  origins: {server: https://old.example.org}
  expired_certificates: [server]
  response: {headers: {Access-Control-Allow-Origin: "*"}}
  request: {}
  expect: {outcome: failed}
"""
NOBODY = 65534
# What root may do and this user may not is not theirs; only this Python may lie in root's folder.
AS_NOBODY = (
    f"setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups"
    " --inh-caps=+dac_read_search --ambient-caps=+dac_read_search"
)
JUMPS = """\
import datetime, itertools, time

DAY = 24 * 3600
jumps = itertools.cycle((-100 * DAY, 0, 100 * DAY))
tell_time = time.time
time.time = lambda: tell_time() + next(jumps)


class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)


datetime.datetime = Jumping
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "three.yaml").write_text(SCENARIOS)
    return tmp_path


def statuses(folder: Path, command: str, cells: int, **env: str) -> dict[str, Any]:
    done = shell(folder, f"{command} run three.yaml --json", **env)
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[Any] = json.loads(done.stdout)["cells"]
    assert len(found) == cells
    return {f"{cell['scenario']} {cell['engine']}": cell["verdict"]["status"] for cell in found}


@pytest.fixture
def home() -> Iterator[Path]:
    """Not in a folder of root's: WebKit runs in a user namespace, where it may enter none."""
    place = Path(tempfile.mkdtemp())
    yield place
    shutil.rmtree(place)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="setpriv (util-linux) is not there")
def test_user_who_is_not_root_runs_all_engines(folder: Path, home: Path) -> None:
    becomes = ""
    if os.getuid() == 0:
        becomes = AS_NOBODY
        for path in (folder, home):
            os.chown(path, NOBODY, NOBODY)
    found = statuses(folder, f"{becomes} {HARNESS}", 9, HOME=str(home), TMPDIR=str(home))
    assert found == dict.fromkeys(found, "as-expected")
    journal = folder / ".cors-harness/last.journal.jsonl"
    assert journal.stat().st_uid == (NOBODY if becomes else os.getuid())
    assert not list(home.glob("cors-harness-*"))


def test_clock_that_jumps_by_months_changes_nothing(folder: Path) -> None:
    (folder / "sitecustomize.py").write_text(JUMPS)
    found = statuses(folder, f"PYTHONPATH={folder}:$PYTHONPATH {HARNESS}", 9)
    assert found == dict.fromkeys(found, "as-expected")

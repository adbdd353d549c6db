"""What the program may be started without: a folder, streams, an encoding, room, memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.wait_for_exit import HANG_S

pytestmark = pytest.mark.programs

HARNESS = f"{sys.executable} -m cors_harness"
# The folder of this project is found by no current folder.
ROOT = str(Path(__file__).parents[2] / "harness")
GOOD = """\
- id: get-allowed
  title: GET is readable
  spec: https://fetch.spec.whatwg.org/#cors-check
  response: {}
  request: {}
  expect: {outcome: allowed}
"""


def shell(folder: Path, script: str, **more: str) -> "subprocess.CompletedProcess[str]":
    (folder / "cors.yaml").write_text(GOOD, "utf-8")
    return subprocess.run(  # noqa: S603 - this program
        ["/bin/sh", "-c", script],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ROOT, **more},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )


def test_folder_that_was_removed_is_told(tmp_path: Path) -> None:
    done = shell(tmp_path, f"mkdir gone; cd gone; rmdir ../gone; {HARNESS} list")
    assert (done.returncode, done.stdout) == (2, "")
    first, how = done.stderr.splitlines()
    assert first.startswith("cors-harness: error: the current folder cannot be used: ")
    assert how.endswith("change to one that is there: cd …")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_borne(tmp_path: Path, closed: str) -> None:
    done = shell(tmp_path, f"{HARNESS} validate cors.yaml {closed}")
    assert (done.returncode, done.stderr) == (0, "")


def test_what_an_encoding_lacks_is_written_out(tmp_path: Path) -> None:
    old = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = shell(tmp_path, f"mkdir gone; cd gone; rmdir ../gone; {HARNESS} list", **old)
    assert done.stderr.endswith("change to one that is there: cd \\u2026\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_for_which_there_is_no_room_is_told(tmp_path: Path) -> None:
    done = shell(tmp_path, f"{HARNESS} schema > /dev/full")
    assert done.returncode == 3
    assert done.stderr == "cors-harness: error: No space left on device\n"


def test_memory_that_no_browser_starts_with_is_told_at_once(tmp_path: Path) -> None:
    done = shell(tmp_path, f"ulimit -v 3000000; {HARNESS} run cors.yaml")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "cors-harness: error: found a limit of 2929 MB of address space for each process; browsers"
        " reserve far more than they use\n  lift it for this shell: ulimit -v unlimited\n"
    )


OUT_OF_MEMORY = """\
from cors_harness.cli import program
def out_of_memory(argv):
    raise MemoryError
program.main = out_of_memory
program.entry()
"""


def test_program_without_memory_says_so(tmp_path: Path) -> None:
    done = shell(tmp_path, f'{sys.executable} -c "$SCRIPT"', SCRIPT=OUT_OF_MEMORY)
    said = "cors-harness: error: no memory is left for this program\n"
    assert (done.returncode, done.stderr) == (3, said)

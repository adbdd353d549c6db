"""A baseline whose writer is killed at any line of what writes files: the old or the new one."""

import subprocess
import sys
from pathlib import Path

import pytest

from cors_harness.store.baseline_reading import read_baseline

# Each child is killed one line later than the one before, until one gets to its end.
KILLS = """
import os, signal, sys
from pathlib import Path
from cors_harness.model.baseline import Baseline
from cors_harness.store import whole_file
from cors_harness.store.baseline_writing import write_baseline

place, copies = Path(sys.argv[1]), Path(sys.argv[2])

def write(harness):
    write_baseline(place, Baseline(harness=harness, engines=(), servers=(), entries=()))

def kill_at(line):
    left = line
    def trace(frame, event, argument):
        nonlocal left
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return trace
    def enter(frame, event, argument):
        return trace if frame.f_code.co_filename == whole_file.__file__ else None
    sys.settrace(enter)

line = status = 1
while status:
    write("old")
    if (child := os.fork()) == 0:
        kill_at(line)
        write("new")
        os._exit(0)
    _, status = os.waitpid(child, 0)
    (copies / f"{line:04}.json").write_bytes(place.read_bytes())
    line += 1
"""


@pytest.mark.programs
def test_killed_writer_leaves_the_old_baseline_or_the_new_one(tmp_path: Path) -> None:
    place, copies = tmp_path / "cors.json", tmp_path / "copies"
    copies.mkdir()
    subprocess.run([sys.executable, "-c", KILLS, place, copies], check=True)  # noqa: S603 - our own
    found = [read_baseline(copy).harness for copy in sorted(copies.iterdir())]
    replaced = found.index("new")
    assert 10 < replaced < len(found) - 1  # killed before, and after
    assert found == ["old"] * replaced + ["new"] * (len(found) - replaced)

"""`cors-harness bench` as a program."""

import signal
import subprocess
import sys

import pytest
from tests.run.conftest import process_tree as process_tree  # noqa: PLC0414 - a fixture
from tests.run.process_tree import ProcessTree
from tests.wait_for_exit import HANG_S

pytestmark = pytest.mark.browser


def test_interrupt_leaves_nothing(process_tree: ProcessTree) -> None:
    command = [sys.executable, "-m", "cors_harness", "bench", "--browser", "webkit", "--cells", "6"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stderr
        assert process.stderr.readline().startswith("webkit: raw loop, ")
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=HANG_S)[1]
    assert (process.returncode, stderr) == (130, "interrupted\n")
    assert process_tree.survivors() == []

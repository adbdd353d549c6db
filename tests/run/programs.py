"""`cors-harness run` as a program of its own, for tests of what happens to a whole one."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.wait_for_exit import HANG_S


def started(folder: Path, engines: Sequence[str]) -> "subprocess.Popen[str]":
    """`cors-harness run` on the folder's batch, as the leader of a group of its own."""
    browsers = [f"--browser={engine}" for engine in engines]
    command = [sys.executable, "-m", "cors_harness", "run", *browsers, "batch.yaml"]
    return subprocess.Popen(  # noqa: S603 - this program
        command, cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def wait_for_cells(program: "subprocess.Popen[str]", journal: Path, engines: Sequence[str]) -> None:
    """Waits until the journal has two cells of every engine."""
    deadline = time.monotonic() + HANG_S
    while not has_cells(journal, engines):
        assert time.monotonic() < deadline
        with pytest.raises(subprocess.TimeoutExpired):
            program.wait(timeout=0.05)


def has_cells(journal: Path, engines: Sequence[str]) -> bool:
    lines = journal.read_text().splitlines() if journal.exists() else []
    return all(sum(f"verbatim-{name}]" in line for line in lines) >= 2 for name in engines)

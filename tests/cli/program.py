"""program(): a command line without a process of its own, whose imports alone take a second."""

import os
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

from cors_harness.cli import main


def program(folder: Path, *argv: str, **env: str) -> CompletedProcess[str]:
    """`cors-harness …` in a folder: its exit status and what it says."""
    stdout, stderr = StringIO(), StringIO()
    environment = patch.dict(os.environ, {"COLUMNS": "80", "GITHUB_STEP_SUMMARY": "", **env})
    with chdir(folder), environment, redirect_stdout(stdout), redirect_stderr(stderr):
        status = main(argv)
    return CompletedProcess(argv, status, stdout.getvalue(), stderr.getvalue())

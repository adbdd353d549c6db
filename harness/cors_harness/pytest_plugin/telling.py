"""tell_now(): a line for whoever waits for pytest, which keeps what else is written to the end."""

import sys
from contextlib import nullcontext

import pytest

from cors_harness.text.printable import printable_lines


def tell_now(config: pytest.Config, line: str) -> None:
    """Writes a line to stderr at once; in a worker of xdist to that of the main process."""
    capture = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        sys.stderr.write(f"\ncors-harness: {printable_lines(line)}\n")
        sys.stderr.flush()

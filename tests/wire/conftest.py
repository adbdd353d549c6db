"""What tests of the wire have at hand."""

import sys

import pytest

PATIENT = """
from cors_harness.wire import tap_process, upstream
upstream.IDLE_S = 10
tap_process.main()
"""


@pytest.fixture
def patient_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """Recorders that start later keep idle connections for as long as a busy machine may need."""
    command = (sys.executable, "-P", "-c", PATIENT)
    monkeypatch.setattr("cors_harness.wire.recorder._COMMAND", command)

"""Fixtures of the tests of the wire."""

import os
from pathlib import Path

import pytest

PATIENT_TAP = """
from cors_harness.wire import tap_process, upstream
upstream.IDLE_S = 10
tap_process.main()
"""


@pytest.fixture
def patient_pool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Recorders that are made later keep idle connections as long as a busy machine may need."""
    (tmp_path / "patient_tap.py").write_text(PATIENT_TAP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr("cors_harness.wire.recorder.TAP_MODULE", "patient_tap")

import pytest

from cors_harness.processes.statuses import status_text

SHORT = "SIGKILL, as the system sends it where memory is short"
TEXTS = {
    0: "status 0",
    1: "status 1",
    128: "status 128",
    134: "status 134 (SIGABRT)",
    137: f"status 137 ({SHORT})",
    255: "status 255",
    -9: f"status -9 ({SHORT})",
    -11: "status -11 (SIGSEGV)",
}


@pytest.mark.parametrize(("status", "text"), TEXTS.items())
def test_signal_is_named(status: int, text: str) -> None:
    assert status_text(status) == text

"""Loading a front door costs nothing: what it needs is imported when it is needed."""

import subprocess
import sys

import pytest

HEAVY = ("playwright", "flask", "flask_cors", "fastapi", "starlette", "uvicorn", "waitress")
DOORS = {
    "cors_harness.pytest_plugin": (*HEAVY, "rich"),
    "cors_harness": HEAVY,
    "cors_harness.cli": (*HEAVY, "rich", "cors_harness.cli.init", "cors_harness.drafts"),
    "cors_harness.engines.provision": HEAVY,
    "cors_harness.engines.registry": HEAVY,
    "cors_harness.run.api": ("playwright", "flask", "fastapi", "waitress", "trustme"),
    "cors_harness.wire.tap_process": (*HEAVY, "trustme"),
}


@pytest.mark.parametrize(("module", "unwanted"), DOORS.items(), ids=DOORS)
def test_loading_imports_nothing_heavy(module: str, unwanted: tuple[str, ...]) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    assert set(unwanted) & set(loaded.stdout.split()) == set()

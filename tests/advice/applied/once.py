"""once(): something dear to make, made by one of xdist's workers for all of them."""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Records = Mapping[tuple[str, str], dict[str, Any]]


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[], Records]) -> Records:
    """What `make` gives; the workers of one session share it under `name`."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if session is None:
        return make()
    folder = factory.getbasetemp().parent
    with (folder / f"{name}.{session}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _kept(folder / f"{name}.{session}.json", make)


def _kept(file: Path, make: Callable[[], Records]) -> Records:
    if not file.exists():
        pairs = [[*key, value] for key, value in make().items()]
        file.write_text(json.dumps(pairs))
    return {(case, engine): value for case, engine, value in json.loads(file.read_text())}

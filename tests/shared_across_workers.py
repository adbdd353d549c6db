"""once(): something dear to make, made by one of xdist's workers for all of them."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` has filled; the workers of one session share it under `name`."""
    session = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if session is None:
        return _made(factory, name, make)
    beside = factory.getbasetemp().parent
    with (beside / f"{name}.{session}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = beside / f"{name}.{session}.place"
        if not place.exists():
            place.write_text(str(_made(factory, name, make)))
        return Path(place.read_text())


def _made(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    folder = factory.mktemp(name)
    make(folder)
    return folder

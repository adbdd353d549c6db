"""What tests of whole runs have at hand."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from tests.run.process_tree import MARK, ProcessTree


@pytest.fixture
def process_tree(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProcessTree]:
    """Everything that is started while the test runs; nothing of it may survive the test."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    threads = set(threading.enumerate())
    process_tree = ProcessTree(mark)
    yield process_tree
    survivors = process_tree.survivors()
    assert not survivors
    assert not [thread for thread in set(threading.enumerate()) - threads if thread.is_alive()]


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name

"""What tests of whole runs have at hand."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from tests.run.process_tree import MARK, Family


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    """Everything that is started while the test runs; none of it may be left behind."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    threads = set(threading.enumerate())
    family = Family(mark)
    yield family
    left = family.gone()
    assert not left
    assert not [thread for thread in set(threading.enumerate()) - threads if thread.is_alive()]


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name

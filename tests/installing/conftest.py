"""What tests of installing share with those of engines that are installed."""

import socket
from collections.abc import Iterator

import pytest


@pytest.fixture
def refusing_host() -> Iterator[str]:
    """A port of ours where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def printed() -> list[str]:
    return []

"""What the tests of loading share: one good scenario file, and reading a text as that file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cors_harness.loading.scenarios import Loaded, load_file

Read = Callable[[str | bytes], Loaded]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Loads a text as the file `x.yaml` in the current folder."""
    monkeypatch.chdir(tmp_path)

    def load(text: str | bytes) -> Loaded:
        file = tmp_path / "x.yaml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return load_file(file)

    return load

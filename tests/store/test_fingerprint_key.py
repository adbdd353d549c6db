"""The key of fingerprints lies outside of the project, and only its owner can read it."""

import os
import stat
from pathlib import Path

import pytest

from cors_harness.store.fingerprint_key import fingerprints
from cors_harness.terms.fingerprints import Fingerprints


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "cors-harness"


def test_one_key_is_made_and_kept(state: Path) -> None:
    first, second = fingerprints(), fingerprints()
    assert first == second != Fingerprints()
    (file,) = state.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_there_is_one_below_home_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fingerprints() == fingerprints()
    assert (tmp_path / ".local" / "state" / "cors-harness" / "fingerprint.key").is_file()


def test_no_key_is_taken_that_others_can_read(state: Path) -> None:
    fingerprints()
    (file,) = state.iterdir()
    file.chmod(0o640)
    assert fingerprints() == Fingerprints()  # that of this process
    assert file.stat().st_size == 32


@pytest.mark.parametrize("found", [b"", b"short", b"x" * 33])
def test_no_other_file_is_taken_for_a_key(state: Path, found: bytes) -> None:
    fingerprints()
    (file,) = state.iterdir()
    file.write_bytes(found)
    assert fingerprints() == Fingerprints()
    assert file.read_bytes() == found


def test_no_link_is_taken_for_a_key(state: Path, tmp_path: Path) -> None:
    (tmp_path / "known").write_bytes(b"k" * 32)
    (tmp_path / "known").chmod(0o600)
    state.mkdir(parents=True)
    (state / "fingerprint.key").symlink_to(tmp_path / "known")
    assert fingerprints() == Fingerprints()


def test_a_place_that_cannot_be_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    assert fingerprints() == Fingerprints()


def test_none_is_asked_for_where_secrets_are_kept(state: Path) -> None:
    assert fingerprints(keep_secrets=True) is None
    assert not state.exists()

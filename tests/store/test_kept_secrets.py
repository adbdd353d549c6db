"""Whoever merges or reads journals knows whether they have secrets."""

import stat
from pathlib import Path

import pytest
from tests.store.record_builders import STARTED

from cors_harness.store.journal import Journal
from cors_harness.store.merged_header import merged_header

HEADER = {"argv": [], "os": "Linux", "engines": [], "servers": []}


@pytest.mark.parametrize("kept", [(), (0,), (1,), (0, 1)])
def test_journals_that_are_merged_keep_what_one_of_them_keeps(kept: tuple[int, ...]) -> None:
    headers = [HEADER | ({"keeps_secrets": True} if at in kept else {}) for at in range(2)]
    assert merged_header(headers).get("keeps_secrets", False) is bool(kept)


@pytest.mark.parametrize(("kept", "mode"), [(True, 0o600), (False, 0o644)])
def test_a_journal_that_has_secrets_says_so_and_is_for_its_owner(
    tmp_path: Path, *, kept: bool, mode: int
) -> None:
    place = tmp_path / "journal"
    place.touch(0o644)
    place.chmod(0o644)
    journal = Journal(place)
    journal.write_header((), STARTED, keeps_secrets=kept)
    journal.close()
    assert ('"keeps_secrets":true' in place.read_text()) is kept
    assert stat.S_IMODE(place.stat().st_mode) == mode

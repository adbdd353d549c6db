"""Temporary folders: what a killed process leaves behind is removed by the next, nothing else."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.processes import temporary
from cors_harness.processes.temporary import (
    LOCK,
    make_folder,
    note_other,
    remove_folder,
    remove_leftovers,
)

OWNER = """
import signal
from pathlib import Path
from cors_harness.processes.temporary import make_folder, note_other
folder = make_folder("profile")
(folder / "key.pem").write_text("secret")
for name in ("driver-profile", "strangers-profile"):
    (folder.parents[1] / name).mkdir(0o700 if name == "driver-profile" else 0o755)
    note_other(folder.parents[1] / name)
note_other(folder.parents[2] / "elsewhere")
print(folder, flush=True)
signal.pause()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files; in it nobody else makes any."""
    place = tmp_path / "place"
    place.mkdir()
    (tmp_path / "elsewhere").mkdir(0o700)
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(temporary, "_own", None)
    return place


@contextlib.contextmanager
def owner() -> Iterator[tuple["subprocess.Popen[str]", Path]]:
    """A process that has made a folder, and that folder."""
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        try:
            yield process, Path(process.stdout.readline().strip())
        finally:
            process.kill()


def test_folders_of_one_process_are_in_one_which_ends_with_the_last(place: Path) -> None:
    first, second = make_folder("firefox"), make_folder("ca")
    assert first.parent == second.parent
    assert first.parent.parent == place
    remove_folder(first)
    assert [path.name for path in second.parent.iterdir() if path.name != LOCK] == [second.name]
    remove_folder(second)
    assert list(place.iterdir()) == []
    remove_folder(second)


def test_folders_of_a_process_that_lives_stay(place: Path) -> None:
    with owner() as (_, folder):
        assert folder.parents[1] == place
        remove_leftovers()
        assert (folder / "key.pem").read_text() == "secret"


def test_folders_of_a_killed_process_are_removed_by_the_next(place: Path) -> None:
    with owner() as (process, folder):
        process.kill()
        process.wait(HANG_S)
        assert (folder / "key.pem").exists()
        mine = make_folder("webkit")
    assert {path.name for path in place.iterdir()} == {mine.parent.name, "strangers-profile"}
    assert (place.parent / "elsewhere").is_dir()
    remove_folder(mine)


KILLED_AFTER = {"it was made": "tempfile.mkdtemp", "its lock was made": "fcntl.flock"}


@pytest.mark.parametrize("function", KILLED_AFTER.values(), ids=KILLED_AFTER)
def test_folder_whose_owner_never_locked_it_is_removed_later(place: Path, function: str) -> None:
    last = (
        f"lambda *args, work={function}, **names: (work(*args, **names), os.kill(os.getpid(), 9))"
    )
    command = f"import fcntl, os, tempfile\n{function} = {last}\n{OWNER}"
    assert subprocess.run([sys.executable, "-c", command], check=False).returncode == -9  # noqa: S603
    (left,) = place.iterdir()
    remove_leftovers()
    assert left.exists()
    long_ago = time.time() - 2 * temporary.BEGINNING_S
    os.utime(left, (long_ago, long_ago))
    remove_leftovers()
    assert not left.exists()


def test_nothing_is_removed_through_a_symbolic_link(place: Path, tmp_path: Path) -> None:
    aim = tmp_path / "aim"
    aim.mkdir(0o700)
    (aim / LOCK).touch()
    (aim / "precious").touch()
    (place / "cors-harness-linked").symlink_to(aim)
    trap = place / "cors-harness-trap"
    trap.mkdir(0o700)
    (trap / LOCK).symlink_to(aim / "precious")
    inside = place / "cors-harness-inside"
    inside.mkdir(0o700)
    (inside / LOCK).touch()
    (inside / "link").symlink_to(aim)
    remove_leftovers()
    assert {path.name for path in aim.iterdir()} == {LOCK, "precious"}
    assert {path.name for path in place.iterdir()} == {"cors-harness-linked", "cors-harness-trap"}


def test_folders_that_others_may_write_to_stay(place: Path) -> None:
    shared = place / "cors-harness-shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / LOCK).touch()
    remove_leftovers()
    assert shared.exists()


def test_folder_that_somebody_has_tidied_up_is_made_anew(place: Path) -> None:
    first = make_folder("ca")
    shutil.rmtree(first.parent)
    second = make_folder("ca")
    assert second.is_dir()
    note_other(place / "profile")
    remove_folder(second)
    assert list(place.iterdir()) == []


WRITER = """
import contextlib, os, sys
place = os.open(sys.argv[1], os.O_DIRECTORY)
with contextlib.suppress(FileNotFoundError):  # the folder is removed
    for number in range(2_000):
        os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, dir_fd=place))
        if number == 100:
            print("writes", flush=True)
"""


@pytest.mark.usefixtures("place")
def test_folder_that_a_program_still_writes_to_is_removed() -> None:
    folder = make_folder("profile")
    command = [sys.executable, "-c", WRITER, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:  # noqa: S603 - our own text
        assert writer.stdout
        writer.stdout.readline()
        remove_folder(folder)
    assert not folder.parent.exists()

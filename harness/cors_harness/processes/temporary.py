"""Temporary folders: all of a process in one, so that a later one can remove what it leaves behind.

That one is `cors-harness-…` where temporary files are. A file in it is locked for as long as its
process lives, however that ends. What a killed one has left is removed by the next that makes a
folder: only what is its own user's, and nothing through a symbolic link.
"""

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = "cors-harness-"
LOCK = "owner.lock"
UNLOCKED = f"{LOCK}.new"
OTHERS = "others"  # names of folders beside it that programs of ours have made, a line each
PRIVATE = stat.S_IRWXU
WRITTEN_TO_S, LOOK_S = 2.0, 0.01
BEGINNING_S = 3600  # within which a folder is locked, or its owner has not come so far

_lock = threading.Lock()  # of what follows
_own: "_OwnFolder | None" = None


class _OwnFolder:
    """The folder of this process, and the lock that shows that it lives."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        unlocked = self.path / UNLOCKED
        self._descriptor = os.open(unlocked, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        unlocked.rename(self.path / LOCK)  # nobody finds it without its lock

    @property
    def is_empty(self) -> bool:
        """Whether all that was made in it is removed by now."""
        return {entry.name for entry in self.path.iterdir()} <= {LOCK, OTHERS}

    def remove(self) -> None:
        """Removes it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._descriptor)


def make_folder(purpose: str) -> Path:
    """A new folder that only this user may read; `purpose`: the beginning of its name, a word.

    Raises OSError where there is no room, or no place, for one.
    """
    global _own  # noqa: PLW0603 - one for each process
    with _lock:
        if _own is not None and not _own.path.exists():  # somebody has tidied up
            _own.remove()
            _own = None
        if _own is None:
            remove_leftovers()
            _own = _OwnFolder()
        return Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=_own.path))


def remove_folder(folder: Path) -> None:
    """Removes what `make_folder` has made, with all that is in it; idempotent.

    Helpers of a browser that was killed write to it until they see that it has gone.
    """
    global _own  # noqa: PLW0603 - as above
    deadline = time.monotonic() + WRITTEN_TO_S
    shutil.rmtree(folder, ignore_errors=True)
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(LOOK_S)
        shutil.rmtree(folder, ignore_errors=True)
    with _lock, contextlib.suppress(OSError):
        if _own is not None and _own.path == folder.parent and _own.is_empty:
            _own.remove()
            _own = None


def note_other(folder: Path) -> None:
    """Has the next process remove a folder that a program of ours has made, should we not.

    Only one beside our own; a name is worth nothing elsewhere.
    """
    with _lock, contextlib.suppress(OSError):
        if _own is not None and _own.path.parent == folder.parent:
            with (_own.path / OTHERS).open("a", encoding="utf-8") as others:
                others.write(f"{folder.name}\n")


def remove_leftovers() -> None:
    """Removes what processes of this user have left behind that are gone by now."""
    place = Path(tempfile.gettempdir())
    for folder in place.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), _held_if_left(folder):
            for name in _others(folder):
                with contextlib.suppress(OSError):
                    if _is_own_folder(place / name):
                        shutil.rmtree(place / name, ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            if _is_own_folder(folder) and _was_never_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _was_never_locked(folder: Path) -> bool:
    """Whether its owner was gone before it could lock it; nothing else has been made in it then."""
    has_only_that = {entry.name for entry in folder.iterdir()} <= {UNLOCKED}
    return has_only_that and time.time() - folder.stat().st_mtime > BEGINNING_S


@contextlib.contextmanager
def _held_if_left(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder; raises OSError where it is no such one, or its owner lives."""
    if not _is_own_folder(folder):
        raise FileNotFoundError(folder)
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def _is_own_folder(path: Path) -> bool:
    """Whether it is a folder, and no link to one, that only this user can read and write."""
    status = path.lstat()
    is_private = stat.S_IMODE(status.st_mode) == PRIVATE
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and is_private


def _others(folder: Path) -> list[str]:
    """The names that `note_other` wrote; each of a folder beside this one."""
    try:
        lines = (folder / OTHERS).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return []
    return [line for line in lines if "/" not in line and line not in {"", ".", ".."}]

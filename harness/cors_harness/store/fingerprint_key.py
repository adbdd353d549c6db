"""fingerprints(): those of this user on this machine, by a key that only the user can read.

The key lies outside of the project: whoever gets a journal, and all that lies beside it, cannot try
out what a password may be.
"""

import os
from contextlib import suppress
from pathlib import Path

from cors_harness.store.whole_file import PRIVATE
from cors_harness.terms.fingerprints import KEY_BYTES, Fingerprints

FOLDER, NAME = "cors-harness", "fingerprint.key"


def fingerprints(*, keep_secrets: bool = False) -> Fingerprints | None:
    """What stands for secrets; None: they are kept.

    Where no key can be kept, as without a home folder, equal values have equal fingerprints in this
    process alone.
    """
    if keep_secrets:
        return None
    try:
        return Fingerprints(key=_key(_place()))
    except (OSError, RuntimeError, ValueError):  # no folder, none that is ours, or no home
        return Fingerprints()


def _place() -> Path:
    """https://specifications.freedesktop.org/basedir-spec/latest/ ."""
    state = os.environ.get("XDG_STATE_HOME", "")
    folder = Path(state) if state.startswith("/") else Path.home() / ".local" / "state"
    return folder / FOLDER / NAME


def _key(place: Path) -> bytes:
    """The key that is kept; makes one where there is none yet."""
    with suppress(FileNotFoundError):
        return _read(place)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = place.with_name(f"{NAME}.{os.urandom(8).hex()}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(os.urandom(KEY_BYTES))
        with suppress(FileExistsError):  # another process was quicker: its key counts
            place.hardlink_to(new)
    finally:
        new.unlink()
    return _read(place)


def _read(place: Path) -> bytes:
    """Raises ValueError where others can read it, or it is no key."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    with os.fdopen(os.open(place, flags), "rb") as file:
        facts = os.fstat(file.fileno())
        key = file.read(KEY_BYTES + 1)
    if len(key) != KEY_BYTES or facts.st_mode & 0o077 or facts.st_uid != os.geteuid():
        raise ValueError(f"{place} is no key of this user")
    return key

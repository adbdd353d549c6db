"""Files that are written whole or not at all, by the user's own permissions, and through no link.

What is new is written beside its place, under a name that nobody else has, and takes the place in
one step. A place that is a symbolic link is refused: whoever put it there chose what it points to.
"""

import errno
import os
import re
import secrets
import stat
import sys
from contextlib import suppress
from pathlib import Path

from cors_harness.errors import UsageError

OWN_FOLDER = ".cors-harness"  # ours in a project; a repository may bring one that leads elsewhere
PRIVATE, USUAL = 0o600, 0o666  # before the user's umask
_STREAM = re.compile(r"/dev/(stdout|stderr)|(?:/dev/fd|/proc/self/fd)/([0-9]{1,6})")
_STREAMS = {"stdout": 1, "stderr": 2}


class PlaceRefused(OSError):  # noqa: N818 - reads as what happened
    """Nothing may be written at a place; `strerror` says why, and what helps."""

    def __init__(self, why: str) -> None:
        super().__init__(errno.EPERM, why)


def write_whole(file: Path, option: str, text: str) -> None:
    """Writes a file in one go: whoever reads it has the old one or the new one, never a half.

    `/dev/stdout`, `/dev/stderr`, `/dev/fd/N`, a named pipe and a device get the text as it is.

    Raises UsageError, which names `option`, where it cannot be written.
    """
    try:
        write_data(file, text.encode("utf-8", "backslashreplace"))
    except OSError as exc:
        raise _cannot(file, option, exc) from exc


def _cannot(file: Path, option: str, error: OSError) -> UsageError:
    return UsageError(f"{option}: {file} cannot be written: {error.strerror or error}")


def check_place(file: Path, option: str) -> None:
    """Raises UsageError where it is known already that `write_whole` would."""
    try:
        if not _is_stream(file):
            checked_place(file)
    except OSError as exc:
        raise _cannot(file, option, exc) from exc


def write_data(file: Path, data: bytes) -> None:
    """Like `write_whole`, of bytes; raises OSError, PlaceRefused among them."""
    if _is_stream(file):
        with os.fdopen(_opened(file), "wb") as stream:
            stream.write(data)
        return
    place = checked_place(file)
    new, descriptor = create_beside(place)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(descriptor)  # else a power cut may leave an empty file under the name
        new.replace(place)
    finally:
        with suppress(OSError):
            new.unlink(missing_ok=True)


def write_new(file: Path, text: str) -> None:
    """Writes a file that is not there yet; raises OSError, and leaves none that is not whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = _create(file, USUAL)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text.encode())
    except OSError:
        with suppress(OSError):
            file.unlink()
        raise


def append(file: Path, text: str) -> None:
    """Writes behind what a file has, which somebody else keeps; raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(file, flags, USUAL), "wb") as opened:
        opened.write(text.encode("utf-8", "backslashreplace"))


def checked_place(file: Path) -> Path:
    """Where a file is or will be, absolute.

    Raises OSError where that is no place for a file: a link, a folder, what may not be written.
    """
    place = Path(os.path.abspath(file))  # noqa: PTH100 - resolve() would follow a link
    folder = place.parent
    if folder.name == OWN_FOLDER and folder.is_symlink():
        raise PlaceRefused(_is_link(folder))
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return place
    if stat.S_ISLNK(mode):
        raise PlaceRefused(_is_link(place))
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise PlaceRefused("it is no file")
    if not os.access(place, os.W_OK, effective_ids=os.access in os.supports_effective_ids):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return place


def create_beside(place: Path, *, private: bool = False) -> tuple[Path, int]:
    """A new file in the folder of `place`, and its descriptor, to be read and written.

    It has the permissions of the file that is at `place`, else those of the user's umask; `private`
    ones are for the user alone. Makes the folder. Raises OSError.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    name = f"{place.name}.{os.getpid()}-{secrets.token_hex(4)}.new"
    new = place.with_name(name)
    descriptor = _create(new, PRIVATE if private else USUAL)
    if not private:
        with suppress(FileNotFoundError):
            os.fchmod(descriptor, stat.S_IMODE(place.lstat().st_mode) & 0o777)
    return new, descriptor


def _create(file: Path, mode: int) -> int:
    """The descriptor of a file that was not there: O_EXCL follows no link."""
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def _is_link(path: Path) -> str:
    return (
        f"{path.name} is a symbolic link to {path.readlink()}, and nothing is written through one\n"
        "  name the place itself, or remove the link"
    )


def _is_stream(file: Path) -> bool:
    """Whether what is written is read at once, and no file: the program's output, a pipe."""
    if _STREAM.fullmatch(str(file)):
        return True
    try:
        mode = file.lstat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _opened(file: Path) -> int:
    """The descriptor of a stream."""
    if match := _STREAM.fullmatch(str(file)):
        descriptor = os.dup(_STREAMS[match[1]] if match[1] else int(match[2]))
        sys.stdout.flush()  # what was printed before stands before it
        return descriptor
    return os.open(file, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

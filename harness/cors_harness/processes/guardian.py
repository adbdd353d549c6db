"""The guardian: runs one program and ends it, with all it has started, when its own stdin ends.

`python guardian.py FOLDER PROGRAM [ARGUMENT…]`; stands alone, the standard library only. Whoever
started it holds the other end of its stdin, so the program cannot outlive them, however they died,
nor can FOLDER, which is all the program's own. It leads a process group of its own, in which the
program and its workers are; on Linux those that leave the group, to become daemons, end too.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

GRACE_S = 3  # a program that has not ended by then is killed
EVERY_FD = 1 << 16
NOT_FOUND = 127  # what a shell says of a program that cannot be started
STDIN, STANDARD = 0, 3  # of the standard ones there are three
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
ZOMBIE = "Z"


def main(folder: str, *argv: str) -> int:
    """The status of the program, as a shell would give it, when it has ended by itself."""
    signal.signal(signal.SIGTERM, lambda *_: None)  # may go to the whole group, us included
    _adopt_orphans()
    try:
        program = subprocess.Popen(argv, stdin=subprocess.DEVNULL, close_fds=False)  # noqa: S603
    except OSError as exc:
        sys.stderr.write(f"{argv[0]}: {exc.strerror}\n")
        return NOT_FOUND
    os.closerange(STANDARD, EVERY_FD)  # a listening socket held here would keep clients waiting
    ordered = threading.Event()
    ending = threading.Thread(target=_end_with_stdin, args=(program, folder, ordered), daemon=True)
    ending.start()
    status = program.wait()
    if ordered.is_set():
        ending.join()
    _kill_children()
    return status if status >= 0 else 128 - status


def _end_with_stdin(
    program: "subprocess.Popen[bytes]", folder: str, ordered: threading.Event
) -> None:
    """Ends the program politely, and after some time it and all that is left of its group."""
    while os.read(STDIN, 1024):
        pass
    ordered.set()
    program.terminate()
    try:
        program.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        sys.stderr.write(
            f"cors-harness: it still ran {GRACE_S} s after SIGTERM, so it was killed\n"
        )
        sys.stderr.flush()
    _remove(Path(folder))
    _kill_children()
    os.killpg(0, signal.SIGKILL)


def _remove(folder: Path) -> None:
    """Removes the program's folder, and the one around it when nothing else is in that."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


def _adopt_orphans() -> None:
    """Whoever loses its parent below us becomes our child, and so can be found."""
    with contextlib.suppress(OSError, AttributeError):  # there is no such call elsewhere
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _kill_children() -> None:
    """Kills all that is left below us; children of the killed become ours, so once more."""
    while children := list(_children()):
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _children() -> Iterator[int]:
    """Process ids of our children that are alive; none where there is no /proc."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent, *_ = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(parent) == os.getpid() and state != ZOMBIE:
                yield int(stat.parent.name)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""File descriptors: how many a process of ours may have open, and the fewest that a run needs."""

import errno
from collections.abc import Mapping
from typing import Any

from cors_harness.errors import HarnessError

# Measured: with 160 a browser starts and runs, with 128 Chromium opens no page.
FEWEST = 160
USUAL = 1024
HOW = (
    "raise it for this shell: ulimit -n 1024; where that is refused, it is set in limits.conf, by"
    " systemd (LimitNOFILE=) or for the container (--ulimit)"
)


def allow_many_descriptors() -> None:
    """Raises this process' limit as far as it may: servers and the recorder have many sockets.

    For processes of ours, in which no code of a user runs.
    """
    try:
        import resource  # noqa: PLC0415 - not on every platform
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def check_enough_descriptors() -> None:
    """Raises HarnessError where no process here may have as many as browsers need.

    A limit that is lower than usual, and may be raised, is raised for this process.
    """
    try:
        import resource  # noqa: PLC0415 - as above
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < FEWEST:
        raise HarnessError(
            f"found a limit of {most} open files for each process; browsers need {FEWEST} at least,"
            f" and {USUAL} are usual\n  {HOW}"
        )
    _raise_to_usual()


def _raise_to_usual() -> None:
    """Raises this process' own limit to what is usual, and so that of all that it starts."""
    import resource  # noqa: PLC0415 - as above

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    usual = USUAL if most == resource.RLIM_INFINITY else min(USUAL, most)
    if now != resource.RLIM_INFINITY and now < usual:
        resource.setrlimit(resource.RLIMIT_NOFILE, (usual, most))


class Shortage:
    """Whether this process has run out of descriptors, so that connections failed that would not.

    Attributes:
        is_there: whether it has.
    """

    def __init__(self) -> None:
        self.is_there = False

    def look_at(self, error: object) -> None:
        """Takes note of an error that may be that."""
        shortage = {errno.EMFILE, errno.ENFILE}
        self.is_there |= isinstance(error, OSError) and error.errno in shortage

    def handle(self, loop: Any, context: Mapping[str, Any]) -> None:
        """An exception handler of an event loop: what it cannot accept is nobody's fault."""
        self.look_at(context.get("exception"))
        if not self.is_there:
            loop.default_exception_handler(context)

    def check(self) -> None:
        """Raises HarnessError where it has."""
        if self.is_there:
            raise HarnessError(f"more files had to be open than the system allows\n  {HOW}")


SHORTAGE = Shortage()  # of this process

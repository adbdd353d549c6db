"""File descriptors: a limit that is too low is told, one that is low is raised where it may be."""

import asyncio
import errno
import os
import subprocess
import sys

import pytest
from tests.wait_for_exit import HANG_S

from cors_harness.errors import HarnessError
from cors_harness.processes.descriptors import Shortage

LIMITED = """
import resource
from cors_harness.errors import HarnessError
from cors_harness.processes.descriptors import check_enough_descriptors
resource.setrlimit(resource.RLIMIT_NOFILE, ({now}, {most}))
try:
    check_enough_descriptors()
except HarnessError as error:
    print(error)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def limited(now: int, most: int) -> list[str]:
    """What the check says in a process with these limits, and the limit after that."""
    script = LIMITED.format(now=now, most=most)
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=HANG_S, check=True
    )
    return done.stdout.splitlines()


def test_limit_that_cannot_be_raised_far_enough_is_told() -> None:
    found, how, _ = limited(64, 128)
    assert found.startswith("found a limit of 128 open files for each process; browsers need 160")
    assert how.startswith("  raise it for this shell: ulimit -n 1024")


@pytest.mark.parametrize(
    ("now", "most", "then"), [(64, 160, "160"), (64, 4096, "1024"), (2048, 4096, "2048")]
)
def test_low_limit_is_raised_to_what_is_usual(now: int, most: int, then: str) -> None:
    assert limited(now, most) == [then]


def test_shortage_is_told_by_the_error_of_a_connection() -> None:
    shortage = Shortage()
    shortage.look_at(ConnectionRefusedError(errno.ECONNREFUSED, "refused"))
    shortage.check()
    shortage.look_at(OSError(errno.EMFILE, os.strerror(errno.EMFILE)))
    with pytest.raises(HarnessError, match="more files had to be open than the system allows"):
        shortage.check()


def test_shortage_is_told_by_what_a_loop_cannot_accept() -> None:
    shortage = Shortage()
    with asyncio.Runner() as runner:
        error = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        shortage.handle(runner.get_loop(), {"message": "out of resources", "exception": error})
    assert shortage.is_there

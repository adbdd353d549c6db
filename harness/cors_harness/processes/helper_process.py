"""A helper process: one that a program of ours has started, and cannot do without.

Only where there is /proc, and descriptors of processes: on Linux. Elsewhere none is ever found.
"""

import asyncio
import contextlib
import os
from collections import defaultdict
from pathlib import Path

LOOK_S = 0.5


async def helper_ended(program: int, word: str) -> None:
    """Returns when a helper has ended; never where there is none.

    Args:
        program: the process below which it is.
        word: a part of its command line. The first that has it is watched, once it is there.
    """
    while (handle := await asyncio.to_thread(_find, program, word)) is None:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(handle, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(handle)
        os.close(handle)


def _find(program: int, word: str) -> int | None:
    """A descriptor of the helper, readable once it has ended; None: it is not there yet."""
    for pid in _below(program):
        with contextlib.suppress(OSError, AttributeError):  # it is gone; or off Linux
            handle = os.pidfd_open(pid)
            if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return handle
            os.close(handle)
    return None


def _below(program: int) -> list[int]:
    """All that it has started, directly or not."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, parent, *_ = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            children[int(parent)].append(int(stat.parent.name))
    below = list(children[program])
    for pid in below:  # grows meanwhile
        below += children[pid]
    return below
